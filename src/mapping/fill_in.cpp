#include "mapping/fill_in.hpp"

#include <algorithm>
#include <map>

#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"
#include "mapping/segment.hpp"
#include "mapping/wire.hpp"

namespace wayleave::mapping {
namespace {

using Index = Document::Index;
using schema::ElementId;

constexpr std::string_view standing_for_hierarchy = "hierarchy";

bool is_level(const schema::Model& model, ElementId element) {
  return element != schema::none && edi_note(model.type_of(element).notes, "hierarchy") != nullptr;
}

// `count(/TS850/PO1)`: what stands in the brackets of that function.
std::optional<std::string_view> argument(std::string_view call, std::string_view function) {
  if (!call.starts_with(function) || call.size() < function.size() + 2 || call[function.size()] != '(' || !call.ends_with(')')) return std::nullopt;
  return call.substr(function.size() + 1, call.size() - function.size() - 2);
}

class Filler {
 public:
  Filler(const schema::Schema& guide, const Document& document) : model_(guide.model()), root_(guide.root()), document_(document) {}

  std::vector<Addition> run() {
    declared_.assign(document_.size(), schema::none);
    if (document_.node(0).name != model_.element(root_).name) return {};
    declare(0, root_);
    fill(0);
    std::stable_sort(additions_.begin(), additions_.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    return std::move(additions_);
  }

 private:
  // What every node is, and which levels have which numbers.
  void declare(Index node, ElementId element) {
    declared_[node] = element;
    if (is_level(model_, element)) levels_.emplace(node, ++level_);
    const auto& uses = model_.type_of(element).children;
    for (auto child = document_.first_child(node); child != Document::none; child = document_.next(child)) {
      const auto use = std::find_if(uses.begin(), uses.end(), [&](const auto& u) {
        return model_.element(u.element).name == document_.node(child).name;
      });
      if (use != uses.end()) declare(child, use->element);
    }
  }

  void fill(Index node) {
    if (declared_[node] == schema::none) return;
    const auto& type = model_.type_of(declared_[node]);
    if (!type.complex) return;
    auto child = document_.first_child(node);
    std::string inside;                    // of an element that was empty
    for (std::size_t i = 0; i < type.children.size(); ++i) {
      bool there = false;
      // What the schema does not know stands between, and is for the validation to tell.
      for (; child != Document::none && order(type, child) <= i; child = document_.next(child)) {
        there = there || order(type, child) == i;
        fill(child);
      }
      if (there) continue;
      auto made = missing(node, type, type.children[i]);
      if (made.empty()) continue;
      if (child != Document::none) additions_.push_back({document_.node(child).source, 0, std::move(made)});
      else inside += made;
    }
    for (; child != Document::none; child = document_.next(child)) fill(child);
    if (!inside.empty()) append(node, std::move(inside));
  }

  std::size_t order(const schema::Type& type, Index child) const {
    const auto name = document_.node(child).name;
    for (std::size_t i = 0; i < type.children.size(); ++i) {
      if (model_.element(type.children[i].element).name == name) return i;
    }
    return 0;
  }

  // At the end of a node: before its end tag, or in place of the / of an empty one.
  void append(Index node, std::string text) {
    const auto source = document_.source();
    const auto tag = tag_of(node);
    const auto begin = document_.node(node).source;
    if (document_.first_child(node) == Document::none) {
      const auto end = source.find('>', begin);
      if (source[end - 1] == '/') additions_.push_back({end - 1, 2, ">" + text + "</" + tag + ">"});
      else additions_.push_back({end + 1, 0, std::move(text)});
      return;
    }
    // Maps write neither comments nor text between tags, so the end tag is the first one of that name behind all that is inside.
    auto last = node;
    while (document_.first_child(last) != Document::none) {
      last = document_.first_child(last);
      while (document_.next(last) != Document::none) last = document_.next(last);
    }
    const auto end = source.find("</" + tag + ">", document_.node(last).source);
    if (end != std::string_view::npos) additions_.push_back({end, 0, std::move(text)});
  }

  std::string tag_of(Index node) const {
    const auto begin = document_.node(node).source + 1;
    return std::string(document_.source().substr(begin, document_.source().find_first_of(" />", begin) - begin));
  }

  std::string prefix_of(Index node) const {
    const auto tag = tag_of(node);
    const auto colon = tag.find(':');
    return colon == std::string::npos ? "" : tag.substr(0, colon + 1);
  }

  std::string missing(Index node, const schema::Type& type, const schema::ChildUse& use) {
    const auto id = model_.element(declared_[node]).type;
    if (model_.type_of(use.element).complex && !positions(model_, model_.element(use.element).type).empty() &&
        position_of(model_, id, use.element) == 0) {
      return use.min > 0 && automatic_segment(model_, use.element) ? segment(node, use.element) : "";
    }
    auto how = automatic(model_, id, use.element);
    // UNS: what is said of the segment is said of its first data element.
    if (how.empty() && &use == &type.children.front()) {
      if (const auto* note = edi_note(model_.element(declared_[node]).notes, "auto")) how = *note;
    }
    if (how.empty()) return {};
    return written(prefix_of(node), use.element, value(how, node, use.element));
  }

  std::string written(const std::string& prefix, ElementId element, const std::string& text) const {
    if (text.empty()) return {};
    const auto tag = prefix + std::string(names::local(model_.element(element).name));
    std::string out = "<" + tag + ">";
    xml::escape_text(out, text, true);
    return out + "</" + tag + ">";
  }

  // One of which a map has nothing to say.
  std::string segment(Index parent, ElementId element) {
    const auto& type = model_.type_of(element);
    const auto prefix = prefix_of(parent);
    std::string inside;
    for (const auto& use : type.children) {
      auto how = automatic(model_, model_.element(element).type, use.element);
      const auto* note = edi_note(model_.element(element).notes, "auto");
      if (how.empty() && note && &use == &type.children.front()) how = *note;
      if (!how.empty() && how != standing_for_hierarchy)
        inside += written(prefix, use.element, how == "position()" ? "1" : value(how, parent, use.element));
    }
    const auto tag = prefix + std::string(names::local(model_.element(element).name));
    return inside.empty() ? std::string() : "<" + tag + ">" + inside + "</" + tag + ">";
  }

  std::string value(std::string_view how, Index node, ElementId element) {
    if (how == standing_for_hierarchy) return level(node, names::local(model_.element(element).name), element);
    if (how == "position()") return number(Decimal(position(node)), element);
    if (auto path = argument(how, "count")) {
      std::int64_t count = 0;
      each(*path, [&](Index) { ++count; });
      return number(Decimal(count), element);
    }
    if (auto path = argument(how, "sum")) {
      std::optional<Decimal> sum = Decimal(0);
      each(*path, [&](Index at) {
        const auto wire = declared_[at] == schema::none ? Wire::none : wire_of(model_, model_.element(declared_[at]).type);
        const auto summand = read_wire_number(wire, document_.text(at));
        if (sum && summand) sum = Decimal::add(*sum, *summand);
      });
      return sum ? number(*sum, element) : "";
    }
    auto fixed = argument(how, "fixed");
    if (!fixed) return {};
    if (fixed->size() > 1 && (fixed->front() == '\'' || fixed->front() == '"')) fixed = fixed->substr(1, fixed->size() - 2);
    return std::string(*fixed);
  }

  std::string number(const Decimal& value, ElementId element) const {
    auto form = wire_form(model_, element);
    if (form.wire == Wire::none) form.wire = Wire::real;
    std::string text;
    append_wire(text, form, value);
    return text;
  }

  std::int64_t position(Index node) const {
    std::int64_t count = 1;
    if (document_.parent(node) == Document::none) return count;
    for (auto other = document_.first_child(document_.parent(node)); other != node; other = document_.next(other)) {
      if (document_.node(other).name == document_.node(node).name) ++count;
    }
    return count;
  }

  std::string level(Index node, std::string_view name, ElementId element) const {
    if (name == "HL01") return std::to_string(levels_.at(node));
    if (name == "HL02") {
      auto above = document_.parent(node);
      while (above != Document::none && !levels_.contains(above)) above = document_.parent(above);
      return above == Document::none ? "" : std::to_string(levels_.at(above));
    }
    if (name == "HL03") {
      const auto& codes = model_.type_of(element).facets.enumeration;
      if (codes.size() == 1) return codes[0];
      const auto own = names::local(document_.node(node).name);
      const auto bar = own.find('_');
      return bar == std::string_view::npos ? "" : std::string(own.substr(bar + 1));
    }
    for (auto child = document_.first_child(node); child != Document::none; child = document_.next(child)) {
      if (levels_.contains(child)) return "1";
    }
    return "0";
  }

  // All nodes that an absolute path of names leads to.
  template <class F>
  void each(std::string_view path, F&& f) const {
    if (!path.starts_with('/')) return;
    path.remove_prefix(1);
    const auto slash = path.find('/');
    if (path.substr(0, slash) != names::local(document_.node(0).name)) return;
    if (slash == std::string_view::npos) f(Index(0));
    else below(0, path.substr(slash + 1), f);
  }
  template <class F>
  void below(Index node, std::string_view path, F& f) const {
    const auto slash = path.find('/');
    for (auto child = document_.first_child(node); child != Document::none; child = document_.next(child)) {
      if (document_.local_name(document_.node(child).name) != path.substr(0, slash)) continue;
      if (slash == std::string_view::npos) f(child);
      else below(child, path.substr(slash + 1), f);
    }
  }

  const schema::Model& model_;
  ElementId root_;
  const Document& document_;
  std::vector<ElementId> declared_;
  std::map<Index, std::uint32_t> levels_;
  std::uint32_t level_ = 0;
  std::vector<Addition> additions_;
};

}  // namespace

bool fills_in(const schema::Schema& guide) {
  const auto& model = guide.model();
  return std::any_of(model.elements.begin(), model.elements.end(), [](const auto& element) { return edi_note(element.notes, "auto") != nullptr; }) ||
         std::any_of(model.types.begin(), model.types.end(), [](const auto& type) { return edi_note(type.notes, "hierarchy") != nullptr; });
}

std::string fill_in(const schema::Schema& guide, std::string xml, std::vector<Addition>* told) {
  const auto reading = xml::read_wellformed(xml);
  if (!reading.document || reading.document->empty()) return xml;
  auto additions = Filler(guide, *reading.document).run();
  if (additions.empty()) return xml;
  std::string out;
  std::size_t done = 0;
  for (const auto& addition : additions) {
    out.append(xml, done, addition.at - done);
    out += addition.text;
    done = addition.at + addition.removed;
  }
  out.append(xml, done);
  if (told) *told = std::move(additions);
  return out;
}

}  // namespace wayleave::mapping
