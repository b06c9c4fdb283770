// tinynn._native: the optim stem. All work in place on w and its state. Contracts: csrc/kernels.def.
#include "arrays.h"
#include "bind.h"
#include "options.h"

namespace tinynn::border {
namespace {

// An array the rule keeps from step to step, of the shape of w.
template <class T>
T* state(Call& call, const char* name, py::handle value, const Array<T>& w) {
  return call.inout<T>(name, value, w.ndim, w.shape).data;
}

void sgd_step(py::handle w_, py::handle g_, py::handle v_, double lr, double momentum, double weight_decay,
              bool nesterov) {
  Call call("sgd_step");
  call.with_dtype("w", w_, [&](auto zero) {
    using T = decltype(zero);
    const auto w = call.inout<T>("w", w_);
    const auto g = call.in_like<T>("g", g_, w);
    T* v = v_.is_none() ? nullptr : state<T>(call, "v", v_, w);
    call.run(w.size, [&] {
      kernels<T>().sgd_step(w.data, g.data, v, w.size, T(lr), T(momentum), T(weight_decay), nesterov);
    });
  });
}

void adam_step(py::handle w_, py::handle g_, py::handle m_, py::handle v_, double lr, double beta1,
               double beta2, double eps, double weight_decay, bool decoupled, std::int64_t step) {
  Call call("adam_step");
  if (step < 1) call.refuse("step is " + std::to_string(step) + "; needed a count from 1");
  call.with_dtype("w", w_, [&](auto zero) {
    using T = decltype(zero);
    const auto w = call.inout<T>("w", w_);
    const auto g = call.in_like<T>("g", g_, w);
    T* m = state<T>(call, "m", m_, w);
    T* v = state<T>(call, "v", v_, w);
    call.run(8 * w.size, [&] {
      kernels<T>().adam_step(w.data, g.data, m, v, w.size, T(lr), T(beta1), T(beta2), T(eps), T(weight_decay),
                             decoupled, step);
    });
  });
}

void rmsprop_step(py::handle w_, py::handle g_, py::handle s_, py::handle v_, double lr, double alpha,
                  double eps, double weight_decay, double momentum) {
  Call call("rmsprop_step");
  call.with_dtype("w", w_, [&](auto zero) {
    using T = decltype(zero);
    const auto w = call.inout<T>("w", w_);
    const auto g = call.in_like<T>("g", g_, w);
    T* s = state<T>(call, "s", s_, w);
    T* v = v_.is_none() ? nullptr : state<T>(call, "v", v_, w);
    call.run(8 * w.size, [&] {
      kernels<T>().rmsprop_step(w.data, g.data, s, v, w.size, T(lr), T(alpha), T(eps), T(weight_decay),
                                T(momentum));
    });
  });
}

void adagrad_step(py::handle w_, py::handle g_, py::handle s_, double lr, double eps, double weight_decay) {
  Call call("adagrad_step");
  call.with_dtype("w", w_, [&](auto zero) {
    using T = decltype(zero);
    const auto w = call.inout<T>("w", w_);
    const auto g = call.in_like<T>("g", g_, w);
    T* s = state<T>(call, "s", s_, w);
    call.run(8 * w.size,
             [&] { kernels<T>().adagrad_step(w.data, g.data, s, w.size, T(lr), T(eps), T(weight_decay)); });
  });
}

// The arrays of all parameters: w and what the rule keeps of each, updated; g, read.
template <class T>
struct Parameters {
  std::vector<Array<const T>> given;  // keeps what had to be copied
  std::vector<T*> w;
  std::vector<const T*> g;
  std::vector<Index> sizes;
  Index total = 0;

  Parameters(Call& call, const py::sequence& ws, const py::sequence& gs) {
    if (gs.size() != ws.size()) call.refuse("needed a g for every w");
    for (std::size_t i = 0; i < ws.size(); ++i) {
      shapes.push_back(call.inout<T>("w", ws[i]));
      given.push_back(call.in_like<T>("g", gs[i], shapes[i]));
      w.push_back(shapes[i].data);
      g.push_back(given[i].data);
      sizes.push_back(shapes[i].size);
      total += shapes[i].size;
    }
  }
  std::vector<T*> kept(Call& call, const char* name, const py::sequence& arrays, bool needed) const {
    if (arrays.size() != w.size()) call.refuse(std::string("needed a ") + name + " for every w");
    std::vector<T*> found;
    for (std::size_t i = 0; i < w.size(); ++i)
      found.push_back(!needed && arrays[i].is_none() ? nullptr : state<T>(call, name, arrays[i], shapes[i]));
    return found;
  }
  Index count() const { return static_cast<Index>(w.size()); }

