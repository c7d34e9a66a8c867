#include "base/id.hpp"

#include <sys/random.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <system_error>

namespace wayleave {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t id_size = 26;

/// 80 random bits as a pair; the top bit of `high` is left clear, so that counting up never wraps.
struct Tail {
  std::uint16_t high = 0;
  std::uint64_t low = 0;
};

Tail random_tail() {
  std::array<unsigned char, 10> bytes;
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    auto got = ::getrandom(bytes.data() + filled, bytes.size() - filled, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    filled += static_cast<std::size_t>(got);
  }
  Tail tail;
  std::memcpy(&tail.high, bytes.data(), 2);
  std::memcpy(&tail.low, bytes.data() + 2, 8);
  tail.high &= 0x7fff;
  return tail;
}

}  // namespace

// The layout of a ULID: 48 bits of time, 80 bits of chance, in 26 characters of 5 bits, the first of which holds 3.
std::string new_id(Time now) {
  static thread_local std::uint64_t last_time = 0;
  static thread_local Tail last;
  auto count = now.time_since_epoch().count();
  std::uint64_t time = count < 0 ? 0 : static_cast<std::uint64_t>(count) & 0xffff'ffff'ffff;
  if (time > last_time || last_time == 0) {
    last_time = time;
    last = random_tail();
  } else if (++last.low == 0) {
    // The clock stands still or went back: go on counting from the last id.
    ++last.high;
  }
  unsigned __int128 bits =
      static_cast<unsigned __int128>(last_time) << 80 | static_cast<unsigned __int128>(last.high) << 64 | last.low;
  std::string id(id_size, '0');
  for (std::size_t i = id_size; i-- > 0; bits >>= 5) id[i] = alphabet[static_cast<std::size_t>(bits & 31)];
  return id;
}

bool is_id(std::string_view text) {
  return text.size() == id_size && text.front() >= '0' && text.front() <= '7' &&
         text.find_first_not_of(alphabet) == std::string_view::npos;
}

}  // namespace wayleave
