// One function per stem: it adds the kernels of that stem to the module.
#pragma once

#include <pybind11/pybind11.h>

namespace tinynn::border {

void bind_linear(pybind11::module_& m);
void bind_activation(pybind11::module_& m);
void bind_softmax(pybind11::module_& m);
void bind_loss(pybind11::module_& m);
void bind_reduce(pybind11::module_& m);
void bind_elementwise(pybind11::module_& m);
void bind_gather(pybind11::module_& m);
void bind_move(pybind11::module_& m);
void bind_random(pybind11::module_& m);
void bind_optim(pybind11::module_& m);

}  // namespace tinynn::border
