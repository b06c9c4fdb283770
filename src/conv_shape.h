// The geometry of a convolution: from the options that Python gives, checked against the arrays.
#pragma once

#include "arrays.h"

namespace tinynn::border {

// dims 1: conv1d_*, whose options are numbers and whose padding is a pair; dims 2: conv2d_*.
struct ConvOptions {
  int dims;
  Index stride[2], padding[2][2], dilation[2], groups;  // [rows, columns]; padding before, after
  bool flip;

  ConvOptions(const Call& call, int dims, py::handle stride, py::handle padding, py::handle dilation,
              Index groups, bool flip);
};

// A whole number of at least `least`, or (dims 2) a pair of them.
void numbers_option(const Call& call, const char* name, py::handle value, int dims, Index least,
                    Index (&numbers)[2]);

// What the kernels take, and the same sizes as shapes of Python: (n, c, l) or (n, c, h, w).
struct Conv {
  ConvShape s;
  int ndim;
  Index x[4], w[4], y[4];

  // From x as it is, (n, c, ...), before its memory is looked at; or, for the transposed convolution, from n
  // and the size of its result.
  Conv(const Call& call, const ConvOptions& options, py::handle x, int w_ndim, const Index* w);
  Conv(const Call& call, const ConvOptions& options, Index n, const Index* size, int w_ndim, const Index* w);

  Index work() const;
};

// The sizes of x and w, before their memory is looked at: a ValueError where they are no images or no
// kernels.
const Index* shape_of(const Call& call, const char* name, py::handle value, int ndim);

}  // namespace tinynn::border
