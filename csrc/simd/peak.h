// What this machine can do at most, for plan/peak.cpp: multiply-adds that wait for nothing but their turn,
// and memory that is read and hardly looked at. peak/<target>.cpp picks the vector, as targets/ does.
#pragma once

#include "../kernels.h"
#include "vec.h"

namespace tinynn::TINYNN_NAMESPACE {

// A multiply-add takes about four cycles, and two begin in each: eight chains would do, twelve are on the
// safe side, and with two constants they fit into the sixteen registers of AVX2.
constexpr int kChains = 12;

float multiply_adds(Index turns) {
  Vec sum[kChains];
  TINYNN_UNROLL
  for (int i = 0; i < kChains; ++i) sum[i] = Vec(static_cast<float>(i));
  const Vec factor(0.5f), addend(1.0f);  // towards 2, wherever it begins
  for (Index turn = 0; turn < turns; ++turn) {
    TINYNN_UNROLL
    for (int i = 0; i < kChains; ++i) sum[i] = fma(sum[i], factor, addend);
  }
  float total = 0;
  for (int i = 0; i < kChains; ++i) total += reduce_add(sum[i]);
  return total;
}

float read_floats(const float* p, Index n) {
  constexpr int many = 8;
  Vec sum[many];
  TINYNN_UNROLL
  for (int i = 0; i < many; ++i) sum[i] = Vec(0.0f);
  for (Index at = 0; at + many * Vec::width <= n; at += many * Vec::width) {
    TINYNN_UNROLL
    for (int i = 0; i < many; ++i) sum[i] = sum[i] + load(p + at + i * Vec::width);
  }
  float total = 0;
  for (int i = 0; i < many; ++i) total += reduce_add(sum[i]);
  return total;
}

Index flops_of_a_turn() { return 2 * kChains * Vec::width; }

}  // namespace tinynn::TINYNN_NAMESPACE
