#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace wayleave::edi {

/// Which control numbers were seen. Those that count up cost nothing, others a hash each.
class ControlNumbers {
 public:
  /// False: it was there before.
  bool add(std::string_view number);
  void clear();

 private:
  struct Run {
    std::uint64_t first, last;
    std::size_t width;
  };
  std::vector<Run> runs_;
  std::unordered_set<std::uint64_t> others_;
};

}  // namespace wayleave::edi
