#include "formats/edi/control_numbers.hpp"

#include <charconv>

#include "document/name_hash.hpp"

namespace wayleave::edi {

void ControlNumbers::clear() {
  runs_.clear();
  others_.clear();
}

bool ControlNumbers::add(std::string_view number) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size() || number.size() > 18) return others_.insert(namespace_hash(number)).second;
  for (const auto& run : runs_)
    if (run.width == number.size() && value >= run.first && value <= run.last) return false;
  if (!runs_.empty() && runs_.back().width == number.size() && value == runs_.back().last + 1) {
    if (!others_.empty() && others_.contains(namespace_hash(number))) return false;
    ++runs_.back().last;
    return true;
  }
  // Numbers in no order at all go into the hash, so that looking at the runs stays short.
  if (runs_.size() >= 16) return others_.insert(namespace_hash(number)).second;
  if (!others_.empty() && others_.contains(namespace_hash(number))) return false;
  runs_.push_back({value, value, number.size()});
  return true;
}

}  // namespace wayleave::edi
