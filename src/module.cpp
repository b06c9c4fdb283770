// tinynn._native: the kernels of csrc/ for Python. One function per kernel, its contract in csrc/kernels.def;
// the same names and meanings as in tinynn/backends/numpy_rung/.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdlib>  // says whether this is glibc
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "arrays.h"
#include "bind.h"
#include "options.h"
#include "parallel.h"

namespace tinynn::border {
namespace {

std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "gcc " __VERSION__;
#elif defined(_MSC_VER)
  return "msvc " + std::to_string(_MSC_VER);
#else
  return "unknown";
#endif
}

void set_threads(int count) {
  if (count < 1 || count > kMaxThreads)
    throw py::value_error("set_num_threads: got " + std::to_string(count) + "; needed a count from 1 to " +
                          std::to_string(kMaxThreads));
  set_num_threads(count);
}

// A training step makes arrays of a few hundred kilobytes and drops them. At first glibc returns such memory
// to the system at once, and getting it back costs a page fault (0.5 to 2 us) per 4 KB: half of the time of a
// step on 1000 x 100 activations. These are the limits to which it moves by itself once a block of 32 MB was
// freed.
void keep_freed_memory() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

// Another extension that linked csrc/ itself would get a second table and a second pool of threads: it asks
// for this address instead.
py::capsule kernel_table(py::handle dtype) {
  const Call call("kernel_table");
  if (float_option(call, dtype) == Dtype::float32)
    return py::capsule(&kernels<float>(), "tinynn.KernelTable<float>");
  return py::capsule(&kernels<double>(), "tinynn.KernelTable<double>");
}

}  // namespace
}  // namespace tinynn::border

PYBIND11_MODULE(_native, m, pybind11::mod_gil_not_used()) {
  using namespace tinynn;
  using namespace tinynn::border;
  m.doc() =
      "The C++ kernels of tinynn. Read tinynn/backends/numpy_rung first: the same names, the same contracts.";

  // A setting that cannot be obeyed stops the import: nothing falls back silently.
  for (const std::string& error : {initialise(), thread_count_error()})
    if (!error.empty()) throw py::import_error(error);
  install_poll();
  keep_freed_memory();

#define STEM(stem) bind_##stem(m);
#include "kernels.def"
  bind_record(m);
  bind_plan(m);
  bind_peak(m);
  bind_ensemble(m);

  m.def("target", target, "The instruction set in use: reference, avx2, avx512 or neon.");
  m.def("available_targets", available_targets, "What TINYNN_TARGET may name here, slowest first.");
  m.def("num_threads", num_threads, "How many threads a kernel may use, the calling one included.");
  m.def("set_num_threads", set_threads, "count"_a, "Results do not depend on it.");
  m.def("kernel_table", kernel_table, "dtype"_a, "The address of the table of kernels, in a capsule.");
  m.attr("compiler") = compiler();
}
