// The one place where NumPy meets C++: dtype, shape, contiguity, allocation, the GIL, Ctrl-C.
//
// A binding makes a Call, takes its arrays from it, and runs the kernel through it:
//
//   Call call("softmax_forward");
//   return call.with_dtype("x", x_, [&](auto zero) -> py::object {
//     using T = decltype(zero);
//     const auto x = call.in<T>("x", x_, {kAny, kAny});
//     const auto y = call.fresh<T>(x);
//     call.run(x.size, [&] { kernels<T>().softmax_forward(x.data, y.data, x[0], x[1]); });
//     return y.owner;
//   });
//
// Nothing gets past it that could make a kernel read or write where it must not: an input of the wrong dtype
// is a TypeError, of the wrong shape a ValueError, one that is not contiguous, aligned or in native byte
// order is copied; an array to be written is never copied, so it must be all of that, writeable, and overlap
// no other. (Arrays must not be changed by another thread during a call, as everywhere in NumPy.)
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "dispatch.h"
#include "kernels.h"

namespace tinynn::border {

namespace py = pybind11;
using namespace pybind11::literals;

constexpr Index kAny = -1;  // an axis of any size
using Dims = std::initializer_list<Index>;

// The memory of a NumPy array, contiguous. `data` is null where the caller gave None.
template <class T>
struct Array {
  py::object owner = py::none();
  T* data = nullptr;
  Index size = 0;
  int ndim = 0;
  const Index* shape = nullptr;

  Index operator[](int axis) const { return shape[axis]; }
};

// The memory of a NumPy array as it lies, for kernels that take strides.
template <class T>
struct Strided {
  py::object owner;
  T* data;
  Index size;
  int ndim;
  const Index *shape, *strides;  // strides in bytes

  Index stride(int axis) const { return strides[axis] / static_cast<Index>(sizeof(T)); }
};

enum class Layout { c_order, channels_last, any };

enum class Dtype { float32, float64, int64, int32, uint8, boolean, other };
template <class T> constexpr Dtype dtype_of = Dtype::other;
template <> inline constexpr Dtype dtype_of<float> = Dtype::float32;
template <> inline constexpr Dtype dtype_of<double> = Dtype::float64;
template <> inline constexpr Dtype dtype_of<std::int64_t> = Dtype::int64;
template <> inline constexpr Dtype dtype_of<std::int32_t> = Dtype::int32;
template <> inline constexpr Dtype dtype_of<std::uint8_t> = Dtype::uint8;

class Call {
 public:
  explicit Call(const char* who) : who_(who) {}
  Call(const Call&) = delete;

  // f(float()) or f(double()), whichever `value` holds.
  template <class F>
  auto with_dtype(const char* name, py::handle value, F&& f) {
    return floating(name, value) == Dtype::float32 ? f(float()) : f(double());
  }

  // An array to read. The shape is checked when `dims` are given; None is let through by `optional` alone.
  template <class T>
  Array<const T> in(const char* name, py::handle value) {
    return read<T>(name, value);
  }
  template <class T>
  Array<const T> in(const char* name, py::handle value, Dims dims) {
    const auto array = read<T>(name, value);
    expect(name, array, dims);
    return array;
  }
  template <class T, class U>
  Array<const T> in_like(const char* name, py::handle value, const Array<U>& other) {
    const auto array = read<T>(name, value);
    expect(name, array.ndim, array.shape, other.ndim, other.shape);
    return array;
  }
  template <class T, class U>
  Array<const T> in_like(const char* name, py::handle value, const Array<U>& other, Layout layout) {
    const auto array = in<T>(name, value, layout);
    expect(name, array.ndim, array.shape, other.ndim, other.shape);
    return array;
  }
  template <class T>
  Array<const T> optional(const char* name, py::handle value, Dims dims) {
    return value.is_none() ? Array<const T>() : in<T>(name, value, dims);
  }
  // Images, of shape (n, c, ...) in Python, whose memory the kernel wants as [n, ..., c]: sizes and shape in
  // that order here, `dims` in Python's. What lies otherwise is copied.
  template <class T>
  Array<const T> in_channels_last(const char* name, py::handle value, int ndim, const Index* dims) {
    return view<const T>(to_read_channels_last(name, value, dtype_of<T>, ndim, dims));
  }
  // How an array lies, for kernels that go element by element and so can leave their result lying the same
  // way: channels_last where it does so (and is not in C order as well), else c_order. What is not an array
  // of the dtype that `in` wants is for `in` to refuse.
  static Layout layout_of(py::handle value);
  // An array in that layout, copied where it lies otherwise; its sizes are in the order of the memory.
  template <class T>
  Array<const T> in(const char* name, py::handle value, Layout layout) {
    return view<const T>(to_read_as(name, value, dtype_of<T>, layout));
  }
  // bool, read as bytes.
  Array<const std::uint8_t> mask(const char* name, py::handle value);
  // Integers of any width, as int64, each in 0..limit-1.
  Array<const std::int64_t> indices(const char* name, py::handle value, Dims dims, Index limit);

