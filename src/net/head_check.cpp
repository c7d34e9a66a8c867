// RFC 9112, the parts we take:
//   request      = method SP origin-form SP "HTTP/1.1" CRLF *( field-line CRLF ) CRLF
//   field-line   = field-name ":" OWS field-value OWS          field-name = token (RFC 9110, 5.6.2)
//   origin-form  = "/" *( %x21-7E ) [ "?" *( %x21-7E ) ]
// and of the choices it leaves: no folded lines, no bare CR or LF, no line before the request line, exactly one Host, a
// body framed either by one Content-Length of digits or by `Transfer-Encoding: chunked` alone.
#include "net/head_check.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/utf8.hpp"

namespace wayleave::net {

namespace {

using Fault = std::optional<HeadFault>;

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}
constexpr auto is_token_char = make_token_table();

bool is_token(std::string_view text) {
  for (char c : text) {
    if (!is_token_char[static_cast<unsigned char>(c)]) return false;
  }
  return !text.empty();
}

bool is_field_value(std::string_view text) {
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return false;
  }
  return true;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Fields that decide who asks, for what, or where the body ends. Each at most once.
enum class Single : std::uint8_t {
  host,
  content_length,
  transfer_encoding,
  authorization,
  idempotency_key,
  content_type,
  content_encoding,
  expect,
  last_event_id,
  origin,
};

constexpr std::array<std::pair<std::string_view, Single>, 10> singles{{
    {"host", Single::host},
    {"content-length", Single::content_length},
    {"transfer-encoding", Single::transfer_encoding},
    {"authorization", Single::authorization},
    {"idempotency-key", Single::idempotency_key},
    {"content-type", Single::content_type},
    {"content-encoding", Single::content_encoding},
    {"expect", Single::expect},
    {"last-event-id", Single::last_event_id},
    {"origin", Single::origin},
}};

std::optional<Single> single(std::string_view name) {
  for (const auto& [known, which] : singles) {
    if (equal_without_case(name, known)) return which;
  }
  return std::nullopt;
}

/// Some servers in front of us or behind us read `_` as `-`.
bool passes_for_security_field(std::string_view name) {
  if (name.find('_') == std::string_view::npos) return false;
  std::string dashed(name);
  for (char& c : dashed) {
    if (c == '_') c = '-';
  }
  return single(dashed).has_value() || equal_without_case(dashed, "connection") ||
         equal_without_case(dashed, "forwarded") || equal_without_case(dashed, "x-real-ip") ||
         equal_without_case(std::string_view(dashed).substr(0, 12), "x-forwarded-");
}

class HeadReader {
 public:
  HeadReader(std::string_view bytes, CheckedHead& out) : rest_(bytes), out_(out) {}

  Fault read() {
    std::string_view line;
    if (!take_line(line)) return bad_line_end;
    if (Fault fault = request_line(line)) return fault;
    out_.head.headers.reserve(12);
    for (std::size_t count = 0;; ++count) {
      if (!take_line(line)) return bad_line_end;
      if (line.empty()) break;
      if (count == max_fields) return HeadFault{431, "The request has more than 100 header fields."};
      if (Fault fault = field_line(line)) return fault;
    }
    if (!rest_.empty()) return HeadFault{400, "Bytes follow the end of the head."};
    return framing();
  }

 private:
  static constexpr HeadFault bad_line_end{400, "A line of the head does not end in CR LF."};

  bool take_line(std::string_view& line) {
    auto end = rest_.find('\r');
    if (end == std::string_view::npos || end + 1 == rest_.size() || rest_[end + 1] != '\n') return false;
    line = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    return line.find('\n') == std::string_view::npos;
  }

  Fault request_line(std::string_view line) {
    auto first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
      return HeadFault{400, "The request line is not `method target HTTP/1.1`."};
    }
    std::string_view method = line.substr(0, first), version = line.substr(last + 1);
    std::string_view target = line.substr(first + 1, last - first - 1);
    if (!is_token(method)) return HeadFault{400, "The method is not a token."};
    if (version != "HTTP/1.1") {
      bool other = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.';
      if (other) return HeadFault{505, "Only HTTP/1.1 is spoken here."};
      return HeadFault{400, "The request line is not `method target HTTP/1.1`."};
    }
    if (target.size() > max_target) return HeadFault{414, "The target is longer than 8 KiB."};
    for (std::string_view known : {"GET", "POST", "HEAD", "PUT", "DELETE", "PATCH"}) {
      if (method == known) {
        out_.head.method = method;
        return this->target(target);
      }
    }
    for (std::string_view refused : {"OPTIONS", "TRACE", "CONNECT"}) {
      if (method == refused) return HeadFault{405, "This method is not allowed here."};
    }
    return HeadFault{501, "This method is not known here."};
  }

