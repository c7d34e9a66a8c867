#pragma once

#include <string>
#include <utility>

namespace wayleave {

/// A text that must not reach a log: it prints as `***`. Read it with reveal(), where it is used.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

template <class Stream>
Stream& operator<<(Stream& out, const Secret&) {
  out << "***";
  return out;
}

}  // namespace wayleave