  // An array to write into, which the caller gave: never a copy.
  template <class T>
  Array<T> inout(const char* name, py::handle value, int ndim, const Index* shape) {
    return view<T>(given_to_write(name, value, dtype_of<T>, ndim, shape));
  }
  template <class T>
  Array<T> inout(const char* name, py::handle value) {
    return view<T>(given_to_write(name, value, dtype_of<T>, -1, nullptr));
  }

  // The same without a demand on the layout: to read, to write into, and a new one.
  template <class T>
  Strided<const T> in_strided(const char* name, py::handle value) {
    return strided<const T>(to_read(name, value, dtype_of<T>, true));
  }
  template <class T>
  Strided<T> inout_strided(const char* name, py::handle value, int ndim, const Index* shape) {
    return strided<T>(given_to_write(name, value, dtype_of<T>, ndim, shape, Layout::any));
  }
  template <class T>
  Strided<T> fresh_strided(int ndim, const Index* shape) {
    return strided<T>(allocate(dtype_of<T>, ndim, shape));
  }

  // A new array, its memory not yet written.
  template <class T>
  Array<T> fresh(int ndim, const Index* shape) {
    return view<T>(allocate(dtype_of<T>, ndim, shape));
  }
  template <class T>
  Array<T> fresh(Dims dims) {
    return fresh<T>(static_cast<int>(dims.size()), dims.begin());
  }
  template <class T, class U>
  Array<T> fresh(const Array<U>& like) {
    return fresh<T>(like.ndim, like.shape);
  }
  // A new array of shape (n, c, ...) whose memory is [n, ..., c]; and one that the caller gave. The owner is
  // what Python sees.
  template <class T>
  Array<T> fresh_channels_last(int ndim, const Index* shape) {
    return view<T>(allocate(dtype_of<T>, ndim, shape, true));
  }
  // A new array, `like` another whose sizes are in the order of its memory.
  template <class T>
  Array<T> fresh(int ndim, const Index* memory, Layout layout) {
    if (layout == Layout::c_order) return fresh<T>(ndim, memory);
    const std::vector<Index> shape = python_shape(ndim, memory);
    return fresh_channels_last<T>(ndim, shape.data());
  }
  template <class T, class U>
  Array<T> fresh(const Array<U>& like, Layout layout) {
    return fresh<T>(like.ndim, like.shape, layout);
  }
  // [n, ..., c] as (n, c, ...).
  static std::vector<Index> python_shape(int ndim, const Index* memory);
  template <class T>
  Array<T> inout_channels_last(const char* name, py::handle value, int ndim, const Index* shape) {
    return view<T>(given_to_write(name, value, dtype_of<T>, ndim, shape, Layout::channels_last));
  }

  // Runs the kernel, without the GIL where `work` (multiply-adds, roughly) makes that worth its 0.1 us;
  // raises KeyboardInterrupt where the kernel was abandoned for Ctrl-C.
  template <class F>
  void run(Index work, F&& kernel) {
    if (work < kWorthUnlocking) return kernel();
    {
      Unlocked unlocked;
      kernel();
    }
    raise_if_interrupted();
  }

  template <class U>
  void expect(const char* name, const Array<U>& array, Dims dims) const {
    expect(name, array.ndim, array.shape, static_cast<int>(dims.size()), dims.begin());
  }
  void expect(const char* name, int ndim, const Index* shape, int wanted_ndim, const Index* wanted) const;

  // ValueError: `who: message`.
  [[noreturn]] void refuse(const std::string& message) const;
  [[noreturn]] void refuse_type(const std::string& message) const;

 private:
  static constexpr Index kWorthUnlocking = 20000;  // about 5 us
  static constexpr int kMostArrays = 64;

  struct Unlocked {
    Unlocked();
    ~Unlocked();
  };
  struct Range {
    const char* name;
    const char *begin, *end;
    bool written;
  };

