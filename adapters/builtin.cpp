#include "adapters/builtin.hpp"

#include <array>

#include "adapters/directory/directory.hpp"
#include "adapters/http/http.hpp"

namespace wayleave::adapter {

std::span<const AdapterType* const> builtin() {
  static const std::array<const AdapterType*, 2> all{&directory::type(), &http::type()};
  return all;
}

const AdapterType* find(std::string_view name) {
  for (const AdapterType* type : builtin()) {
    if (name == type->name) return type;
  }
  return nullptr;
}

}  // namespace wayleave::adapter
