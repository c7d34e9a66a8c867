#include "desk/match.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace wayleave::desk {
namespace {

std::string digest(const Entry& entry) {
  std::string made = entry.name + "\1";
  for (const auto& fact : entry.facts) made += fact.name + "\2" + fact.text + "\1";
  made += entry.arrangement + "\3";
  for (const auto& child : entry.children) made += digest(child);
  return made + "\4";
}

bool is_literal(const std::string& text) { return text.find('{') == std::string::npos; }

std::string distinction(const Entry& entry) {
  std::string made;
  for (const auto& fact : entry.facts) {
    if (fact.name.starts_with('@') && is_literal(fact.text)) made += (made.empty() ? "" : " and ") + fact.name + "='" + fact.text + "'";
  }
  return made;
}

std::string conditions(const Entry& entry) {
  std::string made;
  for (const auto& fact : entry.facts) {
    if (fact.around || fact.name == "each" || fact.name == "if") made += fact.name + "\2" + fact.text + "\1";
  }
  return made;
}

std::string identity(const Entry& entry) {
  const auto* id = entry.fact("id");
  return id ? id->text : "";
}

void pair_up(const std::vector<Entry>& before, const std::vector<Entry>& after, Matching& matching, const std::function<std::string(const Entry&)>& key, bool empty_too) {
  std::map<std::string, std::vector<std::size_t>> open;
  for (std::size_t i = after.size(); i-- > 0;) {
    if (!matching.taken[i]) open[after[i].name + "\5" + key(after[i])].push_back(i);
  }
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (matching.to[i]) continue;
    const auto value = key(before[i]);
    if (value.empty() && !empty_too) continue;
    const auto found = open.find(before[i].name + "\5" + value);
    if (found == open.end() || found->second.empty()) continue;
    matching.to[i] = found->second.back();
    matching.taken[found->second.back()] = true;
    found->second.pop_back();
  }
}

// Those outside of a longest increasing run have moved.
void find_moved(const std::vector<Entry>& before, Matching& matching) {
  std::vector<std::size_t> entries;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool ordered = before[i].what == Entry::What::element || before[i].what == Entry::What::other;
    if (matching.to[i] && ordered) entries.push_back(i);
  }
  std::vector<std::size_t> tails;                       // of runs of each length: positions in `entries`
  std::vector<std::optional<std::size_t>> previous(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto place = std::lower_bound(tails.begin(), tails.end(), *matching.to[entries[i]], [&](std::size_t tail, std::size_t value) {
      return *matching.to[entries[tail]] < value;
    });
    if (place != tails.begin()) previous[i] = *(place - 1);
    if (place == tails.end()) tails.push_back(i);
    else *place = i;
  }
  for (const auto entry : entries) matching.moved[entry] = true;
  for (auto at = tails.empty() ? std::nullopt : std::optional(tails.back()); at; at = previous[*at]) matching.moved[entries[*at]] = false;
}

}  // namespace

Matching match(const std::vector<Entry>& before, const std::vector<Entry>& after) {
  Matching matching{std::vector<std::optional<std::size_t>>(before.size()), std::vector<bool>(after.size()), std::vector<bool>(before.size())};
  pair_up(before, after, matching, identity, false);
  pair_up(before, after, matching, digest, false);
  pair_up(before, after, matching, [](const Entry& e) { return distinction(e) + "\6" + conditions(e); }, false);
  pair_up(before, after, matching, distinction, false);
  pair_up(before, after, matching, conditions, false);
  pair_up(before, after, matching, [](const Entry&) { return std::string(); }, true);
  find_moved(before, matching);
  return matching;
}

std::vector<std::string> labels(const std::vector<Entry>& entries) {
  std::map<std::string, std::size_t> names, told;
  for (const auto& entry : entries) {
    ++names[entry.name];
    ++told[entry.name + distinction(entry)];
  }
  std::map<std::string, std::size_t> seen;
  std::vector<std::string> made;
  for (const auto& entry : entries) {
    const auto number = ++seen[entry.name];
    const auto apart = distinction(entry);
    if (names[entry.name] == 1) made.push_back(entry.name);
    else if (!apart.empty() && told[entry.name + apart] == 1) made.push_back(entry.name + "[" + apart + "]");
    else made.push_back(entry.name + "[" + std::to_string(number) + "]");
  }
  return made;
}

}  // namespace wayleave::desk
