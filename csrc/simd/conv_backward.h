// The backward pass put together: dx one of two ways, then dw and db. Images are dealt to at most kChunks
// chunks by shape; each sums into a part of its own, and the parts are added in order: the same bits for any
// number of threads.
//
// Contract: kernels.def, "conv".
#pragma once

#include "conv_scatter.h"

namespace tinynn::TINYNN_NAMESPACE {

constexpr Index kChunks = 8;

inline void backward_input(const Source& dz, const float* w, float* dx, const ConvShape& s) {
  const Correlation k = forward_correlation(s, tap_memory(s));
  if (scatter_suits(k, dz)) return correlate_scatter(k, dz, w, dx);
  correlate_back(dz, w, nullptr, dx, s);
}

// The work of one call of backward_weights, and its pieces: some images, whole or a part of each.
struct Parts {
  WeightJob job;
  const Source &dz, x;
  Pieces pieces;        // of one image
  Index images, count;  // of a piece; pieces
  bool dz_direct;       // dz can be read where it is
  bool dw, db;          // which are wanted
  bool may_skip;        // zeros of dz
  SparseJob sparse() const { return {job.k}; }
  // A part: dw[...], db[group][o], whether there is a sparse dw, and that.
  Index db_at() const { return job.size(); }
  Index flag_at() const { return db_at() + job.pixel(); }
  Index sparse_at() const { return flag_at() + 16; }
  Index size() const { return sparse_at() + (may_skip ? sparse().size() : 0); }
  Index lines() const { return images * pieces.rows; }
};

inline Parts cut_parts(const Correlation& k, const Source& dz, const float* x, bool dw, bool db) {
  const WeightJob job = weight_job(k);
  Pieces pieces = cut_images(k, k.work() >= kSerialWork);
  const Source from = plain_source(x, k.rows.in, k.cols.in, k.c);
  Index images = 1;
  if (pieces.down * pieces.across == 1)
    images = smaller(larger(kNearPixels / (k.rows.out * k.cols.out), 1), larger(k.n / kChunks, 1));
  const bool dz_direct =
      dz.plain && job.pixel() == k.o && pieces.across == 1 && (images == 1 || pieces.down == 1);
  return {job,       dz,
          from,      pieces,
          images,    ceil_div(k.n, images) * pieces.down * pieces.across,
          dz_direct, dw,
          db,        dw && sparse_possible(k)};
}

// dz of a block, each group's channels in whole vectors.
inline const float* load_gradient(const Parts& p, Index first, const Block& block) {
  const Correlation& k = p.job.k;
  const Index pixel = p.job.pixel(), size = block.rows() * block.pixels();
  if (p.dz_direct) return p.dz.x + (first * k.rows.out + block.r0) * k.cols.out * k.o;
  float* copy = scratch(kGradientSlot, block.images * size * pixel);
  const Rect rect{block.r0, block.q0, block.rows(), block.pixels()};
  for (Index n = 0; n < block.images; ++n) {
    float* to = copy + n * size * pixel;
    if (k.groups == 1 || pixel == k.o) {
      copy_band(p.dz, first + n, rect, pixel, to);
      continue;
    }
    const Band band = copy_band(p.dz, first + n, rect, k.o, scratch(kListSlot, size * k.o));
    clear_floats(to, size * pixel);
    for (Index i = 0; i < size * k.groups; ++i)
      copy_floats(band.p + i * k.o_group(), to + i * p.job.o, k.o_group());
  }
  return copy;
}

// The sparse path reads whole vectors: a little behind the last window, and slowly where they straddle two
// lines of the cache.
inline bool whole_lines(const float* x, const Correlation& k) {
  return k.c % Vec::width == 0 && reinterpret_cast<std::uintptr_t>(x) % (Vec::width * sizeof(float)) == 0;
}

// The windows of a block, padded where they must be.
inline void load_windows(const Parts& p, Index first, Block& block, bool skip) {
  const Correlation& k = p.job.k;
  const bool inside = k.rows.inside() && k.cols.inside();
  Rect window = window_of(k, {first, block.r0, block.r1, block.q0, block.q1});
  if (skip ? inside && whole_lines(p.x.x, k) : inside || p.job.exact) {
    block.x_row = k.cols.in * k.c;
    block.x_image = k.rows.in * block.x_row;
    block.x = p.x.x + first * block.x_image + (window.row * k.cols.in + window.col) * k.c;
    return;
  }
  block.x_row = window.cols * k.c;
  block.x_image = window.rows * block.x_row;
  float* copy = scratch(kBandSlot, block.images * block.x_image + Vec::width);
  block.x = copy;
  for (Index n = 0; n < block.images; ++n) copy_band(p.x, first + n, window, k.c, copy + n * block.x_image);
}

inline void add_piece(const Parts& p, Index i, float* part) {
  const Index in_image = p.pieces.down * p.pieces.across, first = i / in_image * p.images;
  const Piece piece = piece_at(p.job.k, p.pieces, i % in_image);
  Block block{
      smaller(p.images, p.job.k.n - first), piece.r0, piece.r1, piece.q0, piece.q1, nullptr, nullptr, 0, 0};
  block.dz = load_gradient(p, first, block);
  const Index pixels = block.images * block.rows() * block.pixels(), pixel = p.job.pixel();
  if (p.db) add_pixels(block.dz, pixels, pixel, part + p.db_at());
  if (!p.dw) return;
  const bool skip = p.may_skip && sparse_pays(p.sparse(), pixel / Vec::width,
                                              count_nonzeros(block.dz, pixels * pixel), pixels);
  load_windows(p, first, block, skip);
  if (skip) {
    if (part[p.flag_at()] == 0) clear_floats(part + p.sparse_at(), p.sparse().size());
    part[p.flag_at()] = 1;
    return add_sparse(p.sparse(), block, pixel, part + p.sparse_at());
  }
  Run* list =
      reinterpret_cast<Run*>(scratch(kLineSlot, (p.lines() + 1) * Index{sizeof(Run) / sizeof(float)}));
  add_weights(p.job, block, part, list);
}

inline void backward_weights(const Source& dz, const float* x, float* dw, float* db, const ConvShape& s,
                             bool add) {
  const Correlation k = forward_correlation(s, tap_memory(s));
  const Index weights = s.o * k.depth();
  if (k.n == 0 || s.oh <= 0 || s.ow <= 0 || s.o == 0) {
    if (dw != nullptr && !add) clear_floats(dw, weights);
    if (db != nullptr && !add) clear_floats(db, s.o);
    return;
  }
  if (depthwise_suits(k)) return backward_depthwise(k, dz, x, dw, db, kChunks, add);
  const Parts p = cut_parts(k, dz, x, dw != nullptr && weights > 0, db != nullptr);
  const Index chunks = smaller(p.count, kChunks), size = p.size();
  float* part = scratch(kPartSlot, chunks * size);
  const auto share = [&](Index n, Index grain, auto&& body) {
    if (k.work() < kSerialWork) return body(Index{0}, n);
    parallel_for(n, grain, body);
  };
  share(chunks, 1, [&](Index begin, Index end) {
    for (Index chunk = begin; chunk < end; ++chunk) {
      clear_floats(part + chunk * size, p.sparse_at());
      for (Index i = chunk * p.count / chunks; i < (chunk + 1) * p.count / chunks; ++i)
        add_piece(p, i, part + chunk * size);
    }
  });
  if (p.dw)
    share(s.o, ceil_div(s.o, kTasks), [&](Index begin, Index end) {
      gather_parts(p.job, part, size, chunks, dw, begin, end, add);
      for (Index c = 0; c < chunks; ++c)
        if (part[c * size + p.flag_at()] != 0)
          gather_sparse(p.sparse(), part + c * size + p.sparse_at(), dw, begin, end);
    });
  for (Index o = 0; db != nullptr && o < s.o; ++o) {
    float sum = 0;
    for (Index c = 0; c < chunks; ++c)
      sum += part[c * size + p.db_at() + o / k.o_group() * p.job.o + o % k.o_group()];
    db[o] = add ? db[o] + sum : sum;
  }
}

}  // namespace tinynn::TINYNN_NAMESPACE
