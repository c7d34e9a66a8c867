#include "desk/skeleton.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "desk/content_path.hpp"
#include "desk/correspondence.hpp"
#include "formats/xml/write.hpp"
#include "mapping/map_file.hpp"
#include "mapping/segment.hpp"

namespace wayleave::desk {
namespace {

constexpr std::size_t depth_limit = 40;
constexpr std::size_t element_limit = 20'000;
constexpr std::uint32_t times_limit = 8;
constexpr std::string_view todo_value = "{$TODO}";

std::string local(NameId name) { return std::string(names::local(name)); }

/// `--` cannot stand in a comment, nor a hyphen at its end.
std::string comment(std::string text) {
  for (auto at = text.find("--"); at != std::string::npos; at = text.find("--", at)) text.replace(at, 2, "- -");
  return "<!-- " + text + " -->";
}

std::string listed(const std::vector<std::string>& names, std::string_view between = ", ") {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : std::string(between)) + name;
  return list;
}

std::string literal(std::string_view text) {
  std::string doubled;
  for (const char c : text) doubled.append(c == '{' || c == '}' ? 2 : 1, c);
  return doubled;
}

class Writer {
 public:
  Writer(const schema::Schema& source, const schema::Schema& target) : target_(target), model_(target.model()), match_(source, target) {}

  Skeleton write(const SkeletonHead& head) {
    const auto root = target_.root();
    const auto& element = model_.element(root);
    default_ns_ = names::ns(element.name);
    body_ = "";
    write_element({root, 1, 1, {}}, match_.root(), schema::none, 1);
    std::string opening = fmt::format("<m:map xmlns:m=\"{}\"", mapping::map_namespace);
    const auto declare = [&](const std::string& attribute, const std::string& value) {
      opening += " " + attribute + "=\"";
      xml::escape_attribute(opening, value);
      opening += '"';
    };
    if (!default_ns_.empty()) declare("xmlns", default_ns_);
    for (const auto& [ns, prefix] : prefixes_) declare("xmlns:" + prefix, ns);
    declare("name", head.name);
    opening += "\n      ";
    declare("source", head.source);
    declare("target", head.target);
    made_.text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + opening + ">\n" + body_ + "</m:map>\n";
    return std::move(made_);
  }

 private:
  void line(std::size_t depth, std::string_view text) { body_.append(depth * 2, ' ').append(text).append("\n"); }

  std::string tag(schema::ElementId id, schema::TypeId parent) {
    const auto name = model_.element(id).name;
    if (parent != schema::none) {
      for (const auto* use : model_.children(parent, names::local(name))) {
        if (model_.element(use->element).name == name) continue;
        auto& prefix = prefixes_[std::string(names::ns(name))];
        if (prefix.empty()) prefix = fmt::format("n{}", prefixes_.size());
        return prefix + ":" + local(name);
      }
    }
    return local(name);
  }

  /// A value of the target and what is said beside it.
  struct Filled {
    std::string text;
    std::vector<std::string> remarks;
  };

  Filled fill(const std::string& name, schema::TypeId type, const std::optional<std::string>& fixed, const Counterpart& from, bool mandatory) {
    if (fixed) return {literal(*fixed), {}};
    const auto& facets = model_.type(type).facets;
    if (facets.variety == schema::Variety::atomic && facets.enumeration.size() == 1) return {literal(facets.enumeration[0]), {}};
    const auto words = schema::describe(model_, type);
    const auto path = from.path.empty() ? std::string(".") : from.path;
    const auto agreement = match_.agreement(from, type, mandatory);
    if (agreement == Correspondence::Agreement::no) {
      ++made_.todo;
      return {std::string(todo_value), {fmt::format("TODO {}: {}{}", name, words, hint(name, from))}};
    }
    ++made_.filled;
    Filled filled{"{" + path + "}", {}};
    if (agreement == Correspondence::Agreement::may_lack) {
      ++made_.todo;
      filled.text = fmt::format("{{default({},$TODO)}}", path);
      filled.remarks.push_back(fmt::format("TODO {}: {}; the source may lack it: say what then, or require({},'CODE','text')", name, words, path));
    } else if (match_.narrower(from, type)) {
      filled.remarks.push_back(fmt::format("check {}: {}", name, words));
    }
    return filled;
  }

