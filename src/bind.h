// One function per stem: it adds the kernels of that stem to the module.
#pragma once

#include <pybind11/pybind11.h>

namespace tinynn::border {

#define STEM(stem) void bind_##stem(pybind11::module_& m);
#include "kernels.def"

// The compiled step: how it is recorded, how it is run, and what it could reach at most.
void bind_record(pybind11::module_& m);
void bind_plan(pybind11::module_& m);
void bind_peak(pybind11::module_& m);
// Ensemble.
void bind_ensemble(pybind11::module_& m);

}  // namespace tinynn::border
