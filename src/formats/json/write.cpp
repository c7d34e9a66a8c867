#include "formats/json/write.hpp"

#include <unordered_map>
#include <vector>

#include "formats/json/members.hpp"

namespace wayleave::json {
namespace {

void append_string(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out.append({'\\', c});
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else if (static_cast<unsigned char>(c) < 0x20)
      out.append("\\u00").append({digits[c >> 4 & 15], digits[c & 15]});
    else
      out += c;
  }
  out += '"';
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A lexical xs:decimal, xs:double or xs:integer in JSON's form, digit for digit; empty when it has none.
std::string number(std::string_view text) {
  std::string out;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    if (text[0] == '-') out += '-';
    text.remove_prefix(1);
  }
  std::size_t i = 0;
  while (i < text.size() && text[i] == '0') ++i;
  const std::size_t whole = i;
  while (i < text.size() && is_digit(text[i])) ++i;
  bool any = i > 0;
  out += i > whole ? std::string(text.substr(whole, i - whole)) : "0";
  if (i < text.size() && text[i] == '.') {
    const std::size_t fraction = ++i;
    while (i < text.size() && is_digit(text[i])) ++i;
    if (i > fraction) out.append(".").append(text.substr(fraction, i - fraction));
    any = any || i > fraction;
  }
  if (any && i < text.size() && (text[i] | 32) == 'e') {
    const std::size_t exponent = i++;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    const std::size_t first = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    if (i == first) return {};
    out += text.substr(exponent, i - exponent);
  }
  return any && i == text.size() ? out : std::string();
}

class Twin {
 public:
  Twin(const Document& document, const schema::Model& model) : document_(document), model_(model) {}

  void element(std::string& out, Document::Index i, schema::TypeId type) {
    const auto& node = document_.node(i);
    const schema::Type* declared = type == schema::none ? nullptr : &model_.type(type);
    const bool elements =
        declared && declared->complex &&
        (declared->content == schema::Content::element_only || declared->content == schema::Content::empty);
    const bool object = elements || (declared && has_value_member(*declared)) || node.attribute_count != 0 ||
                        (node.flags & Document::has_children) != 0;
    if (node.flags & Document::is_nil && node.attribute_count == 0) {
      out += "null";
    } else if (object) {
      members(out, i, type, !elements);
    } else {
      value(out, document_.text(i), declared);
    }
  }

 private:
  void members(std::string& out, Document::Index i, schema::TypeId type, bool has_text) {
    const auto& node = document_.node(i);
    char separator = '{';
    auto member = [&](std::string_view name) {
      out += separator;
      separator = ',';
      append_string(out, name);
      out += ':';
    };
    const auto* attribute = document_.attributes(i);
    for (std::uint16_t a = 0; a < node.attribute_count; ++a) {
      const std::string_view local = document_.local_name(attribute[a].name);
      const auto* use = type == schema::none ? nullptr : model_.attribute(type, local);
      member(attribute_member(model_, type, local));
      value(out, document_.text(attribute[a]), use && use->type != schema::none ? &model_.type(use->type) : nullptr);
    }
    if (node.flags & Document::has_children) {
      children(out, i, type, member);
    } else if (node.flags & Document::is_nil) {
      member("value");
      out += "null";
    } else if (has_text) {
      member("value");
      value(out, document_.text(i), type == schema::none ? nullptr : &model_.type(type));
    }
    if (separator == '{') out += '{';
    out += '}';
  }

  template <class Member>
  void children(std::string& out, Document::Index parent, schema::TypeId type, Member member) {
    std::vector<std::vector<Document::Index>> groups;
    std::unordered_map<std::string_view, std::size_t> by_name;
    for (Document::Index i = document_.first_child(parent); i != Document::none; i = document_.next(i)) {
      const auto [at, fresh] = by_name.emplace(document_.local_name(document_.node(i).name), groups.size());
      if (fresh) groups.emplace_back();
      groups[at->second].push_back(i);
    }
    for (const auto& group : groups) {
      const NameId name = document_.node(group[0]).name;
      member(document_.local_name(name));
      const Child first = child_of(model_, type, name);
      const bool array = group.size() > 1 || (first.use && first.use->max > 1);
      if (array) out += '[';
      for (const Document::Index i : group) {
        if (i != group[0]) out += ',';
        const Child child = child_of(model_, type, document_.node(i).name);
        element(out, i, child.element == schema::none ? schema::none : model_.element(child.element).type);
      }
      if (array) out += ']';
    }
  }

  static void value(std::string& out, std::string_view text, const schema::Type* type) {
    if (type && type->facets.variety == schema::Variety::atomic) {
      const std::string_view content = trimmed(text);
      if (type->facets.primitive == schema::Primitive::boolean && !content.empty()) {
        if (content == "true" || content == "1") return void(out += "true");
        if (content == "false" || content == "0") return void(out += "false");
      }
      if (type->facets.primitive == schema::Primitive::decimal || type->facets.primitive == schema::Primitive::floating)
        if (const std::string digits = number(content); !digits.empty()) return void(out += digits);
    }
    append_string(out, text);
  }

  const Document& document_;
  const schema::Model& model_;
};

}  // namespace

std::string write(const Document& document, const schema::Schema& schema) {
  std::string out;
  if (document.empty()) return "null";
  const auto& model = schema.model();
  const bool known = document.node(0).name == schema.root_name();
  Twin(document, model).element(out, 0, known ? model.element(schema.root()).type : schema::none);
  return out;
}

}  // namespace wayleave::json
