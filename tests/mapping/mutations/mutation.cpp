#include "mutation.hpp"

#include <algorithm>
#include <cctype>

namespace mutations {

void Collector::add(std::string kind, std::string what, std::vector<Edit> edits, std::vector<Range> places, std::size_t variant) {
  Mutation mutation;
  mutation.kind = std::move(kind);
  mutation.what = std::move(what);
  mutation.edits[""] = std::move(edits);
  for (const auto& place : places) mutation.places.push_back({place, ""});
  mutation.variant = variant;
  found_.push_back(std::move(mutation));
}

std::vector<Mutation> Collector::chosen(std::size_t limit) const {
  std::map<std::string, std::map<std::size_t, std::vector<const Mutation*>>> kinds;
  for (const auto& mutation : found_) kinds[mutation.kind][mutation.variant].push_back(&mutation);
  std::vector<Mutation> chosen;
  for (const auto& [kind, variants] : kinds) {
    std::size_t room = limit;
    for (const auto& [variant, all] : variants) {
      const auto taken = std::min(room, all.size());
      for (std::size_t i = 0; i < taken; ++i) chosen.push_back(*all[i * all.size() / taken]);
      room -= taken;
    }
  }
  return chosen;
}

Edited::Edited(const std::string& text, std::vector<Edit> edits) : edits_(std::move(edits)) {
  std::sort(edits_.begin(), edits_.end(), [](const Edit& a, const Edit& b) { return a.range.begin < b.range.begin; });
  Offset at = 0;
  for (const auto& edit : edits_) {
    text_ += slice(text, {at, edit.range.begin});
    text_ += edit.text;
    at = edit.range.end;
  }
  text_ += text.substr(at);
}

Offset Edited::now(Offset before) const {
  std::int64_t shift = 0;
  for (const auto& edit : edits_) {
    if (before <= edit.range.begin) break;
    if (before < edit.range.end) return static_cast<Offset>(edit.range.begin + shift);
    shift += static_cast<std::int64_t>(edit.text.size()) - (edit.range.end - edit.range.begin);
  }
  return static_cast<Offset>(before + shift);
}

std::vector<std::string> typos(const std::string& name) {
  std::vector<std::string> found;
  auto add = [&](std::string typo) {
    const bool name_like = !typo.empty() && (std::isalpha(static_cast<unsigned char>(typo[0])) || typo[0] == '_');
    if (name_like && typo != name && std::find(found.begin(), found.end(), typo) == found.end()) found.push_back(std::move(typo));
  };
  const auto middle = name.size() / 2;
  auto without = [&](std::size_t i) { return name.substr(0, i) + name.substr(i + 1); };
  auto swapped = [&](std::size_t i) {
    auto typo = name;
    std::swap(typo[i], typo[i + 1]);
    return typo;
  };
  if (name.size() > 2) add(swapped(middle - 1));
  add(name + "s");
  add(without(middle));
  auto other_case = name;
  other_case[0] = static_cast<char>(std::isupper(static_cast<unsigned char>(name[0])) ? std::tolower(name[0]) : std::toupper(name[0]));
  add(other_case);
  for (std::size_t i = 0; i < name.size(); ++i) {
    add(without(i));
    add(name.substr(0, i) + name[i] + name.substr(i));
    add(name.substr(0, i) + (name[i] == 'x' ? 'y' : 'x') + name.substr(i + 1));
    if (i + 1 < name.size()) add(swapped(i));
  }
  return found;
}

}  // namespace mutations
