#include "formats/xml/write.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <set>
#include <unordered_map>

#include "formats/xml/characters.hpp"

namespace wayleave::xml {
namespace {

constexpr std::string_view xml_uri = "http://www.w3.org/XML/1998/namespace";

/// Appends `text`, each byte for which `replacement` has one replaced.
template <class Replacement>
void escape(std::string& out, std::string_view text, Replacement replacement) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char* with = replacement(text[i]);
    if (!with) continue;
    out.append(text, kept, i - kept);
    out += with;
    kept = i + 1;
  }
  out.append(text, kept);
}

Document::Index end_of_subtree(const Document& document, Document::Index from) {
  for (Document::Index i = from; i != Document::none; i = document.parent(i))
    if (document.next(i) != Document::none) return document.next(i);
  return document.size();
}

/// Chooses prefixes for all names of a subtree and declares them on its top element. The top's namespace is the default
/// one, unless an element of the subtree is in no namespace. Prefixes are the sender's where the source shows them.
class Serializer {
 public:
  Serializer(const Document& document, Document::Index from)
      : document_(document), from_(from), end_(end_of_subtree(document, from)) {
    for (Document::Index i = from_; i < end_; ++i) {
      if (document_.namespace_of(document_.node(i).name).empty()) default_possible_ = false;
      if (document_.node(i).flags & Document::is_nil) any_nil_ = true;
    }
    const std::string_view top = document_.namespace_of(document_.node(from_).name);
    // That of xml: cannot be the default one (Namespaces in XML 1.0, §3).
    if (default_possible_ && top != xml_uri) default_ = top;
    for (Document::Index i = from_; i < end_; ++i) collect(i);
  }

  std::string run() {
    std::string out;
    std::vector<Document::Index> open;
    auto close = [&] {
      out += "</";
      out += element_names_[document_.node(open.back()).name];
      out += '>';
      open.pop_back();
    };
    for (Document::Index i = from_; i < end_; ++i) {
      while (!open.empty() && open.back() != document_.parent(i)) close();
      start(out, i);
      if (document_.node(i).flags & Document::has_children) {
        out += '>';
        open.push_back(i);
      } else if (const std::string_view text = document_.text(i); !text.empty()) {
        out += '>';
        escape_text(out, text, true);
        open.push_back(i);
        close();
      } else {
        out += "/>";
      }
    }
    while (!open.empty()) close();
    return out;
  }

 private:
  void collect(Document::Index i) {
    const auto& node = document_.node(i);
    if (!element_names_.count(node.name))
      element_names_[node.name] = qualified(node.name, node.source + 1u, "<", node.source, default_);
    const auto* attribute = document_.attributes(i);
    for (std::uint16_t a = 0; a < node.attribute_count; ++a)
      if (!attribute_names_.count(attribute[a].name))
        attribute_names_[attribute[a].name] =
            qualified(attribute[a].name, attribute[a].source, "", attribute[a].source, "");
  }

  std::string qualified(
      NameId name, std::uint32_t source, std::string_view before, std::uint32_t before_at, std::string_view unprefixed
  ) {
    const std::string_view ns = document_.namespace_of(name), local = document_.local_name(name);
    if (ns == unprefixed || ns.empty()) return std::string(local);
    auto known = prefixes_.find(ns);
    if (known == prefixes_.end()) {
      std::string prefix;
      if (before_at < document_.source().size() && document_.source().substr(before_at).starts_with(before))
        prefix = prefix_in_source(source, local);
      if (ns == xml_uri) prefix = "xml";
      if (prefix != "xml" && (prefix.empty() || prefix == "xsi" || taken_.count(prefix))) {
        unsigned number = 1;
        do prefix = "n" + std::to_string(number++);
        while (taken_.count(prefix));
      }
      taken_.insert(prefix);
      known = prefixes_.emplace(ns, prefix).first;
    }
    return known->second + ":" + std::string(local);
  }

  /// What stands as a prefix of `local` at that place of the source; empty when nothing does.
  std::string prefix_in_source(std::uint32_t offset, std::string_view local) const {
    const std::string_view source = document_.source().substr(std::min<std::size_t>(offset, document_.source().size()));
    std::size_t length = 0;
    while (length < source.size() && length < 32 && in_name(source[length]) &&
           static_cast<unsigned char>(source[length]) < 0x80)
      ++length;
    const bool prefix = length > 0 && starts_name(source[0]) && length < source.size() && source[length] == ':' &&
                        source.substr(length + 1).starts_with(local);
    const std::string text(source.substr(0, prefix ? length : 0));
    return text.size() >= 3 && (text[0] | 32) == 'x' && (text[1] | 32) == 'm' && (text[2] | 32) == 'l' ? std::string()
                                                                                                       : text;
  }

