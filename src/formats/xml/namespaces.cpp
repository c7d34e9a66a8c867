#include "formats/xml/namespaces.hpp"

namespace wayleave::xml {

Namespaces::Namespaces() {
  for (const char* uri :
       {"", "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2001/XMLSchema-instance",
        "http://www.w3.org/2000/xmlns/"})
    uri_index(uri);
  prefixes_.push_back({"", no_namespace});
  prefixes_.push_back({"xml", xml_namespace});
}

void Namespaces::clear() {
  if (uris_.size() > 4 * few) uris_.resize(4 * few);
  uri_count_ = xmlns_namespace + 1;
  prefixes_.resize(2);
  prefixes_[0].bound = no_namespace;
  if (!prefix_table_.empty()) prefix_table_.clear();
  if (!uri_table_.empty()) uri_table_.clear();
  undo_.clear();
}

Uri Namespaces::find(std::string_view prefix) {
  if (prefix.empty()) return prefixes_[0].bound;
  if (prefixes_.size() <= few) {
    for (const Prefix& known : prefixes_)
      if (known.text == prefix) return known.bound;
    return unbound;
  }
  const auto known = prefix_table_.find(prefix);
  return known == prefix_table_.end() ? unbound : prefixes_[known->second].bound;
}

bool Namespaces::declare(std::string_view prefix, std::string_view uri) {
  const std::uint32_t index = prefix_index(prefix);
  undo_.push_back({index, prefixes_[index].bound});
  prefixes_[index].bound = uri_index(uri);
  return prefixes_.size() <= most && uri_count_ <= most;
}

void Namespaces::rewind(std::size_t mark) {
  for (; undo_.size() > mark; undo_.pop_back()) prefixes_[undo_.back().prefix].bound = undo_.back().before;
}

std::uint32_t Namespaces::prefix_index(std::string_view prefix) {
  if (prefixes_.size() <= few) {
    for (std::uint32_t i = 0; i < prefixes_.size(); ++i)
      if (prefixes_[i].text == prefix) return i;
  } else if (const auto known = prefix_table_.find(prefix); known != prefix_table_.end()) {
    return known->second;
  }
  prefixes_.push_back({prefix, unbound});
  if (prefixes_.size() == few + 1)
    for (std::uint32_t i = 0; i < few; ++i) prefix_table_.emplace(prefixes_[i].text, i);
  const auto index = static_cast<std::uint32_t>(prefixes_.size() - 1);
  if (prefixes_.size() > few) prefix_table_.emplace(prefix, index);
  return index;
}

Uri Namespaces::uri_index(std::string_view uri) {
  if (uri_count_ <= few) {
    for (Uri id = 0; id < uri_count_; ++id)
      if (uris_[id] == uri) return id;
  } else if (const auto known = uri_table_.find(uri); known != uri_table_.end()) {
    return known->second;
  }
  const Uri id = static_cast<Uri>(uri_count_++);
  if (id == uris_.size()) uris_.emplace_back();
  uris_[id] = uri;
  if (uri_count_ == few + 1)
    for (Uri known = 0; known < few; ++known) uri_table_.emplace(uris_[known], known);
  if (uri_count_ > few) uri_table_.emplace(uris_[id], id);
  return id;
}

}  // namespace wayleave::xml
