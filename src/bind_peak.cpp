// tinynn._native: what this machine can do at most; see plan/peak.h.
#include "bind.h"
#include "plan/peak.h"

namespace tinynn::border {
namespace {

namespace py = pybind11;

// A measurement takes a while and needs no Python.
template <auto measure, class... A>
double measured(A... a) {
  const py::gil_scoped_release unlocked;
  return measure(a...);
}

}  // namespace

void bind_peak(py::module_& m) {
  m.def("is_reference", plan::is_reference, py::arg("kernel"),
        "Whether the target in use has no version of its own of this kernel for float32.");
  m.def("peak_flops", measured<plan::peak_flops>, "FLOP/s of multiply-adds of float32, on all threads.");
  m.def("read_bandwidth", measured<plan::read_bandwidth, Index>, py::arg("bytes"),
        "Bytes/s when so many are read again and again, an equal part by each thread.");
}

}  // namespace tinynn::border