 private:
  std::vector<Array<T>> shapes;
};

// f(T) for the type of the first array; nothing where there is none.
template <class F>
void with_dtype_of_first(Call& call, const py::sequence& ws, F&& f) {
  if (ws.size() > 0) call.with_dtype("w", ws[0], f);
}

void sgd_steps(py::handle w_, py::handle g_, py::handle v_, double lr, double momentum, double weight_decay,
               bool nesterov) {
  Call call("sgd_steps");
  const py::sequence ws = list_of(call, "w", w_), gs = list_of(call, "g", g_), vs = list_of(call, "v", v_);
  with_dtype_of_first(call, ws, [&](auto zero) {
    using T = decltype(zero);
    const Parameters<T> p(call, ws, gs);
    const std::vector<T*> v = p.kept(call, "v", vs, false);
    call.run(p.total, [&] {
      kernels<T>().sgd_steps(p.w.data(), p.g.data(), v.data(), p.count(), p.sizes.data(), T(lr), T(momentum),
                             T(weight_decay), nesterov);
    });
  });
}

void adam_steps(py::handle w_, py::handle g_, py::handle m_, py::handle v_, double lr, double beta1,
                double beta2, double eps, double weight_decay, bool decoupled, std::int64_t step) {
  Call call("adam_steps");
  if (step < 1) call.refuse("step is " + std::to_string(step) + "; needed a count from 1");
  const py::sequence ws = list_of(call, "w", w_), gs = list_of(call, "g", g_);
  const py::sequence ms = list_of(call, "m", m_), vs = list_of(call, "v", v_);
  with_dtype_of_first(call, ws, [&](auto zero) {
    using T = decltype(zero);
    const Parameters<T> p(call, ws, gs);
    const std::vector<T*> m = p.kept(call, "m", ms, true), v = p.kept(call, "v", vs, true);
    call.run(8 * p.total, [&] {
      kernels<T>().adam_steps(p.w.data(), p.g.data(), m.data(), v.data(), p.count(), p.sizes.data(), T(lr),
                              T(beta1), T(beta2), T(eps), T(weight_decay), decoupled, step);
    });
  });
}

}  // namespace

void bind_optim(py::module_& m) {
  m.def("sgd_step", sgd_step, "w"_a, "g"_a, "v"_a, py::kw_only(), "lr"_a, "momentum"_a, "weight_decay"_a,
        "nesterov"_a, "in place on w and v");
  m.def("adam_step", adam_step, "w"_a, "g"_a, "m"_a, "v"_a, py::kw_only(), "lr"_a, "beta1"_a, "beta2"_a,
        "eps"_a, "weight_decay"_a, "decoupled"_a, "step"_a, "in place on w, m and v");
  m.def("rmsprop_step", rmsprop_step, "w"_a, "g"_a, "s"_a, "v"_a, py::kw_only(), "lr"_a, "alpha"_a, "eps"_a,
        "weight_decay"_a, "momentum"_a, "in place on w, s and v");
  m.def("adagrad_step", adagrad_step, "w"_a, "g"_a, "s"_a, py::kw_only(), "lr"_a, "eps"_a, "weight_decay"_a,
        "in place on w and s");
  m.def("sgd_steps", sgd_steps, "w"_a, "g"_a, "v"_a, py::kw_only(), "lr"_a, "momentum"_a, "weight_decay"_a,
        "nesterov"_a, "sgd_step for every parameter");
  m.def("adam_steps", adam_steps, "w"_a, "g"_a, "m"_a, "v"_a, py::kw_only(), "lr"_a, "beta1"_a, "beta2"_a,
        "eps"_a, "weight_decay"_a, "decoupled"_a, "step"_a, "adam_step for every parameter");
}

}  // namespace tinynn::border
