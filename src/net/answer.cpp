#include "net/answer.hpp"

#include <charconv>

namespace wayleave::net {

namespace {

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_clean(std::string& out, std::string_view text) {
  auto start = out.size();
  out += text;
  for (auto i = start; i < out.size(); ++i) {
    if (out[i] == '\r' || out[i] == '\n' || out[i] == '\0') out[i] = ' ';
  }
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  append_clean(out, name);
  out += ": ";
  append_clean(out, value);
  out += "\r\n";
}

void append_escaped(std::string& out, std::string_view text) {
  for (char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
}

}  // namespace

void append_head(std::string& out, const Response& response, std::optional<std::uint64_t> length, bool close) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(response.status));
  out += ' ';
  out += reason(response.status);
  out += "\r\n";
  if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
  for (const auto& [name, value] : response.headers.all()) append_field(out, name, value);
  if (length) {
    out += "Content-Length: ";
    append_number(out, *length);
    out += "\r\n";
  }
  if (close) out += "Connection: close\r\n";
  out += "\r\n";
}

Response problem_answer(int status, std::string_view detail) {
  Response response;
  response.status = status;
  response.content_type = "application/problem+xml";
  std::string& body = response.body;
  body = "<problem xmlns=\"urn:ietf:rfc:7807\"><type>about:blank</type><title>";
  append_escaped(body, reason(status));
  body += "</title><status>";
  append_number(body, static_cast<std::uint64_t>(status));
  body += "</status><detail>";
  append_escaped(body, detail);
  body += "</detail></problem>\n";
  return response;
}

}  // namespace wayleave::net
