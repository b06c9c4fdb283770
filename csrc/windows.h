// Where the windows of a pool stand, for reference/ and simd/ alike. Included inside a namespace of its own
// per target (TINYNN_NAMESPACE), so that no inline function is shared between files compiled with different
// flags.
#pragma once

#include "kernels.h"

namespace tinynn::TINYNN_NAMESPACE {

// Along one axis, begin to before end; it may stick out of the plane, where there is padding.
struct Window {
  Index begin, end;

  Index size() const { return end - begin; }
  // What of it lies in 0..h.
  Window within(Index h) const { return {begin > 0 ? begin : 0, end < h ? end : h}; }
};

// Padding ends `pad` behind the plane: what hangs over even that does not belong to the window.
inline Window window_at(Index i, Index stride, Index pad, Index k, Index h) {
  const Index begin = i * stride - pad;
  return {begin, begin + k < h + pad ? begin + k : h + pad};
}

struct Sliding {
  static Window rows(const PoolShape& s, Index i) { return window_at(i, s.stride_h, s.pad_h, s.kh, s.h); }
  static Window columns(const PoolShape& s, Index j) { return window_at(j, s.stride_w, s.pad_w, s.kw, s.w); }
};

struct Adaptive {
  static Window rows(const PoolShape& s, Index i) { return cut(i, s.h, s.oh); }
  static Window columns(const PoolShape& s, Index j) { return cut(j, s.w, s.ow); }

 private:
  static Window cut(Index i, Index h, Index o) { return {i * h / o, ((i + 1) * h + o - 1) / o}; }
};

// Places in a window, in bytes or, where the window has too many, in words.
template <class Byte, class Word>
struct Places {
  Byte* bytes;
  Word* words;

  Index operator[](Index i) const { return bytes != nullptr ? Index{bytes[i]} : Index{words[i]}; }
  void set(Index i, Index place) const {
    if (bytes != nullptr)
      bytes[i] = static_cast<Byte>(place);
    else
      words[i] = static_cast<Word>(place);
  }
};
template <class Byte, class Word> Places(Byte*, Word*) -> Places<Byte, Word>;

}  // namespace tinynn::TINYNN_NAMESPACE