  Dtype floating(const char* name, py::handle value) const;
  py::object to_read(const char* name, py::handle value, Dtype dtype, bool any_strides = false);
  py::object to_read_as(const char* name, py::handle value, Dtype dtype, Layout layout);
  py::object to_read_channels_last(const char* name, py::handle value, Dtype dtype, int ndim,
                                   const Index* dims);
  py::object given_to_write(const char* name, py::handle value, Dtype dtype, int ndim, const Index* shape,
                            Layout layout = Layout::c_order);
  static py::object allocate(Dtype dtype, int ndim, const Index* shape, bool channels_last = false);
  void remember(const char* name, py::handle array, bool written);
  static void raise_if_interrupted();

  template <class T>
  Array<const T> read(const char* name, py::handle value) {
    return view<const T>(to_read(name, value, dtype_of<T>));
  }

  template <class T>
  static Array<T> view(py::object owner) {
    const auto* proxy = py::detail::array_proxy(owner.ptr());
    Index size = 1;
    for (int axis = 0; axis < proxy->nd; ++axis) size *= proxy->dimensions[axis];
    return {std::move(owner), reinterpret_cast<T*>(proxy->data), size, proxy->nd, proxy->dimensions};
  }

  template <class T>
  static Strided<T> strided(py::object owner) {
    const Array<T> array = view<T>(owner);
    const auto* proxy = py::detail::array_proxy(owner.ptr());
    return {std::move(owner), array.data, array.size, array.ndim, array.shape, proxy->strides};
  }

  const char* who_;
  Range ranges_[kMostArrays];
  int remembered_ = 0;
};

// The gradients that a backward pass returns: which are needed, and where to put them.
class Gradients {
 public:
  static constexpr int kMost = 4;

  // needs: a tuple of `count` bools; out: None, or a tuple of `count` arrays and Nones.
  Gradients(Call& call, int count, py::handle needs, py::handle out = py::none(), bool accumulate = false);

  // Where gradient i goes; null where nobody needs it. A `parameter` is added to when accumulating: it starts
  // from zero where the caller gave no array for it.
  template <class T>
  T* place(int i, const char* name, int ndim, const Index* shape, bool parameter) {
    if (!needed_[i]) return nullptr;
    Array<T> array;
    if (given_[i].is_none()) {
      array = call_.fresh<T>(ndim, shape);
      if (parameter && accumulate_) std::fill_n(array.data, array.size, T(0));
    } else {
      array = call_.inout<T>(name, given_[i], ndim, shape);
    }
    results_[i] = array.owner;
    return array.data;
  }
  // dx of images: never added to.
  template <class T>
  T* place_channels_last(int i, const char* name, int ndim, const Index* shape) {
    if (!needed_[i]) return nullptr;
    const auto array = given_[i].is_none() ? call_.fresh_channels_last<T>(ndim, shape)
                                           : call_.inout_channels_last<T>(name, given_[i], ndim, shape);
    results_[i] = array.owner;
    return array.data;
  }
  // dx, like an array whose sizes are in the order of its memory.
  template <class T, class U>
  T* place(int i, const char* name, const Array<U>& like, Layout layout) {
    if (layout == Layout::c_order) return place<T>(i, name, like, false);
    const std::vector<Index> shape = Call::python_shape(like.ndim, like.shape);
    return place_channels_last<T>(i, name, like.ndim, shape.data());
  }
  template <class T, class U>
  T* place(int i, const char* name, const Array<U>& like, bool parameter) {
    return place<T>(i, name, like.ndim, like.shape, parameter);
  }
  template <class T>
  T* place(int i, const char* name, Dims dims, bool parameter) {
    return place<T>(i, name, static_cast<int>(dims.size()), dims.begin(), parameter);
  }

  bool accumulate() const { return accumulate_; }
  py::tuple results() const;

 private:
  Call& call_;
  int count_;
  bool accumulate_;
  bool needed_[kMost] = {};
  py::handle given_[kMost];
  py::object results_[kMost];
};

// What a value is, for messages: the dtype of an array, the type of anything else.
std::string described(py::handle value);

// Lets a long kernel ask Python whether Ctrl-C was pressed; and whether the kernel that this thread has just
// run was abandoned for it.
void install_poll();
bool abandoned();
// The same question, asked by a thread that runs without the GIL, when no kernel has asked it for long.
bool interrupted_now();

// Every array that a call of this thread takes or makes from now on goes into `kept` too: of two of them,
// none has the address that another had. Null: no longer.
void keep_arrays(std::vector<py::object>* kept);

}  // namespace tinynn::border
