// The catalogue as data: kernels.def once more, this time as text.
#include <algorithm>

#include "plan.h"

namespace tinynn::plan {
namespace {

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \n"), end = text.find_last_not_of(" \n");
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

// "(const T* x, Index n)" -> {const T*, x}, {Index, n}
std::vector<Parameter> parsed(const std::string& text) {
  std::vector<Parameter> parameters;
  std::size_t begin = 1;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size() - 1);
    const std::string one = trimmed(text.substr(begin, end - begin));
    const std::size_t name = one.find_last_of(" *&") + 1;
    parameters.push_back({trimmed(one.substr(0, name)), one.substr(name)});
    begin = end + 1;
  }
  return parameters;
}

}  // namespace

const std::vector<KernelInfo>& catalogue() {
  static const std::vector<KernelInfo> all = {
#define KERNEL(stem, name, parameters) {#stem, #name, parsed(#parameters)},
#include "kernels.def"
  };
  return all;
}

}  // namespace tinynn::plan
