// dw and db, put together. Images are dealt to at most kChunks chunks by shape; each sums into a part of its
// own, and the parts are added in order: the same bits for any number of threads.
//
// Contract: kernels.def, "conv".
#pragma once

#include "conv_weight.h"

namespace tinynn::TINYNN_NAMESPACE {

constexpr Index kChunks = 8;

// The work of one call of backward_weights, and its pieces: some images, whole or a part of each.
struct Parts {
  WeightJob job;
  const Source &dz, x;
  Pieces pieces;        // of one image
  Index images, count;  // of a piece; pieces
  bool x_direct, dz_direct;
  Index x_row;                                             // of a window
  bool dw, db;                                             // which are wanted
  Index size() const { return job.size() + job.pixel(); }  // of a part: dw[...], db[group][o]
  Index lines() const { return images * pieces.rows; }
};

inline Parts cut_parts(const Correlation& k, const Source& dz, const float* x, bool dw, bool db) {
  const WeightJob job = weight_job(k);
  Pieces pieces = cut_images(k, k.work() >= kSerialWork);
  const Source from = plain_source(x, k.rows.in, k.cols.in, k.c);
  Index images = 1;
  if (pieces.down * pieces.across == 1)
    images = smaller(larger(kNearPixels / (k.rows.out * k.cols.out), 1), larger(k.n / kChunks, 1));
  const bool x_direct = job.exact || (k.rows.inside() && k.cols.inside());
  const bool dz_direct =
      dz.plain && job.pixel() == k.o && pieces.across == 1 && (images == 1 || pieces.down == 1);
  const Index row = x_direct ? k.cols.in * k.c : k.cols.reach(pieces.cols) * k.c;
  return {job,      dz,        from, pieces, images, ceil_div(k.n, images) * pieces.down * pieces.across,
          x_direct, dz_direct, row,  dw,     db};
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

// The windows of a block, padded where they must be.
inline void load_windows(const Parts& p, Index first, Block& block) {
  const Correlation& k = p.job.k;
  const Piece piece{first, block.r0, block.r1, block.q0, block.q1};
  Rect window = window_of(k, piece);
  block.x_row = p.x_row;
  if (p.x_direct) {
    block.x_image = k.rows.in * k.cols.in * k.c;
    block.x = p.x.x + first * block.x_image + (window.row * k.cols.in + window.col) * k.c;
    return;
  }
  window.cols = p.x_row / k.c;
  block.x_image = window.rows * p.x_row;
  float* copy = scratch(kBandSlot, block.images * block.x_image);
  block.x = copy;
  for (Index n = 0; n < block.images; ++n) copy_band(p.x, first + n, window, k.c, copy + n * block.x_image);
}

inline void add_piece(const Parts& p, Index i, float* part) {
  const Index in_image = p.pieces.down * p.pieces.across, first = i / in_image * p.images;
  const Piece piece = piece_at(p.job.k, p.pieces, i % in_image);
  Block block{
      smaller(p.images, p.job.k.n - first), piece.r0, piece.r1, piece.q0, piece.q1, nullptr, nullptr, 0, 0};
  block.dz = load_gradient(p, first, block);
  if (p.db)
    add_pixels(block.dz, block.images * block.rows() * block.pixels(), p.job.pixel(), part + p.job.size());
  if (!p.dw) return;
  load_windows(p, first, block);
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
  const Parts p = cut_parts(k, dz, x, dw != nullptr && weights > 0, db != nullptr);
  const Index chunks = smaller(p.count, kChunks), size = p.size();
  float* part = scratch(kPartSlot, chunks * size);
  const auto share = [&](Index n, Index grain, auto&& body) {
    if (k.work() < kSerialWork) return body(Index{0}, n);
    parallel_for(n, grain, body);
  };
  share(chunks, 1, [&](Index begin, Index end) {
    for (Index chunk = begin; chunk < end; ++chunk) {
      clear_floats(part + chunk * size, size);
      for (Index i = chunk * p.count / chunks; i < (chunk + 1) * p.count / chunks; ++i)
        add_piece(p, i, part + chunk * size);
    }
  });
  if (p.dw)
    share(s.o, ceil_div(s.o, kTasks),
          [&](Index begin, Index end) { gather_parts(p.job, part, size, chunks, dw, begin, end, add); });
  for (Index o = 0; db != nullptr && o < s.o; ++o) {
    float sum = 0;
    for (Index c = 0; c < chunks; ++c)
      sum += part[c * size + p.job.size() + o / k.o_group() * p.job.o + o % k.o_group()];
    db[o] = add ? db[o] + sum : sum;
  }
}

}  // namespace tinynn::TINYNN_NAMESPACE
