// The parts of arrays.h that do not depend on the element type.
#include "arrays.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "parallel.h"

namespace tinynn::border {
namespace {

using Api = py::detail::npy_api;

// The GIL state of a thread that runs a kernel without it, and whether Ctrl-C ended that kernel.
thread_local PyThreadState* released = nullptr;
thread_local bool interrupted = false;

thread_local std::vector<py::object>* kept_arrays = nullptr;

bool poll() {
  if (interrupted) return true;  // of an earlier region of the same kernel
  if (released == nullptr) return false;
  PyEval_RestoreThread(released);
  interrupted = PyErr_CheckSignals() != 0;
  released = PyEval_SaveThread();
  return interrupted;
}

bool is_array(py::handle value) { return Api::get().PyArray_Check_(value.ptr()); }

py::dtype dtype_object(py::handle array) {
  return py::reinterpret_borrow<py::dtype>(py::detail::array_proxy(array.ptr())->descr);
}

Dtype kind_of(py::handle array) {
  const int number = dtype_object(array).num();
  if (number == Api::NPY_FLOAT_) return Dtype::float32;
  if (number == Api::NPY_DOUBLE_) return Dtype::float64;
  if (number == Api::NPY_INT64_) return Dtype::int64;
  if (number == Api::NPY_INT_) return Dtype::int32;
  if (number == Api::NPY_UBYTE_) return Dtype::uint8;
  if (number == Api::NPY_BOOL_) return Dtype::boolean;
  return Dtype::other;
}

int number_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::float32: return Api::NPY_FLOAT_;
    case Dtype::float64: return Api::NPY_DOUBLE_;
    case Dtype::int64: return Api::NPY_INT64_;
    case Dtype::int32: return Api::NPY_INT_;
    case Dtype::uint8: return Api::NPY_UBYTE_;
    default: return Api::NPY_BOOL_;
  }
}

const char* name_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::float32: return "float32";
    case Dtype::float64: return "float64";
    case Dtype::int64: return "int64";
    case Dtype::int32: return "int32";
    case Dtype::uint8: return "uint8";
    default: return "bool";
  }
}

// Contiguous (or, where any strides will do, a whole number of elements apart), aligned, in the byte order
// of this machine.
bool is_plain(py::handle array, bool any_strides = false) {
  const int wanted = Api::NPY_ARRAY_ALIGNED_ | (any_strides ? 0 : Api::NPY_ARRAY_C_CONTIGUOUS_);
  const auto* proxy = py::detail::array_proxy(array.ptr());
  if ((proxy->flags & wanted) != wanted) return false;
  if (any_strides)
    for (int axis = 0; axis < proxy->nd; ++axis)
      if (proxy->strides[axis] % dtype_object(array).itemsize() != 0) return false;
  const char order = dtype_object(array).byteorder();
  return order == '=' || order == '|';
}

// Whether two places of an array may be one in memory: it is safe where each axis steps over all that the
// axes of smaller steps reach.
bool may_overlap_itself(py::handle array) {
  const auto* proxy = py::detail::array_proxy(array.ptr());
  std::vector<std::pair<Index, Index>> axes;  // step, size
  for (int axis = 0; axis < proxy->nd; ++axis) {
    if (proxy->dimensions[axis] == 0) return false;
    if (proxy->dimensions[axis] > 1)
      axes.emplace_back(std::abs(proxy->strides[axis]), proxy->dimensions[axis]);
  }
  std::sort(axes.begin(), axes.end());
  Index reach = dtype_object(array).itemsize();
  for (const auto& [step, size] : axes) {
    if (step < reach) return true;
    reach += (size - 1) * step;
  }
  return false;
}

// An array (n, c, ...) seen as [n, ..., c]: no copy.
py::object channels_last(py::handle array) {
  const auto* proxy = py::detail::array_proxy(array.ptr());
  std::vector<Index> shape(proxy->dimensions, proxy->dimensions + proxy->nd);
  std::vector<Index> strides(proxy->strides, proxy->strides + proxy->nd);
  std::rotate(shape.begin() + 1, shape.begin() + 2, shape.end());
  std::rotate(strides.begin() + 1, strides.begin() + 2, strides.end());
  const Api& api = Api::get();
  py::object view = py::reinterpret_steal<py::object>(api.PyArray_NewFromDescr_(
      api.PyArray_Type_, py::handle(proxy->descr).inc_ref().ptr(), proxy->nd, shape.data(), strides.data(),
      proxy->data, proxy->flags & Api::NPY_ARRAY_WRITEABLE_, nullptr));
  if (!view || api.PyArray_SetBaseObject_(view.ptr(), array.inc_ref().ptr()) != 0)
    throw py::error_already_set();
  return view;
}

