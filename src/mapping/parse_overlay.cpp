#include <fmt/format.h>

#include "mapping/map_parser.hpp"
#include "mapping/parse_expression.hpp"

// Addresses: `#` and an m:id; or step ('/' step)*, step = name ('[' ('@' name | name ('/' name)*) '=' quote text quote ']')*.
// Names are those of the target elements that the template writes; directives between them do not count.
namespace wayleave::mapping {
namespace {

class AddressParser {
 public:
  AddressParser(const Fragment& text, Reporter& reporter) : text_(text.text), fragment_(text), reporter_(reporter) {}

  Address parse() {
    Address address;
    address.text = fragment_;
    if (text_.starts_with('#')) {
      address.id = text_.substr(1);
      if (!is_name(address.id)) complain("after # stands the m:id of an element");
      return address;
    }
    while (good_) {
      Address::Step step;
      step.name = name();
      while (good_ && next('[')) predicate(step);
      address.steps.push_back(std::move(step));
      if (at_ == text_.size()) break;
      if (good_ && !next('/')) complain("an address is names with / between them");
    }
    if (!good_) address.steps.clear();
    return address;
  }

 private:
  bool next(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string name() {
    const auto begin = at_;
    while (at_ < text_.size() && std::string_view("/[]=@'\"").find(text_[at_]) == std::string_view::npos) ++at_;
    auto found = text_.substr(begin, at_ - begin);
    const auto colon = found.find(':');
    if (colon != std::string::npos) found.erase(0, colon + 1);
    if (!is_name(found)) complain(found.empty() ? "a name is missing here" : fmt::format("'{}' is no name", found));
    return found;
  }

  void predicate(Address::Step& step) {
    const bool of_attribute = next('@');
    std::vector<std::string> path{name()};
    while (good_ && !of_attribute && next('/')) path.push_back(name());
    if (!good_) return;
    if (!next('=')) return complain("[@name='text'] and [N101='text'] tell elements of one name apart, and need =");
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    const auto end = quote == '\'' || quote == '"' ? text_.find(quote, at_ + 1) : std::string::npos;
    if (end == std::string::npos) return complain("[@name='text'] needs a text in quotes");
    auto text = text_.substr(at_ + 1, end - at_ - 1);
    if (of_attribute) step.attributes.emplace_back(std::move(path[0]), std::move(text));
    else step.elements.emplace_back(std::move(path), std::move(text));
    at_ = end + 1;
    if (!next(']')) complain("] is missing");
  }

  void complain(std::string message) {
    if (good_) {
      reporter_.error("M004", fragment_.span(at_, text_.size()), std::move(message)).expected = "an address such as Order/Line/Quantity[@unit='EA'], or #id";
    }
    good_ = false;
  }

  const std::string text_;
  const Fragment& fragment_;
  Reporter& reporter_;
  std::size_t at_ = 0;
  bool good_ = true;
};

}  // namespace

Address parse_address(Fragment text, Reporter& reporter) { return AddressParser(text, reporter).parse(); }

void MapParser::patch(const MapElement& element, Patch::Kind kind) {
  check_attributes(element, {{"at", true}});
  Patch made;
  made.kind = kind;
  made.span = element.span();
  if (kind == Patch::Kind::remove) {
    no_content(element);
  } else {
    in_replace_ = kind == Patch::Kind::replace;
    made.nodes = nodes(element);
    in_replace_ = false;
    if (made.nodes.empty()) {
      reporter_.error("M003", element.span(), fmt::format("<{}> needs something to write", element.tag())).fix =
        kind == Patch::Kind::replace ? "write what takes its place, or use m:remove" : "write an element into it";
    }
  }
  auto at = element.value("at");
  if (!at) return;
  made.at = parse_address(*at, reporter_);
  if (!made.at.steps.empty() || !made.at.id.empty()) map_.patches.push_back(std::move(made));
}

}  // namespace wayleave::mapping
