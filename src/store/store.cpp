#include "store/store.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace wayleave::store {

namespace {

constexpr std::array<std::string_view, 9> status_names{
  "rejected", "accepted", "delivering", "delivered", "confirmed", "refused", "parked", "unknown", "discarded"
};
constexpr std::size_t longest_epoch = 64;

bool of_epoch(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; }

}  // namespace

std::string_view to_string(Status status) { return status_names.at(static_cast<std::size_t>(status)); }

std::optional<Status> parse_status(std::string_view text) {
  auto found = std::ranges::find(status_names, text);
  if (found == status_names.end()) return std::nullopt;
  return static_cast<Status>(found - status_names.begin());
}

std::optional<Cursor> Cursor::parse(std::string_view text) {
  auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > longest_epoch) return std::nullopt;
  Cursor cursor;
  cursor.epoch = text.substr(0, colon);
  if (!std::ranges::all_of(cursor.epoch, of_epoch)) return std::nullopt;
  auto digits = text.substr(colon + 1);
  if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), cursor.seq);
  if (failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return cursor;
}

}  // namespace wayleave::store