  void start(std::string& out, Document::Index i) {
    const auto& node = document_.node(i);
    out += '<';
    out += element_names_[node.name];
    if (i == from_) declare(out);
    const auto* attribute = document_.attributes(i);
    for (std::uint16_t a = 0; a < node.attribute_count; ++a) {
      out += ' ';
      out += attribute_names_[attribute[a].name];
      out += "=\"";
      escape_attribute(out, document_.text(attribute[a]));
      out += '"';
    }
    if (node.flags & Document::is_nil) out += " xsi:nil=\"true\"";
  }

  void declare(std::string& out) {
    auto one = [&](std::string_view name, std::string_view uri) {
      out.append(" xmlns").append(name.empty() ? "" : ":").append(name).append("=\"");
      escape_attribute(out, uri);
      out += '"';
    };
    if (!default_.empty()) one("", default_);
    for (const auto& [uri, prefix] : prefixes_)
      if (prefix != "xml") one(prefix, uri);
    if (any_nil_) one("xsi", "http://www.w3.org/2001/XMLSchema-instance");
  }

  const Document& document_;
  const Document::Index from_, end_;
  bool default_possible_ = true, any_nil_ = false;
  std::string_view default_;
  std::map<std::string_view, std::string> prefixes_;  // by namespace
  std::set<std::string> taken_;
  std::unordered_map<NameId, std::string> element_names_, attribute_names_;
};

void append_name(std::string& out, const Document& document, NameId name) {
  const std::string_view ns = document.namespace_of(name);
  if (!ns.empty()) out.append("{").append(ns).append("}");
  out.append(document.local_name(name));
}

}  // namespace

void escape_text(std::string& out, std::string_view text, bool single_line) {
  escape(out, text, [single_line](char c) -> const char* {
    switch (c) {
      case '&':
        return "&amp;";
      case '<':
        return "&lt;";
      case '>':
        return "&gt;";
      case '\r':
        return "&#13;";
      case '\n':
        return single_line ? "&#10;" : nullptr;
      default:
        return nullptr;
    }
  });
}

void escape_attribute(std::string& out, std::string_view value) {
  escape(out, value, [](char c) -> const char* {
    switch (c) {
      case '&':
        return "&amp;";
      case '<':
        return "&lt;";
      case '"':
        return "&quot;";
      case '\t':
        return "&#9;";
      case '\n':
        return "&#10;";
      case '\r':
        return "&#13;";
      default:
        return nullptr;
    }
  });
}

Writer& Writer::start(std::string_view name) {
  close_tag();
  out_.append("<").append(name);
  names_.emplace_back(name);
  open_ = true;
  return *this;
}

Writer& Writer::attribute(std::string_view name, std::string_view value) {
  assert(open_);
  out_.append(" ").append(name).append("=\"");
  escape_attribute(out_, value);
  out_ += '"';
  return *this;
}

Writer& Writer::text(std::string_view value) {
  if (value.empty()) return *this;
  close_tag();
  escape_text(out_, value, single_line_);
  return *this;
}

Writer& Writer::raw(std::string_view xml) {
  if (xml.empty()) return *this;
  close_tag();
  out_ += xml;
  return *this;
}

Writer& Writer::end() {
  assert(!names_.empty());
  if (open_) {
    out_ += "/>";
    open_ = false;
  } else {
    out_.append("</").append(names_.back()).append(">");
  }
  names_.pop_back();
  return *this;
}

Writer& Writer::element(std::string_view name, std::string_view value, bool skip_empty) {
  if (value.empty() && skip_empty) return *this;
  return start(name).text(value).end();
}

void Writer::close_tag() {
  if (open_) out_ += '>';
  open_ = false;
}

std::string serialize(const Document& document, Document::Index from) {
  return document.empty() ? std::string() : Serializer(document, from).run();
}

std::string canonical(const Document& document, Document::Index from) {
  std::string out;
  if (document.empty()) return out;
  std::vector<Document::Index> open;
  const Document::Index end = end_of_subtree(document, from);
  for (Document::Index i = from; i < end; ++i) {
    for (; !open.empty() && open.back() != document.parent(i); open.pop_back()) out += "</>";
    out += '<';
    append_name(out, document, document.node(i).name);
    std::vector<std::string> attributes;
    const auto* attribute = document.attributes(i);
    for (std::uint16_t a = 0; a < document.node(i).attribute_count; ++a) {
      std::string& text = attributes.emplace_back(" ");
      append_name(text, document, attribute[a].name);
      text += "=\"";
      escape_attribute(text, document.text(attribute[a]));
      text += '"';
    }
    std::sort(attributes.begin(), attributes.end());
    for (const std::string& text : attributes) out += text;
    if (document.node(i).flags & Document::is_nil) out += " nil";
    out += '>';
    escape_text(out, document.text(i));
    open.push_back(i);
  }
  for (; !open.empty(); open.pop_back()) out += "</>";
  return out;
}

}  // namespace wayleave::xml
