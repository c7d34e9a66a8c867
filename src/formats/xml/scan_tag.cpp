// Start tags. XML 1.0, fifth edition, and Namespaces in XML 1.0, third edition:
//   [40] STag         ::= '<' QName (S Attribute)* S? '>'
//   [44] EmptyElemTag ::= '<' QName (S Attribute)* S? '/>'
//   [41] Attribute    ::= QName Eq AttValue            [25] Eq ::= S? '=' S?
//   [10] AttValue     ::= '"' ([^<&"] | Reference)* '"' | "'" ([^<&'] | Reference)* "'"
//   ns [7] QName      ::= (NCName ':')? NCName
// WFC: Unique Att Spec, No < in Attribute Values; NSC: Prefix Declared, No Prefix Undeclaring, Attributes Unique,
// Reserved Prefixes and Namespace Names.
#include <algorithm>

#include "formats/xml/scanner.hpp"

namespace wayleave::xml {
namespace {

constexpr std::size_t few_attributes = 12;  // so many are compared each with each

bool is_declaration(std::string_view name) {
  return name == "xmlns" || name.starts_with("xmlns:");
}

}  // namespace

bool Scanner::start_tag() {
  const char* const tag = p_;
  ++p_;
  if (!starts_name(*p_) && p_ < end_)
    return fail(
        tag, 1, "X013", "A < begins a tag; here no name follows it.", "a name directly after the <",
        "write &lt; where a < is meant"
    );
  Token element{.kind = Token::start};
  if (!name(element, "an element")) return false;
  if (open_.size() >= limits_.depth)
    return exceeds(tag, raw_name(element).size() + 1, "X031", "The depth of elements within elements", limits_.depth);
  if (!push(element)) return false;
  const std::size_t first = out_.tokens.size();
  const std::size_t mark = out_.namespaces.mark();
  bool empty = false;
  if ((*p_ != '>' && !attributes(tag, empty)) || !resolve(first)) return false;
  if (!empty) ++p_;
  ++out_.elements;
  text_run_ = 0;
  if (!open_.empty()) open_.back().has_child = true;
  if (empty) {
    out_.namespaces.rewind(mark);
    out_.tokens.push_back({.kind = Token::end});
  } else {
    const std::string_view name = raw_name(element);
    open_.push_back({name.data(), static_cast<std::uint32_t>(name.size()), false, mark});
  }
  return true;
}

/// Leaves `p_` at the closing `>`, or behind it when the tag is `empty`.
bool Scanner::attributes(const char* tag, bool& empty) {
  declarations_ = 0;
  const std::size_t first = out_.tokens.size();
  while (true) {
    const char* const before = p_;
    skip_space();
    if (static_cast<std::size_t>(p_ - tag) > limits_.start_tag)
      return exceeds(tag, 1, "X034", "A start tag", limits_.start_tag, " bytes");
    if (*p_ == '>') return true;
    if (*p_ == '/' && p_[1] == '>') {
      p_ += 2;
      return empty = true;
    }
    if (p_ == end_ || (*p_ == '/' && p_ + 1 == end_)) {
      p_ = end_;
      return unfinished();
    }
    if (p_ == before) {
      if (in_name(*p_) || *p_ == ':')
        return fail(p_, 1, "X013", "White space is missing before an attribute.", "white space");
      return bad_name(p_, "an attribute");
    }
    if (!attribute()) return false;
    if (declarations_ > limits_.namespaces)
      return exceeds(tag, 1, "X033", "The number of namespace declarations in a tag", limits_.namespaces);
    if (out_.tokens.size() - first - declarations_ > limits_.attributes)
      return exceeds(tag, 1, "X032", "The number of attributes in a tag", limits_.attributes);
  }
}

bool Scanner::attribute() {
  Token attribute{.kind = Token::attribute};
  const char* const from = p_;
  if (!name(attribute, "an attribute")) return false;
  const std::string_view text = raw_name(attribute);
  skip_space();
  if (*p_ != '=') {
    if (p_ >= end_) return unfinished();
    return fail(
        from, text.size(), "X015", "The attribute " + std::string(text) + " has no value.", "= and a value in quotes",
        "write " + std::string(text) + "=\"…\""
    );
  }
  ++p_;
  skip_space();
  if (*p_ != '"' && *p_ != '\'') {
    if (p_ >= end_) return unfinished();
    return fail(
        p_, 1, "X015", "The value of the attribute " + std::string(text) + " is not in quotes.", "a quotation mark",
        "write " + std::string(text) + "=\"…\""
    );
  }
  if (!attribute_value(attribute)) return false;
  if (*text.data() == 'x' && is_declaration(text)) {
    attribute.uri = xmlns_namespace;
    ++declarations_;
  }
  return push(attribute);
}

bool Scanner::attribute_value(Token& attribute) {
  const char quote = *p_++;
  const char* const from = p_;
  attribute.value = offset(p_);
  for (p_ = value_stop(p_, quote); *p_ != quote; p_ = value_stop(p_, quote)) {
    if (p_ == end_) {
      p_ = begin_ + attribute.at;
      return fail(
          p_, raw_name(attribute).size(), "X015",
          "The value of the attribute " + std::string(raw_name(attribute)) + " has no closing quotation mark.",
          "a closing quotation mark", quote == '"' ? "add \" after the value" : "add ' after the value"
      );
    }
    attribute.raw = true;
    if (*p_ == '<')
      return fail(
          p_, 1, "X015", "A < may not stand in the value of an attribute.", "&lt;",
          "write &lt;, or add the closing quotation mark before it"
      );
    if (*p_ != '&')
      ++p_;
    else if (!reference(p_))
      return false;
  }
  attribute.length = static_cast<std::uint32_t>(p_ - from);
  ++p_;
  if (attribute.length > limits_.attribute_value)
    return exceeds(
        begin_ + attribute.at, raw_name(attribute).size(), "X035", "The value of an attribute", limits_.attribute_value,
        " bytes"
    );
  return true;
}

bool Scanner::name(Token& token, const char* what) {
  const char* const begin = p_;
  const char* local = p_;
  unsigned char seen = 0;
  if (!starts_name(*p_)) return bad_name(begin, what);
  for (; in_name(*p_); ++p_) seen |= static_cast<unsigned char>(*p_);
  if (*p_ == ':') {
    local = ++p_;
    if (!starts_name(*p_)) return bad_name(begin, what);
    for (; in_name(*p_); ++p_) seen |= static_cast<unsigned char>(*p_);
    if (*p_ == ':') return bad_name(begin, what);
  }
  if (const auto length = static_cast<std::size_t>(p_ - begin); length > std::min<std::size_t>(limits_.name, 0xffff))
    return exceeds(begin, 40, "X037", "A name", std::min<std::size_t>(limits_.name, 0xffff), " bytes");
  token.at = offset(begin);
  token.prefix = static_cast<std::uint16_t>(local - begin);
  token.name = static_cast<std::uint16_t>(p_ - local);
  if (seen < 0x80) return true;
  for (const char* at = begin; at < p_;) {
    const bool first = at == begin || at == local;
    const char32_t c = next_character(at);
    if (c != ':' && !(first ? is_name_start(c) : is_name_char(c))) return bad_name(begin, what);
  }
  return true;
}

bool Scanner::bad_name(const char* begin, const char* what) {
  if (p_ >= end_) return unfinished();
  const char* end = begin;
  while (end < end_ && end - begin < 40 && !is_space(*end) &&
         std::string_view("=<>/\"'").find(*end) == std::string_view::npos)
    ++end;
  const auto length = std::max<std::size_t>(1, static_cast<std::size_t>(end - begin));
  return fail(
      begin, length, "X014", "This is not the name of " + std::string(what) + ".",
      "a name: a letter or _, then letters, digits, - . _, with at most one colon"
  );
}

bool Scanner::resolve(std::size_t first) {
  auto& tokens = out_.tokens;
  if (tokens.size() > first) {
    if (!distinct(first, false)) return false;
    if (declarations_ != 0 && !declare(first)) return false;
  }
  std::size_t prefixed = 0;
  for (std::size_t i = first - 1; i < tokens.size(); ++i) {
    Token& token = tokens[i];
    const std::string_view prefix = raw_name(token).substr(0, token.prefix == 0 ? 0 : token.prefix - 1u);
    if (token.prefix == 0 && i >= first) continue;
    token.uri = out_.namespaces.find(prefix);
    if (token.uri == unbound)
      return fail(
          begin_ + token.at, prefix.size(), "X020", "The prefix " + std::string(prefix) + " is not declared here.",
          "xmlns:" + std::string(prefix) + "=\"…\" in this or an outer tag", "declare the prefix, or remove it"
      );
    if (i >= first) ++prefixed;
  }
  out_.attributes += static_cast<std::uint32_t>(tokens.size() - first);
  declarations_ = 0;
  return prefixed < 2 || distinct(first, true);
}

/// Puts the declarations of the tag in force and takes them out of the tokens.
bool Scanner::declare(std::size_t first) {
  auto& tokens = out_.tokens;
  std::size_t kept = first;
  for (std::size_t i = first; i < tokens.size(); ++i) {
    if (tokens[i].uri != xmlns_namespace)
      tokens[kept++] = tokens[i];
    else if (!declare(tokens[i]))
      return false;
  }
  tokens.resize(kept);
  if (out_.namespaces.mark() > limits_.namespaces_in_force)
    return exceeds(
        begin_ + tokens[first - 1].at, 0, "X033", "The number of namespace declarations in force",
        limits_.namespaces_in_force
    );
  return true;
}

bool Scanner::declare(const Token& declaration) {
  const char* const at = begin_ + declaration.at;
  const std::string_view raw = raw_name(declaration);
  const std::string_view prefix = declaration.prefix == 0 ? std::string_view() : raw.substr(declaration.prefix);
  std::string uri;
  decode(uri, {begin_ + declaration.value, declaration.length}, Decode::attribute, out_.entities);
  auto reserved = [&](const char* message) {
    return fail(at, raw.size(), "X021", message, "another prefix or namespace", "remove the declaration");
  };
  const auto& known = out_.namespaces;
  if (prefix == "xmlns") return reserved("The prefix xmlns cannot be declared.");
  if (prefix == "xml" && uri != known.uri(xml_namespace))
    return reserved("The prefix xml cannot stand for another namespace.");
  if (prefix != "xml" && uri == known.uri(xml_namespace))
    return reserved("The namespace of the prefix xml has no other prefix.");
  if (uri == known.uri(xmlns_namespace)) return reserved("The namespace of xmlns cannot be declared.");
  if (uri.empty() && !prefix.empty())
    return fail(
        at, raw.size(), "X021", "A prefix cannot stand for no namespace.", "a namespace between the quotes",
        "remove the declaration, or write the namespace"
    );
  if (uri.size() > limits_.name)
    return exceeds(at, raw.size(), "X037", "The name of a namespace", limits_.name, " bytes");
  if (out_.namespaces.declare(prefix, uri)) return true;
  return exceeds(at, raw.size(), "X033", "The number of different namespaces in a document", Namespaces::most);
}

/// Are the attributes from `first` on all different, as written or, `expanded`, by namespace and local part?
bool Scanner::distinct(std::size_t first, bool expanded) {
  auto& tokens = out_.tokens;
  auto less = [&](const Token* a, const Token* b) {
    if (expanded && a->uri != b->uri) return a->uri < b->uri;
    const std::string_view left = expanded ? local(*a) : raw_name(*a), right = expanded ? local(*b) : raw_name(*b);
    return left.size() != right.size() ? left.size() < right.size() : left < right;
  };
  auto same = [&](const Token& a, const Token& b) {
    if (a.name != b.name) return false;
    return expanded ? a.uri == b.uri && local(a) == local(b) : raw_name(a) == raw_name(b);
  };
  auto twice = [&](const Token* a, const Token* b) {
    const Token* later = a->at < b->at ? b : a;
    const std::string name(raw_name(*later));
    return fail(
        begin_ + later->at, name.size(), "X016",
        "The attribute " + std::string(local(*later)) + " occurs twice in one tag.", "each attribute once",
        "remove one of them"
    );
  };
  const std::size_t count = tokens.size() - first;
  if (count <= few_attributes) {
    for (std::size_t i = first; i < tokens.size(); ++i)
      for (std::size_t j = first; j < i; ++j)
        if (same(tokens[i], tokens[j])) return twice(&tokens[j], &tokens[i]);
    return true;
  }
  std::vector<const Token*> sorted(count);
  for (std::size_t i = 0; i < count; ++i) sorted[i] = &tokens[first + i];
  std::sort(sorted.begin(), sorted.end(), less);
  for (std::size_t i = 1; i < count; ++i)
    if (!less(sorted[i - 1], sorted[i])) return twice(sorted[i - 1], sorted[i]);
  return true;
}

std::string_view Scanner::raw_name(const Token& token) const {
  return {begin_ + token.at, std::size_t{token.prefix} + token.name};
}

std::string_view Scanner::local(const Token& token) const {
  return raw_name(token).substr(token.prefix);
}

}  // namespace wayleave::xml
