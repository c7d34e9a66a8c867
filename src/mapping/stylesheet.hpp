#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace wayleave::mapping {

/// An XSLT 1.0 stylesheet behind m:xslt, run by libxslt with everything denied that reaches outside: no file, no network,
/// no document(), no include, no extension. Immutable; any thread.
class Stylesheet {
 public:
  /// Slow; one at a time. Errc::unusable says what is wrong, and in which line if that is known.
  static Result<std::unique_ptr<Stylesheet>> compile(const std::string& text);
  ~Stylesheet();
  Stylesheet(const Stylesheet&) = delete;
  Stylesheet& operator=(const Stylesheet&) = delete;

  /// The result as XML without declaration; at most `limit` bytes, at most ten million steps; Errc::invalid beyond.
  Result<std::string> transform(std::string_view xml, std::size_t limit) const;

 private:
  struct Impl;
  explicit Stylesheet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace wayleave::mapping
