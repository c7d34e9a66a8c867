#include "base/nearest.hpp"

#include <algorithm>
#include <vector>

namespace wayleave {

namespace {

/// Names are short; a longer text is no misspelling of one, and the distance is quadratic.
constexpr std::size_t longest_name = 200;

std::string folded(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> before(width), last(width), row(width);
  for (std::size_t j = 0; j < width; ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j < width; ++j) {
      std::size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string nearest(std::string_view wrong, std::span<const std::string> candidates) {
  if (wrong.size() > longest_name) return {};
  const std::size_t limit = std::max<std::size_t>(1, wrong.size() / 3);
  const std::string wrong_folded = folded(wrong);
  std::size_t best = limit + 1;
  const std::string* found = nullptr;
  for (const std::string& candidate : candidates) {
    if (std::max(wrong.size(), candidate.size()) - std::min(wrong.size(), candidate.size()) >= best) continue;
    std::size_t distance =
        std::min(edit_distance(wrong, candidate), edit_distance(wrong_folded, folded(candidate)) + 1);
    if (distance < best) {
      best = distance;
      found = &candidate;
    }
  }
  return found != nullptr ? *found : std::string{};
}

}  // namespace wayleave