// Its memory is not yet written; strides are null for C order.
py::object new_array(Dtype dtype, int ndim, const Index* shape, const Index* strides) {
  const Api& api = Api::get();
  PyObject* array = api.PyArray_NewFromDescr_(api.PyArray_Type_, api.PyArray_DescrFromType_(number_of(dtype)),
                                              ndim, shape, strides, nullptr, 0, nullptr);
  if (array == nullptr) throw py::error_already_set();
  if (kept_arrays != nullptr) kept_arrays->push_back(py::reinterpret_borrow<py::object>(array));
  return py::reinterpret_steal<py::object>(array);
}

// Lays the numbers of one array out as another of its shape has them, by the kernel that is there for it: so
// a recorded step has this copy in its list, too.
template <class T>
void lay_out(py::handle from, py::handle to) {
  const auto *x = py::detail::array_proxy(from.ptr()), *y = py::detail::array_proxy(to.ptr());
  std::vector<Index> stride_x(x->nd), stride_y(x->nd);
  for (int axis = 0; axis < x->nd; ++axis) {
    stride_x[axis] = x->strides[axis] / static_cast<Index>(sizeof(T));
    stride_y[axis] = y->strides[axis] / static_cast<Index>(sizeof(T));
  }
  kernels<T>().copy(reinterpret_cast<const T*>(x->data), reinterpret_cast<T*>(y->data), x->nd, x->dimensions,
                    stride_x.data(), stride_y.data());
}

// As a new plain array.
py::object copied(py::handle array, Dtype dtype) {
  if (kind_of(array) == dtype && is_plain(array, true) &&
      (dtype == Dtype::float32 || dtype == Dtype::float64)) {
    const auto* proxy = py::detail::array_proxy(array.ptr());
    py::object copy = new_array(dtype, proxy->nd, proxy->dimensions, nullptr);
    dtype == Dtype::float32 ? lay_out<float>(array, copy) : lay_out<double>(array, copy);
    return copy;
  }
  constexpr int wanted = Api::NPY_ARRAY_C_CONTIGUOUS_ | Api::NPY_ARRAY_ALIGNED_ |
                         Api::NPY_ARRAY_ENSUREARRAY_ | Api::NPY_ARRAY_FORCECAST_;
  PyObject* descr = Api::get().PyArray_DescrFromType_(number_of(dtype));
  PyObject* copy = Api::get().PyArray_FromAny_(array.ptr(), descr, 0, 0, wanted, nullptr);
  if (copy == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(copy);
}

// A NumPy scalar counts as an array of shape (): arithmetic on such arrays makes scalars of them.
py::object as_array(py::handle value) {
  if (is_array(value)) return py::reinterpret_borrow<py::object>(value);
  if (!py::isinstance(value, py::module_::import("numpy").attr("generic"))) return py::none();
  return py::reinterpret_steal<py::object>(
      Api::get().PyArray_FromAny_(value.ptr(), nullptr, 0, 0, 0, nullptr));
}

std::string text_of(int ndim, const Index* shape) {
  std::string text = "(";
  for (int axis = 0; axis < ndim; ++axis) {
    if (axis > 0) text += ", ";
    text += shape[axis] == kAny ? "any" : std::to_string(shape[axis]);
  }
  return text + (ndim == 1 ? ",)" : ")");
}

}  // namespace

std::string described(py::handle value) {
  if (!is_array(value)) return value.is_none() ? "None" : std::string("a ") + Py_TYPE(value.ptr())->tp_name;
  return py::str(dtype_object(value)).cast<std::string>();
}

void install_poll() { set_poll(poll); }

bool abandoned() { return interrupted; }

bool interrupted_now() { return poll(); }

void keep_arrays(std::vector<py::object>* kept) { kept_arrays = kept; }

// ---- Call ----------------------------------------------------------------------------------------

Call::Unlocked::Unlocked() { released = PyEval_SaveThread(); }

Call::Unlocked::~Unlocked() {
  PyEval_RestoreThread(released);
  released = nullptr;
}

