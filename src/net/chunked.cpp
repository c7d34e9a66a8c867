// RFC 9112, section 7.1:  chunked-body = *( size [ ext ] CRLF data CRLF ) 1*"0" [ ext ] CRLF [ trailer ] CRLF
// without the trailer, and without the blanks that some readers allow around the size.
#include "net/chunked.hpp"

#include <algorithm>

namespace wayleave::net {

namespace {

constexpr unsigned max_size_digits = 16;
constexpr std::size_t max_extensions = 4 * 1024;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

ChunkReader::State ChunkReader::fail(const char* detail) {
  detail_ = detail;
  return state_ = State::broken;
}

ChunkReader::State ChunkReader::take_size_line(char c) {
  if (place_ == Place::size) {
    if (int value = hex_value(c); value >= 0) {
      if (++digits_ > max_size_digits) return fail("The size of a chunk has more than 16 digits.");
      left_ = left_ << 4 | static_cast<unsigned>(value);
      return state_;
    }
    if (digits_ == 0) return fail("A chunk does not begin with its size.");
    if (c == ';') {
      place_ = Place::extension;
    } else if (c == '\r') {
      place_ = Place::size_end;
    } else {
      return fail("The size of a chunk is not a hexadecimal number.");
    }
    return state_;
  }
  if (c == '\r') {
    place_ = Place::size_end;
    return state_;
  }
  auto byte = static_cast<unsigned char>(c);
  if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return fail("A chunk extension holds a control character.");
  if (++extensions_ > max_extensions) return fail("The chunk extensions are longer than 4 KiB.");
  return state_;
}

ChunkReader::State ChunkReader::take(std::string_view& bytes, std::string& body) {
  while (!bytes.empty() && state_ == State::more) {
    if (place_ == Place::data) {
      auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      body.append(bytes.substr(0, count));
      bytes.remove_prefix(count);
      left_ -= count;
      if (left_ == 0) place_ = Place::data_end;
      continue;
    }
    char c = bytes.front();
    bytes.remove_prefix(1);
    switch (place_) {
      case Place::size:
      case Place::extension:
        take_size_line(c);
        break;
      case Place::size_end:
        if (c != '\n') return fail("The line with a chunk's size does not end in CR LF.");
        if (left_ == 0) {
          place_ = Place::last_cr;
        } else {
          if (left_ > limit_ - taken_) return state_ = State::too_large;
          taken_ += left_;
          place_ = Place::data;
        }
        break;
      case Place::data_end:
        if (c != '\r') return fail("A chunk is longer than its size.");
        place_ = Place::data_end_lf;
        break;
      case Place::data_end_lf:
        if (c != '\n') return fail("A chunk is longer than its size.");
        place_ = Place::size;
        digits_ = 0;
        break;
      case Place::last_cr:
        if (c != '\r') return fail("Trailer fields are not taken here.");
        place_ = Place::last_lf;
        break;
      case Place::last_lf:
        if (c != '\n') return fail("The body does not end in CR LF.");
        state_ = State::done;
        break;
      case Place::data:
        break;
    }
  }
  return state_;
}

}  // namespace wayleave::net
