#include "schema/source.hpp"

#include <algorithm>
#include <map>

#include "schema/xerces_platform.hpp"

// XML 1.0 as far as schema files use it:
//   document ::= prolog element Misc*      element ::= '<' Name (S Attribute)* ('/>' | '>' content '</' Name S? '>')
//   content  ::= (CharData | element | '&'ref';' | '<![CDATA[' … ']]>' | '<?' … '?>' | '<!--' … '-->')*
//   DOCTYPE  ::= '<!DOCTYPE' S Name (S ('SYSTEM' | 'PUBLIC') …)? ('[' … ']')? '>'   (entities of the internal subset with
//                literal values are known; parameter entities and everything else in it are passed over)

namespace wayleave::schema {

namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool ends_name(char c) { return is_space(c) || c == '>' || c == '/' || c == '=' || c == '<' || c == '"' || c == '\'' || c == '\0'; }

std::string from_utf16(std::string_view bytes, bool little) {
  std::u16string units;
  for (std::size_t i = 2; i + 1 < bytes.size(); i += 2) {
    const auto a = static_cast<unsigned char>(bytes[i]), b = static_cast<unsigned char>(bytes[i + 1]);
    units += static_cast<char16_t>(little ? b << 8 | a : a << 8 | b);
  }
  return from_xerces(units.data(), units.size());
}

std::string declared_encoding(std::string_view bytes) {
  if (!bytes.starts_with("<?xml")) return "utf-8";
  const auto declaration = bytes.substr(0, bytes.find("?>"));
  const auto at = declaration.find("encoding");
  if (at == declaration.npos) return "utf-8";
  const auto open = declaration.find_first_of("\"'", at);
  if (open == declaration.npos) return "utf-8";
  const auto close = declaration.find(declaration[open], open + 1);
  std::string name(declaration.substr(open + 1, close == declaration.npos ? 0 : close - open - 1));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

}  // namespace

class SourceReader {
 public:
  explicit SourceReader(std::string bytes) { file_.bytes_ = std::move(bytes); }

  Result<SourceFile> run() {
    if (!decode()) return problem("the encoding of this file is not one a schema may have; save it as UTF-8");
    file_.lines_.push_back(0);
    for (std::size_t i = 0; i < text().size(); ++i) {
      if (text()[i] == '\n') file_.lines_.push_back(static_cast<std::uint32_t>(i + 1));
    }
    while (error_.empty() && at_ < text().size()) content();
    if (error_.empty() && !open_.empty()) fail("the file ends inside <" + qualified(open_.back()) + ">");
    if (error_.empty() && file_.nodes_.empty()) fail("the file has no element");
    if (!error_.empty()) return problem(error_);
    return std::move(file_);
  }

 private:
  const std::string& text() const { return file_.bytes_; }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text().size() ? text()[at_ + ahead] : '\0'; }
  bool looking_at(std::string_view what) const { return std::string_view(text()).substr(at_).starts_with(what); }
  void fail(std::string what) {
    if (!error_.empty()) return;
    error_ = std::move(what);
    error_at_ = at_;
  }
  Problem problem(const std::string& what) const {
    const auto [line, column] = file_.position(static_cast<std::uint32_t>(std::min(error_at_, text().size())));
    return Problem{Errc::unusable, what, {"", line, column}};
  }
  std::string qualified(SourceFile::Index i) const { return file_.nodes_[i].local; }

  bool decode() {
    auto& bytes = file_.bytes_;
    if (bytes.starts_with("\xFF\xFE")) bytes = from_utf16(bytes, true);
    else if (bytes.starts_with("\xFE\xFF")) bytes = from_utf16(bytes, false);
    else {
      if (bytes.starts_with("\xEF\xBB\xBF")) bytes.erase(0, 3);
      const auto encoding = declared_encoding(bytes);
      if (encoding == "iso-8859-1" || encoding == "latin1") {
        std::u16string wide;
        for (unsigned char c : bytes) wide += static_cast<char16_t>(c);
        bytes = from_xerces(wide.data(), wide.size());
      } else if (encoding != "utf-8" && encoding != "us-ascii") {
        return false;
      }
    }
    return true;
  }

  void skip_to(std::string_view end, const char* what) {
    const auto found = text().find(end, at_);
    if (found == std::string::npos) return fail(std::string("this ") + what + " has no end");
    at_ = found + end.size();
  }

  void content() {
    if (peek() != '<') return character_data();
    if (looking_at("<!--")) return skip_to("-->", "comment");
    if (looking_at("<?")) return skip_to("?>", "processing instruction");
    if (looking_at("<![CDATA[")) {
      const auto start = at_ + 9;
      skip_to("]]>", "CDATA section");
      if (error_.empty() && !open_.empty()) file_.nodes_[open_.back()].text.append(text(), start, at_ - 3 - start);
      return;
    }
    if (looking_at("<!DOCTYPE")) return doctype();
    if (looking_at("</")) return end_tag();
    start_tag();
  }

