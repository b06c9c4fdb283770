// Rows of a matrix x[m,c] that are summed, or have a maximum, each. Two layouts with one interface, so that
// softmax and its kin are written once:
//
//   Tall   few columns (ten classes): `width` rows at once, transposed on the stack; lane i is row i, so
//          no sum is horizontal and no lane idle
//   Long   many columns: one row at a time, in place, lanes along the row
//
// Either way a block of rows is a sequence of `steps` vectors; total() and largest() finish what was
// gathered over them, giving every lane the value of its row.
#pragma once

#include "gemm.h"
#include "span.h"

namespace tinynn::TINYNN_NAMESPACE {

constexpr Index kTallColumns = 64;

struct Tall {
  static constexpr Index rows = Vec::width;
  Index c, steps;
  explicit Tall(Index columns) : c(columns), steps(columns) {}

  class In {
   public:
    In(const Tall& block, const float* x, Index count) {
      if (count < rows)  // the lanes of rows that are not there
        for (Index t = 0; t < block.c; ++t) store(at_ + t * Vec::width, Vec(0.0f));
      pack_transposed(x, block.c, at_, Vec::width, count, block.c);
    }
    Vec get(Index t, float) const { return load(at_ + t * Vec::width); }

   private:
    alignas(64) float at_[kTallColumns * Vec::width];
  };

  class Out {
   public:
    Out(const Tall& block, float* y, Index count) : c_(block.c), count_(count), y_(y) { set(0, Vec(0.0f)); }
    ~Out() { pack_transposed(at_, Vec::width, y_, c_, c_, count_); }
    Vec get(Index t) const { return load(at_ + t * Vec::width); }
    void set(Index t, Vec a) { store(at_ + t * Vec::width, a); }

   private:
    const Index c_, count_;
    float* const y_;
    alignas(64) float at_[kTallColumns * Vec::width];
  };

  Vec column(const float* weight, Index t) const { return Vec(weight[t]); }
  static Vec total(Vec a) { return a; }
  static Vec largest(Vec a) { return a; }
};

struct Long {
  static constexpr Index rows = 1;
  Index c, steps;
  explicit Long(Index columns) : c(columns), steps(ceil_div(columns, Vec::width)) {}
  Index count(Index t) const { return smaller(c - t * Vec::width, Vec::width); }

  class In {
   public:
    In(const Long& block, const float* x, Index) : block_(block), x_(x) {}
    // Lanes behind the row are `fill`.
    Vec get(Index t, float fill) const {
      const Index count = block_.count(t);
      if (count == Vec::width) return load(x_ + t * Vec::width);
      return select(lanes(count), load_partial(x_ + t * Vec::width, count), Vec(fill));
    }

   private:
    const Long& block_;
    const float* const x_;
  };

  class Out {
   public:
    Out(const Long& block, float* y, Index) : block_(block), y_(y) {}
    Vec get(Index t) const { return load_some(y_ + t * Vec::width, block_.count(t)); }
    void set(Index t, Vec a) { store_some(y_ + t * Vec::width, a, block_.count(t)); }

   private:
    const Long& block_;
    float* const y_;
  };

  Vec column(const float* weight, Index t) const { return load_some(weight + t * Vec::width, count(t)); }
  static Vec total(Vec a) { return Vec(reduce_add(a)); }
  static Vec largest(Vec a) { return Vec(reduce_max(a)); }
};

// How many rows of c columns make a block that is worth a thread's while: whole blocks of either layout.
inline Index rows_per_task(Index c) { return (8192 / larger(c, 1) / Vec::width + 1) * Vec::width; }

// body(block, i, count) for rows i .. i + count, block being a Tall or a Long.
template <class F>
void for_rows(Index begin, Index end, Index c, F&& body) {
  if (c <= kTallColumns) {
    const Tall tall(c);
    for (Index i = begin; i < end; i += Tall::rows) body(tall, i, smaller(end - i, Tall::rows));
  } else {
    const Long row(c);
    for (Index i = begin; i < end; ++i) body(row, i, Index{1});
  }
}

}  // namespace tinynn::TINYNN_NAMESPACE
