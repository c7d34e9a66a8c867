#include <algorithm>

#include "mutation.hpp"

// Directives: misspelt, without what they need, where they do not belong, with text beside.
namespace mutations {
namespace {

const std::set<std::string> attribute_directives{"each", "sort", "as", "if", "call", "with", "keep", "id", "final", "note", "seg"};
const std::set<std::string> element_directives{"use", "codes", "let", "param", "def", "key", "linked", "sequence", "if", "for", "group",
                                               "choose", "when", "otherwise", "copy", "messages", "message", "xslt", "reject", "warn", "map"};
const std::map<std::string_view, std::vector<std::string_view>> needed{
  {"m:map", {"name", "source", "target"}}, {"m:codes", {"name", "href"}}, {"m:let", {"name", "value"}}, {"m:def", {"name", "of", "gives"}},
  {"m:if", {"test"}}, {"m:when", {"test"}}, {"m:for", {"each"}}, {"m:reject", {"test", "code"}}, {"m:warn", {"test", "code"}},
  {"m:key", {"name", "match", "use"}}, {"m:group", {"each", "by", "as"}}, {"m:copy", {"select"}}, {"m:linked", {"name", "schema", "by"}},
};

class Directives {
 public:
  Directives(const Subject& subject, Collector& into) : subject_(subject), into_(into) {}

  void run() {
    for (const auto& tag : subject_.markup().tags()) {
      for (const auto& attribute : tag.attributes) {
        if (attribute.name.starts_with("xmlns")) continue;
        if (attribute.name.starts_with("m:")) of_element(tag, attribute);
        else if (tag.directive()) of_directive(tag, attribute);
      }
      if (tag.directive() && tag.parent) element(tag);
      else if (!tag.directive()) beside(tag);
      text_beside(tag);
    }
  }

 private:
  Range local(const Tag::Attribute& attribute) const { return {attribute.name_at.begin + 2, attribute.name_at.end}; }

  void misspell(const std::string& kind, const std::string& name, std::vector<Range> at, const std::set<std::string>& real) {
    std::size_t variant = 0;
    for (const auto& typo : typos(name)) {
      if (real.contains(typo)) continue;
      std::vector<Edit> edits;
      for (const auto& range : at) edits.push_back({range, typo});
      into_.add(kind, name + " → " + typo, std::move(edits), {at[0]}, variant++);
    }
  }

  // m:each="…" and the like on an element of the target.
  void of_element(const Tag& tag, const Tag::Attribute& attribute) {
    const auto name = attribute.name.substr(2);
    misspell("directive-misspelt", std::string(name), {local(attribute)}, attribute_directives);
    if (name == "note") return;
    into_.add("directive-emptied", std::string(attribute.name), {{attribute.value_at, ""}}, {tag.start});
    if (name == "keep" || name == "final") into_.add("directive-value", std::string(attribute.name), {{attribute.value_at, "perhaps"}}, {attribute.value_at});
    if (name == "call" && tag.attribute("m:with")) into_.add("with-without-call", std::string(tag.name), {{attribute.whole, ""}}, {tag.start});
  }

  // test="…" and the like on a directive.
  void of_directive(const Tag& tag, const Tag::Attribute& attribute) {
    std::set<std::string> real;
    for (const auto& other : tag.attributes) real.emplace(other.name);
    misspell("setting-misspelt", std::string(attribute.name), {attribute.name_at}, real);
    if (attribute.name != "note" && attribute.name != "default") {
      into_.add("setting-emptied", std::string(tag.name) + " " + std::string(attribute.name), {{attribute.value_at, ""}}, {tag.start});
    }
    const auto wanted = needed.find(tag.name);
    if (wanted == needed.end() || std::find(wanted->second.begin(), wanted->second.end(), attribute.name) == wanted->second.end()) return;
    into_.add("setting-dropped", std::string(tag.name) + " " + std::string(attribute.name),
              {{attribute.whole, blank(slice(subject_.text(), attribute.whole))}}, {tag.start});
  }

  void element(const Tag& tag) {
    const auto name = tag.name.substr(2);
    std::vector<Range> at{{tag.opening_name.begin + 2, tag.opening_name.end}};
    if (!tag.closing_name.empty()) at.push_back({tag.closing_name.begin + 2, tag.closing_name.end});
    misspell("directive-element-misspelt", std::string(name), at, element_directives);
    if (tag.name == "m:choose") choose(tag);
    if (tag.children.empty() && tag.closing_name.empty()) {
      into_.add("directive-filled", std::string(tag.name), {{{tag.start.end - 2, tag.start.end}, "><x/></" + std::string(tag.name) + ">"}}, {tag.start});
    }
  }

  void choose(const Tag& tag) {
    const auto whole = std::string(slice(subject_.text(), tag.content));
    into_.add("choose-emptied", "m:choose", {{tag.content, blank(whole)}}, {tag.whole});
    std::vector<Range> branches;
    for (const auto* branch : tag.children) branches.push_back(branch->opening_name);
    into_.add("choose-unwrapped", "m:choose", {{tag.start, ""}, {{tag.content.end, tag.whole.end}, ""}}, branches);
    if (tag.children.back()->name == "m:otherwise") {
      const auto &first = tag.children.front()->whole, &last = tag.children.back()->whole;
      into_.add("otherwise-first", "m:otherwise", {{first, std::string(slice(subject_.text(), last))}, {last, std::string(slice(subject_.text(), first))}},
                {{first.begin, last.end}});
    }
  }

  // On an element of the target what needs something else beside it.
  void beside(const Tag& tag) {
    const Range behind{tag.opening_name.end, tag.opening_name.end};
    const std::string name(tag.name);
    if (!tag.attribute("m:each")) {
      into_.add("sort-without-each", name, {{behind, " m:sort=\".\""}}, {tag.opening_name});
      into_.add("as-without-each", name, {{behind, " m:as=\"item\""}}, {tag.opening_name});
    }
    if (!tag.attribute("m:call")) into_.add("with-without-call", name, {{behind, " m:with=\".\""}}, {tag.opening_name});
    else if (tag.closing_name.empty()) into_.add("call-with-content", name, {{{tag.start.end - 2, tag.start.end}, ">x</" + name + ">"}}, {tag.opening_name});
    into_.add("directive-unknown", name, {{behind, " m:unless=\"true\""}}, {tag.opening_name});
  }

  void text_beside(const Tag& tag) {
    if (tag.children.empty()) return;
    const Range before{tag.children[0]->whole.begin, tag.children[0]->whole.begin};
    into_.add("text-beside", std::string(tag.name), {{before, "and "}}, {tag.opening_name, before});
  }

  const Subject& subject_;
  Collector& into_;
};

}  // namespace

void break_directives(const Subject& subject, Collector& into) { Directives(subject, into).run(); }

}  // namespace mutations
