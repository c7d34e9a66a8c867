#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wayleave::net {

/// Header fields in order; names compare without case.
class Headers {
 public:
  /// Empty when absent; the first when repeated.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);
  void reserve(std::size_t fields) { fields_.reserve(fields); }
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct RequestHead {
  std::string method;  ///< GET HEAD POST PUT PATCH DELETE
  std::string target;  ///< as sent, origin-form
  std::string path;    ///< percent-decoded, UTF-8, without query; `/v1/receipts/01J…`
  std::vector<std::pair<std::string, std::string>> query;  ///< percent-decoded, UTF-8, in order; `+` is a blank
  Headers headers;
  std::uint64_t content_length = 0;
  bool has_body = false;  ///< content length over 0, or chunked
  bool chunked = false;
  std::string peer;                ///< address of the other end, without port
  std::string certificate_sha256;  ///< of the client's DER certificate, when it proved one; else empty
  /// First value of that query name; nullptr when absent.
  const std::string* parameter(std::string_view name) const;
  /// The parts of the path between slashes, each decoded by itself: `/v1/orders/PO%2F1` gives v1, orders, PO/1.
  std::vector<std::string> segments() const;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  std::string content_type;
  /// Shared body instead of `body`, not copied.
  std::shared_ptr<const std::string> shared_body;
};

/// Reason phrase; "Unknown" for what we never send.
std::string_view reason(int status);

/// ASCII only.
bool equal_without_case(std::string_view a, std::string_view b);

/// Nullopt when a `%` is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank = false);

}  // namespace wayleave::net