void Call::raise_if_interrupted() {
  if (!interrupted) return;
  interrupted = false;
  throw py::error_already_set();
}

void Call::refuse(const std::string& message) const {
  throw py::value_error(std::string(who_) + ": " + message);
}

void Call::refuse_type(const std::string& message) const {
  throw py::type_error(std::string(who_) + ": " + message);
}

void Call::expect(const char* name, int ndim, const Index* shape, int wanted_ndim,
                  const Index* wanted) const {
  bool fits = ndim == wanted_ndim;
  for (int axis = 0; fits && axis < ndim; ++axis) fits = wanted[axis] == kAny || wanted[axis] == shape[axis];
  if (!fits)
    refuse(std::string(name) + " is " + text_of(ndim, shape) + "; needed " + text_of(wanted_ndim, wanted));
}

Dtype Call::floating(const char* name, py::handle value) const {
  const py::object array = as_array(value);
  const Dtype kind = array.is_none() ? Dtype::other : kind_of(array);
  if (kind != Dtype::float32 && kind != Dtype::float64)
    refuse_type(std::string(name) + " is " + described(value) + "; needed an array of float32 or float64");
  return kind;
}

py::object Call::to_read(const char* name, py::handle value, Dtype dtype, bool any_strides) {
  py::object array = as_array(value);
  if (array.is_none() || kind_of(array) != dtype)
    refuse_type(std::string(name) + " is " + described(value) + "; needed an array of " + name_of(dtype));
  if (!is_plain(array, any_strides)) array = copied(array, dtype);
  remember(name, array, false);
  return array;
}

py::object Call::to_read_channels_last(const char* name, py::handle value, Dtype dtype, int ndim,
                                       const Index* dims) {
  const py::object array = as_array(value);
  if (array.is_none() || kind_of(array) != dtype)
    refuse_type(std::string(name) + " is " + described(value) + "; needed an array of " + name_of(dtype));
  const auto* proxy = py::detail::array_proxy(array.ptr());
  expect(name, proxy->nd, proxy->dimensions, ndim, dims);
  py::object last = channels_last(array);
  if (!is_plain(last)) last = copied(last, dtype);
  remember(name, last, false);
  return last;
}

py::object Call::to_read_as(const char* name, py::handle value, Dtype dtype, Layout layout) {
  const auto* proxy = is_array(value) ? py::detail::array_proxy(value.ptr()) : nullptr;
  if (layout == Layout::c_order || proxy == nullptr || proxy->nd < 3) return to_read(name, value, dtype);
  return to_read_channels_last(name, value, dtype, proxy->nd, proxy->dimensions);
}

Layout Call::layout_of(py::handle value) {
  if (!is_array(value)) return Layout::c_order;
  const int ndim = py::detail::array_proxy(value.ptr())->nd;
  if (ndim < 3 || is_plain(value) || !is_plain(channels_last(value))) return Layout::c_order;
  return Layout::channels_last;
}

std::vector<Index> Call::python_shape(int ndim, const Index* memory) {
  std::vector<Index> shape(memory, memory + ndim);
  std::rotate(shape.begin() + 1, shape.end() - 1, shape.end());
  return shape;
}

Array<const std::uint8_t> Call::mask(const char* name, py::handle value) {
  return view<const std::uint8_t>(to_read(name, value, Dtype::boolean));
}

Array<const std::int64_t> Call::indices(const char* name, py::handle value, Dims dims, Index limit) {
  py::object array = as_array(value);
  const char kind = array.is_none() ? 'O' : dtype_object(array).kind();
  if (kind != 'i' && kind != 'u')
    refuse_type(std::string(name) + " is " + described(value) + "; needed an array of integers");
  if (kind_of(array) != Dtype::int64 || !is_plain(array)) array = copied(array, Dtype::int64);
  remember(name, array, false);
  const auto result = view<const std::int64_t>(std::move(array));
  expect(name, result, dims);
  for (Index i = 0; i < result.size; ++i)
    if (result.data[i] < 0 || result.data[i] >= limit)
      refuse(std::string(name) + " holds " + std::to_string(result.data[i]) + " at " + std::to_string(i) +
             "; needed integers of at least 0 and less than " + std::to_string(limit));
  return result;
}