  void character_data() {
    const auto end = std::min(text().find('<', at_), text().size());
    const std::string_view data = std::string_view(text()).substr(at_, end - at_);
    if (open_.empty()) {
      if (!std::all_of(data.begin(), data.end(), is_space)) return fail("text outside the root element");
    } else if (!std::all_of(data.begin(), data.end(), is_space) || !file_.nodes_[open_.back()].text.empty()) {
      file_.nodes_[open_.back()].text += decoded(data);
    }
    at_ = end;
  }

  void doctype() {
    at_ += 9;
    while (at_ < text().size() && peek() != '>' && peek() != '[') {
      if (looking_at("SYSTEM") || looking_at("PUBLIC")) file_.external_dtd_ = static_cast<std::uint32_t>(at_);
      if (peek() == '"' || peek() == '\'') {
        const auto close = text().find(peek(), at_ + 1);
        if (close == std::string::npos) return fail("this DOCTYPE has no end");
        at_ = close;
      }
      ++at_;
    }
    if (peek() == '[') internal_subset();
    skip_to(">", "DOCTYPE");
  }

  void internal_subset() {
    ++at_;
    while (at_ < text().size() && peek() != ']') {
      if (looking_at("<!--")) {
        skip_to("-->", "comment");
      } else if (looking_at("<!ENTITY")) {
        entity();
      } else if (peek() == '"' || peek() == '\'') {
        const auto close = text().find(peek(), at_ + 1);
        if (close == std::string::npos) return fail("this DOCTYPE has no end");
        at_ = close + 1;
      } else {
        ++at_;
      }
      if (!error_.empty()) return;
    }
  }

  void entity() {
    at_ += 8;
    while (is_space(peek())) ++at_;
    if (peek() == '%') return skip_to(">", "entity");
    const auto name = read_name();
    while (is_space(peek())) ++at_;
    if (looking_at("SYSTEM") || looking_at("PUBLIC")) {
      file_.external_dtd_ = static_cast<std::uint32_t>(at_);
      return skip_to(">", "entity");
    }
    const char quote = peek();
    const auto close = quote == '"' || quote == '\'' ? text().find(quote, at_ + 1) : std::string::npos;
    if (close == std::string::npos) return fail("an entity without a value");
    const auto value = text().substr(at_ + 1, close - at_ - 1);
    // Entities within entities are left as they are: no schema needs them, and this way nothing can explode.
    entities_.emplace(name, value);
    at_ = close + 1;
    skip_to(">", "entity");
  }

  std::string read_name() {
    const auto start = at_;
    while (!ends_name(peek())) ++at_;
    if (at_ == start) fail("a name is missing here");
    return text().substr(start, at_ - start);
  }