  std::string hint(const std::string& name, const Counterpart& from) const {
    if (from.exists()) return fmt::format(" (the source's {} is another type{})", from.path.empty() ? "item" : from.path, from.many ? ", or several" : "");
    const auto bare = name.substr(name.rfind('@') + 1);
    const auto paths = match_.elsewhere(bare);
    return paths.empty() ? "" : fmt::format(" (the source has {})", listed(paths, " and "));
  }

  void write_element(const Mandatory& use, const Counterpart& from, schema::TypeId parent, std::size_t depth) {
    if (use.element == schema::none) {
      ++made_.todo;
      line(depth, comment("TODO an element of another namespace belongs here"));
      return;
    }
    const auto& element = model_.element(use.element);
    if (!mapping::automatic(model_, parent, use.element).empty() || mapping::automatic_segment(model_, use.element)) return;   // the writer's
    const auto name = tag(use.element, parent);
    std::vector<std::string> remarks;
    if (!use.instead.empty()) {
      std::vector<std::string> others;
      for (const auto id : use.instead) others.push_back(local(model_.element(id).name));
      remarks.push_back(fmt::format("or, instead of {}: {}", local(element.name), listed(others, " or ")));
    }
    std::string opening = "<" + name;
    auto here = from;
    auto times = std::min(use.times, times_limit);
    if (parent != schema::none && use.max > 1) repeat(use, here, times, opening, remarks);
    if (model_.type(element.type).abstract) {
      ++made_.todo;
      remarks.push_back(fmt::format("TODO {}: its type is abstract, so one of those derived from it is meant", local(element.name)));
    }
    for (std::uint32_t i = 0; i < std::max(times, 1u); ++i) write_once(use.element, opening, name, here, remarks, depth);
  }

  // A repeating element of the same name makes a loop.
  void repeat(const Mandatory& use, Counterpart& from, std::uint32_t& times, std::string& opening, std::vector<std::string>& remarks) {
    const auto bare = local(model_.element(use.element).name);
    if (!from.exists() || !from.many) {
      const auto times_words = use.max == schema::unbounded ? "any number of" : "up to " + std::to_string(use.max);
      if (!from.exists()) remarks.push_back(fmt::format("{} may stand here {} times: put m:each=\"…\" on it", bare, times_words));
      return;
    }
    opening += fmt::format(" m:each=\"{}\"", from.path);
    times = 1;
    const auto simple = match_.agreement(from.as_item(), model_.element(use.element).type, true) == Correspondence::Agreement::may_lack;
    if (from.optional || simple || use.times > 1) {
      ++made_.todo;
      remarks.push_back(fmt::format("TODO {}: the target needs at least {}, and the source may have fewer", bare, use.times));
    }
    if (from.max > use.max) {
      ++made_.todo;
      remarks.push_back(fmt::format("TODO {}: the target takes at most {}, and the source may have more: m:if=\"position() &lt;= {}\"", bare, use.max, use.max));
    }
    from = from.as_item();
  }

