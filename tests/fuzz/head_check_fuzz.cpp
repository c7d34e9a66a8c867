// Heads and chunked bodies as anybody may send them. Beside not crashing: the verdict does not depend on how the bytes
// were cut into pieces, what is taken keeps the promises of head_check.hpp, and reading it again gives the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/utf8.hpp"
#include "net/chunked.hpp"
#include "net/head_check.hpp"

using namespace wayleave;
using namespace wayleave::net;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

/// The end of the head found piece by piece must be the one found at once.
HeadScan scan_in_pieces(std::string_view bytes, std::size_t step) {
  HeadScan scan;
  for (std::size_t seen = 0; seen < bytes.size() && scan.size == 0 && !scan.fault;) {
    std::size_t next = std::min(bytes.size(), seen + step);
    scan = scan_head(bytes.substr(0, next), seen);
    seen = next;
  }
  return scan;
}

void check_promises(const CheckedHead& checked, std::string_view bytes) {
  const RequestHead& head = checked.head;
  require(!head.target.empty() && head.target.front() == '/' && head.target.size() <= max_target);
  require(is_utf8(head.path) && head.path.find('\0') == std::string::npos);
  require(head.headers.all().size() <= max_fields && head.headers.has("Host"));
  require(!(head.chunked && head.headers.has("Content-Length")));
  require(head.has_body == (head.chunked || head.content_length > 0));
  for (const auto& [name, value] : head.headers.all()) {
    require(!name.empty() && name.find_first_of(" :\r\n\t") == std::string::npos);
    require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
  for (const auto& [name, value] : head.query) require(is_utf8(name) && is_utf8(value));
  (void)head.segments();
  CheckedHead again;
  require(!check_head(bytes, again) && again.head.headers.all() == head.headers.all());
}

void read_chunks(std::string_view bytes, std::size_t step) {
  constexpr std::uint64_t limit = 1 << 16;
  ChunkReader at_once(limit), in_pieces(limit);
  std::string whole, pieces;
  std::string_view rest = bytes;
  auto state = at_once.take(rest, whole);
  auto piece_state = ChunkReader::State::more;
  std::size_t at = 0;
  while (at < bytes.size() && piece_state == ChunkReader::State::more) {
    std::string_view piece = bytes.substr(at, step);
    auto size = piece.size();
    piece_state = in_pieces.take(piece, pieces);
    at += size - piece.size();
  }
  require(state == piece_state && whole == pieces && whole.size() <= limit);
  if (state == ChunkReader::State::done) require(at == bytes.size() - rest.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] % 16 + 1u;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto scan = scan_head(bytes, 0);
  auto pieces = scan_in_pieces(bytes, step);
  require(scan.size == pieces.size && scan.fault.has_value() == pieces.fault.has_value());
  read_chunks(bytes, step);
  if (scan.size == 0) return 0;
  CheckedHead checked;
  if (check_head(bytes.substr(0, scan.size), checked)) return 0;
  check_promises(checked, bytes.substr(0, scan.size));
  if (checked.head.chunked) read_chunks(bytes.substr(scan.size), step);
  return 0;
}