py::object Call::given_to_write(const char* name, py::handle value, Dtype dtype, int ndim, const Index* shape,
                                Layout layout) {
  if (!is_array(value) || kind_of(value) != dtype)
    refuse_type(std::string(name) + " is " + described(value) + "; needed an array of " + name_of(dtype));
  const auto* proxy = py::detail::array_proxy(value.ptr());
  if (shape != nullptr) expect(name, proxy->nd, proxy->dimensions, ndim, shape);
  const py::object as_written =
      layout == Layout::channels_last ? channels_last(value) : py::reinterpret_borrow<py::object>(value);
  if (!is_plain(as_written, layout == Layout::any) || (proxy->flags & Api::NPY_ARRAY_WRITEABLE_) == 0) {
    constexpr const char* wrong[] = {"not C-contiguous", "not in one piece with its channels last",
                                     "unaligned"};
    refuse(std::string(name) + " is written in place, but it is read-only or " +
           wrong[static_cast<int>(layout)] + "; try a copy");
  }
  if (layout == Layout::any && may_overlap_itself(value))
    refuse(std::string(name) + " is written in place, but its elements share memory; try a copy");
  remember(name, value, true);
  return py::reinterpret_borrow<py::object>(value);
}

py::object Call::allocate(Dtype dtype, int ndim, const Index* shape, bool channels_last) {
  std::vector<Index> strides(ndim);
  if (channels_last) {  // from the innermost axis, c, by way of the last ones to n
    Index step = dtype == Dtype::float64 || dtype == Dtype::int64 ? 8 : dtype == Dtype::uint8 ? 1 : 4;
    for (int i = 0; i < ndim; ++i) {
      const int axis = i == 0 ? 1 : i == ndim - 1 ? 0 : ndim - i;
      strides[axis] = step;
      step *= std::max<Index>(shape[axis], 1);
    }
  }
  return new_array(dtype, ndim, shape, channels_last ? strides.data() : nullptr);
}

// What is written may overlap nothing else.
void Call::remember(const char* name, py::handle array, bool written) {
  if (kept_arrays != nullptr) kept_arrays->push_back(py::reinterpret_borrow<py::object>(array));
  const auto* proxy = py::detail::array_proxy(array.ptr());
  Range range{name, proxy->data, proxy->data + dtype_object(array).itemsize(), written};
  for (int axis = 0; axis < proxy->nd; ++axis) {
    const Index reach = (proxy->dimensions[axis] - 1) * proxy->strides[axis];
    (reach < 0 ? range.begin : range.end) += reach;
    if (proxy->dimensions[axis] == 0) return;  // nothing to share
  }
  for (int i = 0; i < remembered_; ++i) {
    const Range& other = ranges_[i];
    if ((written || other.written) && range.begin < other.end && other.begin < range.end)
      refuse(std::string(written ? name : other.name) + " is written, but it shares memory with " +
             (written ? other.name : name) + "; try a copy");
  }
  if (remembered_ == kMostArrays) refuse("too many arrays");
  ranges_[remembered_++] = range;
}

// ---- Gradients -----------------------------------------------------------------------------------

Gradients::Gradients(Call& call, int count, py::handle needs, py::handle out, bool accumulate)
    : call_(call), count_(count), accumulate_(accumulate) {
  const auto a_tuple_of_count = [&](py::handle value) {
    return PyTuple_Check(value.ptr()) && PyTuple_GET_SIZE(value.ptr()) == count;
  };
  bool well = a_tuple_of_count(needs);
  for (int i = 0; well && i < count; ++i) {
    // Only the two bools: the truth of anything else is Python code, which might change the arrays taken so
    // far.
    const PyObject* flag = PyTuple_GET_ITEM(needs.ptr(), i);
    well = flag == Py_True || flag == Py_False;
    needed_[i] = flag == Py_True;
  }
  if (!well) call.refuse("needs must be a tuple of " + std::to_string(count) + " bools");
  if (!out.is_none() && !a_tuple_of_count(out))
    call.refuse("out must be None or a tuple of " + std::to_string(count) + ", each an array or None");
  for (int i = 0; i < count; ++i)
    given_[i] = out.is_none() ? py::handle(Py_None) : py::handle(PyTuple_GET_ITEM(out.ptr(), i));
}

py::tuple Gradients::results() const {
  py::tuple all(count_);
  for (int i = 0; i < count_; ++i)
    PyTuple_SET_ITEM(all.ptr(), i, (results_[i] ? results_[i] : py::none()).inc_ref().ptr());
  return all;
}

}  // namespace tinynn::border