  void write_once(schema::ElementId id, std::string opening, const std::string& name, const Counterpart& from, std::vector<std::string> remarks, std::size_t depth) {
    const auto& element = model_.element(id);
    const auto& type = model_.type(element.type);
    ++elements_;
    std::vector<std::string> optional;
    write_attributes(type, local(element.name), from, opening, remarks, optional);
    if (!type.complex || type.content == schema::Content::simple || type.content == schema::Content::empty) {
      std::string value;
      if (type.content == schema::Content::simple) {
        auto filled = fill(local(element.name), element.type, element.fixed_value, from, true);
        xml::escape_text(value, filled.text);
        remarks.insert(remarks.end(), filled.remarks.begin(), filled.remarks.end());
      }
      if (!optional.empty()) remarks.push_back("optional: " + listed(optional));
      opening += value.empty() ? "/>" : ">" + value + "</" + name + ">";
      line(depth, remarks.empty() ? opening : opening + " " + comment(listed(remarks, "; ")));
      return;
    }
    line(depth, opening + ">" + (remarks.empty() ? "" : " " + comment(listed(remarks, "; "))));
    write_content(element.type, from, std::move(optional), depth + 1);
    line(depth, "</" + name + ">");
  }

  void write_attributes(const schema::Type& type, const std::string& owner, const Counterpart& from, std::string& opening,
                        std::vector<std::string>& remarks, std::vector<std::string>& optional) {
    for (const auto& use : type.attributes) {
      const auto name = local(use.name);
      if (!use.required) {
        optional.push_back("@" + name);
        continue;
      }
      auto filled = fill(owner + "/@" + name, use.type, use.fixed_value, match_.attribute(from, name), true);
      opening += " " + name + "=\"";
      xml::escape_attribute(opening, filled.text);
      opening += '"';
      remarks.insert(remarks.end(), filled.remarks.begin(), filled.remarks.end());
    }
  }

  void write_content(schema::TypeId id, const Counterpart& from, std::vector<std::string> optional, std::size_t depth) {
    const auto& type = model_.type(id);
    if (depth > depth_limit || elements_ > element_limit) {
      ++made_.todo;
      line(depth, comment("TODO the content goes on deeper than this skeleton"));
      return;
    }
    around_.push_back(id);
    const auto content = least_content(model_, type, [&](schema::ElementId element) { return cost(element, from); });
    std::size_t next = 0;
    const auto tell = [&] {
      if (!optional.empty()) line(depth, comment("optional: " + listed(optional)));
      optional.clear();
    };
    for (const auto& use : type.children) {
      const auto& element = model_.element(use.element);
      const auto found = std::find_if(content.begin() + static_cast<std::ptrdiff_t>(next), content.end(), [&](const Mandatory& m) {
        return m.element != schema::none && model_.element(m.element).name == element.name;
      });
      if (found == content.end()) {
        optional.push_back(local(element.name));
        continue;
      }
      tell();
      for (; next <= static_cast<std::size_t>(found - content.begin()); ++next) write_child(content[next], from, id, depth);
    }
    tell();
    for (; next < content.size(); ++next) write_child(content[next], from, id, depth);
    around_.pop_back();
  }

  void write_child(const Mandatory& use, const Counterpart& from, schema::TypeId parent, std::size_t depth) {
    const auto there = use.element == schema::none ? Counterpart{} : match_.child(from, names::local(model_.element(use.element).name));
    write_element(use, there, parent, depth);
  }

  // In a choice, what the source has goes first, and what would lead round in a circle last.
  unsigned cost(schema::ElementId id, const Counterpart& from) const {
    const auto& element = model_.element(id);
    if (std::find(around_.begin(), around_.end(), element.type) != around_.end()) return 100;
    const bool known = match_.child(from, names::local(element.name)).exists();
    return (known ? 9 : 10) + (element.abstract || model_.type(element.type).abstract ? 50 : 0);
  }

  const schema::Schema& target_;
  const schema::Model& model_;
  Correspondence match_;
  Skeleton made_;
  std::string body_, default_ns_;
  std::map<std::string, std::string> prefixes_;
  std::vector<schema::TypeId> around_;
  std::size_t elements_ = 0;
};

}  // namespace

Skeleton skeleton(const schema::Schema& source, const schema::Schema& target, const SkeletonHead& head) {
  return Writer(source, target).write(head);
}

}  // namespace wayleave::desk