  std::string decoded(std::string_view raw) const {
    if (raw.find('&') == raw.npos) return std::string(raw);
    std::string out;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      const auto end = raw[i] == '&' ? raw.find(';', i) : raw.npos;
      if (end == raw.npos) {
        out += raw[i];
        continue;
      }
      out += reference(raw.substr(i + 1, end - i - 1));
      i = end;
    }
    return out;
  }

  std::string reference(std::string_view name) const {
    if (name == "lt") return "<";
    if (name == "gt") return ">";
    if (name == "amp") return "&";
    if (name == "quot") return "\"";
    if (name == "apos") return "'";
    if (name.starts_with('#')) {
      const bool hex = name.starts_with("#x");
      const unsigned long code = std::strtoul(std::string(name.substr(hex ? 2 : 1)).c_str(), nullptr, hex ? 16 : 10);
      const std::u16string unit = code > 0xFFFF && code <= 0x10FFFF
        ? std::u16string{static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10)), static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF))}
        : std::u16string(1, static_cast<char16_t>(code));
      return from_xerces(unit.data(), unit.size());
    }
    const auto known = entities_.find(std::string(name));
    return known == entities_.end() ? std::string() : known->second;
  }

  void start_tag() {
    const auto offset = static_cast<std::uint32_t>(at_);
    if (open_.empty() && !file_.nodes_.empty()) return fail("a second root element");
    if (open_.size() >= 256) return fail("elements are nested deeper than 256");
    ++at_;
    const auto name = read_name();
    if (!error_.empty()) return;
    const auto index = static_cast<SourceFile::Index>(file_.nodes_.size());
    SourceFile::Node node;
    node.offset = offset;
    node.parent = open_.empty() ? SourceFile::none : open_.back();
    node.first_attribute = static_cast<std::uint32_t>(file_.attributes_.size());
    if (!attributes()) return;
    node.attribute_count = static_cast<std::uint32_t>(file_.attributes_.size()) - node.first_attribute;
    file_.nodes_.push_back(std::move(node));
    link(index);
    set_name(index, name);
    names_.push_back(name);
    open_.push_back(index);
    last_child_.push_back(SourceFile::none);
    if (peek() == '/') {
      at_ += 2;
      close();
    } else {
      ++at_;
    }
  }

  bool attributes() {
    while (true) {
      const auto before = at_;
      while (is_space(peek())) ++at_;
      if (peek() == '>' || looking_at("/>")) return true;
      if (at_ == before) return fail("a blank is missing here"), false;
      auto name = read_name();
      while (is_space(peek())) ++at_;
      if (error_.empty() && peek() != '=') fail("attribute " + name + " has no value");
      if (!error_.empty()) return false;
      ++at_;
      while (is_space(peek())) ++at_;
      const char quote = peek();
      const auto close = quote == '"' || quote == '\'' ? text().find(quote, at_ + 1) : std::string::npos;
      if (close == std::string::npos) return fail("attribute " + name + " is not quoted"), false;
      const auto value = std::string_view(text()).substr(at_ + 1, close - at_ - 1);
      if (value.find('<') != value.npos) return fail("'<' in the value of attribute " + name), false;
      file_.attributes_.push_back({std::move(name), decoded(value), static_cast<std::uint32_t>(at_ + 1)});
      at_ = close + 1;
    }
  }

  void link(SourceFile::Index index) {
    if (open_.empty()) return;
    auto& last = last_child_.back();
    (last == SourceFile::none ? file_.nodes_[open_.back()].child : file_.nodes_[last].next) = index;
    last = index;
  }

  void set_name(SourceFile::Index index, const std::string& name) {
    auto& node = file_.nodes_[index];
    const auto colon = name.find(':');
    node.local = colon == name.npos ? name : name.substr(colon + 1);
    node.ns = file_.namespace_of(index, colon == name.npos ? std::string_view() : std::string_view(name).substr(0, colon));
  }

  void end_tag() {
    at_ += 2;
    const auto name = read_name();
    if (error_.empty() && (names_.empty() || names_.back() != name)) {
      at_ -= name.size();
      fail(names_.empty() ? "</" + name + "> closes nothing" : "</" + name + "> stands where </" + names_.back() + "> is due");
    }
    if (!error_.empty()) return;
    while (is_space(peek())) ++at_;
    if (peek() != '>') return fail("'>' is missing here");
    ++at_;
    close();
  }

  void close() {
    open_.pop_back();
    names_.pop_back();
    last_child_.pop_back();
  }

  SourceFile file_;
  std::size_t at_ = 0;
  std::string error_;
  std::size_t error_at_ = 0;
  std::vector<SourceFile::Index> open_, last_child_;
  std::vector<std::string> names_;
  std::map<std::string, std::string> entities_;
};

Result<SourceFile> SourceFile::parse(std::string bytes) { return SourceReader(std::move(bytes)).run(); }

const SourceFile::Attribute* SourceFile::attribute(Index i, std::string_view name) const {
  for (auto a = begin_attributes(i); a != end_attributes(i); ++a) {
    if (a->name == name) return a;
  }
  return nullptr;
}

std::string_view SourceFile::value(Index i, std::string_view name) const {
  const auto* found = attribute(i, name);
  return found ? std::string_view(found->value) : std::string_view();
}

std::string_view SourceFile::namespace_of(Index i, std::string_view prefix) const {
  if (prefix == "xml") return "http://www.w3.org/XML/1998/namespace";
  for (; i != none; i = nodes_[i].parent) {
    for (auto a = begin_attributes(i); a != end_attributes(i); ++a) {
      const std::string_view name = a->name;
      if (!name.starts_with("xmlns")) continue;
      if (prefix.empty() ? name.size() == 5 : name.size() > 6 && name[5] == ':' && name.substr(6) == prefix) return a->value;
    }
  }
  return {};
}

std::pair<std::uint32_t, std::uint32_t> SourceFile::position(std::uint32_t offset) const {
  const auto after = std::upper_bound(lines_.begin(), lines_.end(), offset);
  if (after == lines_.begin()) return {1, 1};
  std::uint32_t column = 1;
  for (std::size_t i = *std::prev(after); i < offset && i < bytes_.size(); ++i) {
    if (static_cast<unsigned char>(bytes_[i]) >> 6 != 2) ++column;
  }
  return {static_cast<std::uint32_t>(after - lines_.begin()), column};
}

}  // namespace wayleave::schema