  Fault target(std::string_view text) {
    if (text.empty() || text.front() != '/') return HeadFault{400, "The target is not a path (origin-form)."};
    for (char c : text) {
      if (c < 0x21 || c > 0x7e || c == '#') return HeadFault{400, "The target has a character that needs encoding."};
    }
    out_.head.target = text;
    auto mark = text.find('?');
    auto path = percent_decode(text.substr(0, mark));
    if (!path) return HeadFault{400, "The path has a `%` without two hex digits."};
    for (char c : *path) {
      auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20 || byte == 0x7f) return HeadFault{400, "The path holds a control character."};
    }
    if (!is_utf8(*path)) return HeadFault{400, "The path is not UTF-8."};
    out_.head.path = std::move(*path);
    return mark == std::string_view::npos ? std::nullopt : query(text.substr(mark + 1));
  }

  Fault query(std::string_view text) {
    while (!text.empty()) {
      auto pair = text.substr(0, text.find('&'));
      text.remove_prefix(std::min(text.size(), pair.size() + 1));
      if (pair.empty()) continue;
      auto equals = pair.find('=');
      auto name = percent_decode(pair.substr(0, equals), true);
      auto value =
          percent_decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), true);
      if (!name || !value) return HeadFault{400, "The query has a `%` without two hex digits."};
      if (!is_utf8(*name) || !is_utf8(*value)) return HeadFault{400, "The query is not UTF-8."};
      if (name->find('\0') != std::string::npos || value->find('\0') != std::string::npos) {
        return HeadFault{400, "The query holds a NUL."};
      }
      out_.head.query.emplace_back(std::move(*name), std::move(*value));
    }
    return std::nullopt;
  }

  Fault field_line(std::string_view line) {
    if (is_blank(line.front())) return HeadFault{400, "A header field is folded over two lines."};
    auto colon = line.find(':');
    if (colon == std::string_view::npos) return HeadFault{400, "A header field has no colon."};
    std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    if (!is_token(name)) return HeadFault{400, "The name of a header field is not a token."};
    if (!is_field_value(value)) return HeadFault{400, "A header field holds a control character."};
    if (auto which = single(name)) {
      unsigned bit = 1u << static_cast<unsigned>(*which);
      if ((seen_ & bit) != 0) return HeadFault{400, "A header field that may appear once appears twice."};
      seen_ |= bit;
      if (Fault fault = single_field(*which, value)) return fault;
    } else if (passes_for_security_field(name)) {
      return HeadFault{400, "A header field passes for another by an underscore in its name."};
    } else if (equal_without_case(name, "connection")) {
      connection(value);
    }
    out_.head.headers.add(std::string(name), std::string(value));
    return std::nullopt;
  }

  Fault single_field(Single which, std::string_view value) {
    switch (which) {
      case Single::host:
        return host(value);
      case Single::content_length:
        return content_length(value);
      case Single::transfer_encoding:
        if (!equal_without_case(value, "chunked")) {
          return HeadFault{400, "The only transfer coding taken here is `chunked`."};
        }
        out_.head.chunked = true;
        return std::nullopt;
      case Single::expect:
        if (!equal_without_case(value, "100-continue")) {
          return HeadFault{417, "The only expectation met here is `100-continue`."};
        }
        out_.expects_continue = true;
        return std::nullopt;
      default:
        return std::nullopt;
    }
  }

  static Fault host(std::string_view value) {
    // RFC 3986, 3.2.2 and 3.2.3, without telling reg-name and IP-literal apart.
    for (char c : value) {
      bool letter_or_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter_or_digit && std::strchr("-._~%!$&'()*+;=:[]", c) == nullptr) {
        return HeadFault{400, "The Host field is not a host."};
      }
    }
    if (value.empty()) return HeadFault{400, "The Host field is empty."};
    return std::nullopt;
  }

  Fault content_length(std::string_view value) {
    if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos) {
      return HeadFault{400, "The Content-Length is not a number of digits."};
    }
    // 18 digits hold more than any disk and leave sums room in 64 bits.
    if (value.size() > 18) return HeadFault{413, "The Content-Length is beyond every limit."};
    std::uint64_t length = 0;
    for (char c : value) length = length * 10 + static_cast<unsigned>(c - '0');
    out_.head.content_length = length;
    return std::nullopt;
  }

  void connection(std::string_view value) {
    while (!value.empty()) {
      auto option = value.substr(0, value.find(','));
      value.remove_prefix(std::min(value.size(), option.size() + 1));
      if (equal_without_case(trimmed(option), "close")) out_.close = true;
    }
  }

  bool seen(Single which) const { return (seen_ & 1u << static_cast<unsigned>(which)) != 0; }

  Fault framing() {
    if (!seen(Single::host)) return HeadFault{400, "The Host field is missing."};
    if (seen(Single::transfer_encoding) && seen(Single::content_length)) {
      return HeadFault{400, "Content-Length and Transfer-Encoding contradict each other."};
    }
    out_.head.has_body = out_.head.chunked || out_.head.content_length > 0;
    return std::nullopt;
  }

  std::string_view rest_;
  CheckedHead& out_;
  unsigned seen_ = 0;
};

}  // namespace

HeadScan scan_head(std::string_view bytes, std::size_t scanned) {
  if (bytes.empty()) return {};
  if (!is_token_char[static_cast<unsigned char>(bytes.front())]) {
    return {0, HeadFault{400, "This is not an HTTP/1.1 request."}};
  }
  for (std::size_t at = scanned; (at = bytes.find('\n', at)) != std::string_view::npos; ++at) {
    if (at == 0 || bytes[at - 1] != '\r') return {0, HeadFault{400, "A line of the head does not end in CR LF."}};
    if (at >= max_head) break;
    if (at >= 3 && bytes[at - 2] == '\n' && bytes[at - 3] == '\r') return {at + 1, std::nullopt};
  }
  if (bytes.size() < max_head) return {};
  if (bytes.substr(0, max_head).find('\n') == std::string_view::npos) {
    return {0, HeadFault{414, "The request line is longer than 16 KiB."}};
  }
  return {0, HeadFault{431, "The head is longer than 16 KiB."}};
}

std::optional<HeadFault> check_head(std::string_view bytes, CheckedHead& checked) {
  return HeadReader(bytes, checked).read();
}

}  // namespace wayleave::net
