#include <algorithm>

#include "base/nearest.hpp"
#include "schema/content.hpp"
#include "schema/identity.hpp"
#include "schema/markup.hpp"
#include "schema/report.hpp"
#include "schema/schema.hpp"
#include "schema/value.hpp"
#include "schema/words.hpp"

namespace wayleave::schema {

namespace {

using Index = Document::Index;

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

/// One walk over one document. Cheap as long as nothing is wrong: words and positions are made for findings only.
class Walk {
 public:
  Walk(const Document& document, const Schema& schema, std::size_t limit, Index root)
      : document_(document), model_(schema.model()), schema_(schema), root_(root), report_(document, limit) {
    if (!model_.constraints.empty()) types_.assign(document.size(), none);
  }

  Findings run() {
    if (document_.empty()) return {};
    if (const auto root = root_element(); root != none) element(root_, root);
    if (!report_.full()) ids_.finish(report_);
    return report_.finish();
  }

 private:
  std::string name(Index node) const { return std::string(document_.local_name(document_.node(node).name)); }
  std::string name(ElementId id, int) const { return std::string(names::local(model_.element(id).name)); }

  ElementId root_element() {
    const auto found = document_.node(root_).name;
    if (found == schema_.root_name()) return schema_.root();
    const auto local = document_.local_name(found);
    const auto right = names::local(schema_.root_name());
    std::size_t distance = 0;
    if (!is_misspelling(local, right, distance)) {
      auto& f = report_.at_node("X120", root_, "The document is a " + std::string(local) + ", not a " + std::string(right) + ".");
      f.expected = std::string(right);
      f.fix = "send a " + std::string(right) + ", or agree on " + std::string(local) + " with us";
      return none;
    }
    if (local == right) {
      wrong_namespace(root_, schema_.root());
      strange_namespace_ = found;
    } else {
      misspelt(root_, schema_.root(), "the document");
    }
    return schema_.root();
  }

  void element(Index node, ElementId id) {
    if (report_.full()) return;
    const auto& declaration = model_.element(id);
    const auto& n = document_.node(node);
    TypeId type_id = declaration.type;
    if (n.flags & Document::has_type) type_id = derived_type(node, type_id);
    if (type_id == none) return;
    const auto& type = model_.type(type_id);
    if (!types_.empty()) types_[node] = type_id;
    if (type.abstract) return abstract_type(node, type);
    attributes(node, type);
    const auto before = report_.size();
    if (n.flags & Document::is_nil) nil(node, declaration);
    else if (type.content == Content::simple) simple(node, declaration, type);
    else content(node, type);
    // A broken list of lines has no uniqueness worth judging.
    if (!declaration.constraints.empty()) identity(node, declaration, before != report_.size());
  }

  TypeId derived_type(Index node, TypeId declared) {
    const auto written = declared_type(document_, node);
    if (!written) return declared;
    const auto wanted = names::find(written->first, written->second);
    TypeId found = none;
    for (TypeId id = 0; wanted != no_name && found == none && id < model_.types.size(); ++id) {
      if (model_.types[id].name == wanted) found = id;
    }
    for (TypeId at = found; at != none; at = model_.types[at].base) {
      if (at == declared) return found;
    }
    if (found != none && written->first == "http://www.w3.org/2001/XMLSchema") return declared;
    auto& f = report_.at_node("X209", node, "The type " + written->second + " that " + name(node) + " declares is not one it may have.");
    f.found = written->second;
    f.expected = model_.type(declared).name == no_name ? "no xsi:type" : std::string(names::local(model_.type(declared).name)) + " or a type derived from it";
    f.fix = "leave xsi:type out";
    return none;
  }

  void abstract_type(Index node, const Type& type) {
    auto& f = report_.at_node("X209", node, name(node) + " needs an xsi:type that says what kind it is.");
    f.expected = type.name == no_name ? "a type" : "a type derived from " + std::string(names::local(type.name));
    f.fix = "add xsi:type";
  }

  void nil(Index node, const Element& declaration) {
    if (!declaration.nillable) {
      auto& f = report_.at_node("X209", node, name(node) + " may not be nil.");
      f.found = "xsi:nil=\"true\"";
      f.expected = describe(model_, declaration.type);
      f.fix = "write a value, or leave the element out where it may be left out";
    } else if (document_.first_child(node) != Document::none || !document_.text(node).empty()) {
      auto& f = report_.at_node("X209", node, name(node) + " is nil and has content all the same.");
      f.expected = "nothing in an element with xsi:nil=\"true\"";
      f.fix = "remove xsi:nil or the content";
    }
  }

  // Attributes.

  void attributes(Index node, const Type& type) {
    const auto& n = document_.node(node);
    if (n.attribute_count == 0 && type.attributes.empty()) return;
    const auto* given = document_.attributes(node);
    std::uint64_t seen = 0;
    bool strange = false;
    for (std::uint16_t i = 0; i < n.attribute_count; ++i) {
      const auto at = use_index(type, given[i].name);
      if (at == type.attributes.size()) {
        strange = !wildcard_attribute(node, type, given[i]) || strange;
        continue;
      }
      if (at < 64) seen |= std::uint64_t{1} << at;
      attribute_value(node, type.attributes[at], given[i]);
    }
    const auto missing = [&](std::size_t i) {
      return type.attributes[i].required && (i < 64 ? !(seen >> i & 1) : !document_.attribute(node, type.attributes[i].name));
    };
    if (strange) strange_attributes(node, type, seen);
    for (std::size_t i = 0; i < type.attributes.size(); ++i) {
      if (missing(i)) missing_attribute(node, type.attributes[i]);
    }
  }

  static std::size_t use_index(const Type& type, NameId name) {
    std::size_t i = 0;
    while (i < type.attributes.size() && type.attributes[i].name != name) ++i;
    return i;
  }

  /// True when the wildcard admits it; its value is then judged where its declaration is known.
  bool wildcard_attribute(Index node, const Type& type, const Document::Attribute& given) {
    if (given.source == 0 && given.text_length == 0) return true;
    const auto ns = document_.namespace_of(given.name);
    if (!type.attribute_wildcard || !type.attribute_wildcard->matches(ns)) return false;
    if (type.attribute_wildcard->process == Wildcard::Process::skip) return true;
    for (const auto& use : model_.global_attributes) {
      if (use.name == given.name) return attribute_value(node, use, given), true;
    }
    return type.attribute_wildcard->process == Wildcard::Process::lax;
  }

  void attribute_value(Index node, const AttributeUse& use, const Document::Attribute& given) {
    const auto& facets = model_.type(use.type).facets;
    const auto text = document_.text(given);
    const auto fault = check_value(model_, facets, text);
    if (fault == ValueFault::none && !(use.fixed_value && differs(facets, text, *use.fixed_value))) {
      if (facets.id || facets.idref || facets.variety == Variety::list) ids_.take(model_, facets, text, node, &given);
      return;
    }
    const auto words = fault == ValueFault::none ? fixed_words(what(node, use), *use.fixed_value, text)
                                                 : explain_value(model_, facets, fault, text, what(node, use));
    report_.at_attribute(words, node, given, text);
  }

  std::string what(Index node, const AttributeUse& use) const {
    return "Attribute " + std::string(names::local(use.name)) + " of " + name(node);
  }

  bool differs(const Facets& facets, std::string_view a, std::string_view b) const {
    return a != b && value_key(model_, facets, a) != value_key(model_, facets, b);
  }

  static ValueWords fixed_words(const std::string& what, const std::string& fixed, std::string_view text) {
    return {"X209", what + " is \"" + shortened(text, 60) + "\"; the schema allows no value but " + fixed + ".", fixed, "write " + fixed};
  }

  void strange_attributes(Index node, const Type& type, std::uint64_t& seen) {
    const auto& n = document_.node(node);
    const auto* given = document_.attributes(node);
    for (std::uint16_t i = 0; i < n.attribute_count; ++i) {
      if (use_index(type, given[i].name) != type.attributes.size() || (type.attribute_wildcard && wildcard_admits(type, given[i]))) continue;
      const auto local = document_.local_name(given[i].name);
      std::size_t best = 1000, meant = type.attributes.size();
      for (std::size_t u = 0; u < type.attributes.size(); ++u) {
        std::size_t distance = 0;
        if (u < 64 && (seen >> u & 1)) continue;
        if (is_misspelling(local, names::local(type.attributes[u].name), distance) && distance < best) best = distance, meant = u;
      }
      auto& f = report_.at_attribute_name("X131", node, given[i], "Attribute " + std::string(local) + " is not part of " + name(node) + ".");
      if (meant < type.attributes.size()) {
        const auto right = std::string(names::local(type.attributes[meant].name));
        if (meant < 64) seen |= std::uint64_t{1} << meant;
        f.expected = right;
        f.fix = right == local ? "write it " + (names::ns(type.attributes[meant].name).empty() ? std::string("without a prefix")
                                                                                            : "in namespace " + std::string(names::ns(type.attributes[meant].name)))
                               : "write " + right;
      } else {
        f.expected = attribute_names(type);
        f.fix = "remove it";
      }
    }
  }

  bool wildcard_admits(const Type& type, const Document::Attribute& given) const {
    const auto& wildcard = *type.attribute_wildcard;
    if (!wildcard.matches(document_.namespace_of(given.name))) return false;
    return wildcard.process != Wildcard::Process::strict ||
           std::any_of(model_.global_attributes.begin(), model_.global_attributes.end(), [&](const auto& use) { return use.name == given.name; });
  }

  static std::string attribute_names(const Type& type) {
    std::string out;
    for (const auto& use : type.attributes) out += (out.empty() ? "" : ", ") + std::string(names::local(use.name));
    return out.empty() ? "no attributes" : out;
  }

  void missing_attribute(Index node, const AttributeUse& use) {
    const auto local = std::string(names::local(use.name));
    auto& f = report_.at_node("X130", node, name(node) + " must have the attribute " + local + ".");
    f.path += "/@" + local;
    f.found.clear();
    f.expected = describe_facets(model_, model_.type(use.type).facets);
    f.fix = "add " + local + "=\"…\" to " + name(node);
  }

  // Values.

  void simple(Index node, const Element& declaration, const Type& type) {
    if (document_.first_child(node) != Document::none) return children_of_a_value(node, type);
    const auto text = document_.text(node);
    const auto* otherwise = declaration.default_value ? &*declaration.default_value : declaration.fixed_value ? &*declaration.fixed_value : nullptr;
    if (text.empty() && otherwise) return;
    const auto fault = check_value(model_, type.facets, text);
    if (fault == ValueFault::none && !(declaration.fixed_value && differs(type.facets, text, *declaration.fixed_value))) {
      if (type.facets.id || type.facets.idref || type.facets.variety == Variety::list) ids_.take(model_, type.facets, text, node, nullptr);
      return;
    }
    report_.at_text(fault == ValueFault::none ? fixed_words(name(node), *declaration.fixed_value, text)
                                              : explain_value(model_, type.facets, fault, text, name(node)), node, text);
  }

  void children_of_a_value(Index node, const Type& type) {
    for (auto child = document_.first_child(node); child != Document::none; child = document_.next(child)) {
      auto& f = report_.at_node("X120", child, name(child) + " stands in " + name(node) + ", which holds a value and no elements.");
      f.expected = describe_facets(model_, type.facets);
      f.fix = "remove the tags of " + name(child);
    }
  }

  // Children.

  void content(Index node, const Type& type) {
    const auto& n = document_.node(node);
    const bool stray = n.flags & Document::mixed_text || (!(n.flags & Document::has_children) && !is_blank(document_.text(node)));
    if (type.content != Content::mixed && stray) {
      stray_text(node, type);
      if (!(n.flags & Document::has_children)) return;   // what is missing may be what the text was meant to be
    }
    if (type.content == Content::empty) return children_of_nothing(node);
    if (!type.automaton.all_group && accepted(node, type.automaton)) return;
    explained(node, type);
  }

  void stray_text(Index node, const Type& type) {
    auto& f = report_.at_offset("X209", node, stray_text_offset(document_, node), "Text stands directly in " + name(node) + ", which holds " +
                                (type.content == Content::empty ? "nothing." : "elements only."));
    f.expected = type.content == Content::empty ? "nothing" : "elements only";
    f.fix = "put the text into the element it belongs to, or remove it";
  }

  void children_of_nothing(Index node) {
    for (auto child = document_.first_child(node); child != Document::none; child = document_.next(child)) {
      auto& f = report_.at_node("X120", child, name(child) + " stands in " + name(node) + ", which holds nothing.");
      f.expected = "nothing";
      f.fix = "remove " + name(child);
    }
  }

  /// The way of a valid document: judges children as it goes, and only starts when the model accepts them all.
  bool accepted(Index node, const Automaton& automaton) {
    const auto base = edges_.size();
    Cursor cursor;
    bool good = true;
    for (auto child = document_.first_child(node); good && child != Document::none; child = document_.next(child)) {
      const auto name = document_.node(child).name;
      const auto* edge = cursor.find(automaton, name, [&] { return document_.namespace_of(name); });
      good = edge != nullptr;
      if (!good) break;
      cursor.take(*edge);
      edges_.push_back(edge);
    }
    good = good && cursor.accepts(automaton);
    auto at = base;
    for (auto child = document_.first_child(node); good && child != Document::none; child = document_.next(child), ++at) {
      const auto* edge = edges_[at];
      if (edge->name != no_name) element(child, edge->element);
      else any(child, automaton.wildcards[edge->wildcard]);
    }
    edges_.resize(base);
    return good;
  }

  void any(Index node, const Wildcard& wildcard) {
    if (wildcard.process == Wildcard::Process::skip || report_.full()) return;
    if (const auto known = model_.root(document_.node(node).name); known != none) return element(node, known);
    if (wildcard.process == Wildcard::Process::strict) {
      auto& f = report_.at_node("X120", node, name(node) + " is an element that no schema of ours declares.");
      f.expected = "an element that the schema declares";
      f.fix = "remove it, or agree it with us";
      return;
    }
    // Below an element that nobody declares Xerces judges nothing, and we with it.
  }

  void explained(Index node, const Type& type) {
    std::vector<Index> children;
    for (auto child = document_.first_child(node); child != Document::none; child = document_.next(child)) children.push_back(child);
    const auto found = diagnose_content(model_, type, document_, children, report_.room());
    for (const auto& fault : found.faults) child_fault(node, type, children, fault);
    for (std::size_t i = 0; i < children.size() && !report_.full(); ++i) {
      const auto& assigned = found.children[i];
      const auto outer = strange_namespace_;
      if (assigned.wrong_namespace) strange_namespace_ = document_.node(children[i]).name;
      if (assigned.element != ContentDiagnosis::skip) element(children[i], assigned.element);
      else if (assigned.wildcard) any(children[i], *assigned.wildcard);
      strange_namespace_ = outer;
    }
  }

  void child_fault(Index node, const Type& type, const std::vector<Index>& children, const ContentFault& fault) {
    using Kind = ContentFault::Kind;
    switch (fault.kind) {
      case Kind::missing: return missing(node, children, fault);
      case Kind::misspelt: return misspelt(children[fault.child], fault.expected.front(), name(node));
      case Kind::wrong_namespace: return wrong_namespace(children[fault.child], fault.expected.front());
      case Kind::unknown: return unknown(node, children[fault.child], fault);
      case Kind::too_many: return too_many(node, type, children[fault.child]);
      case Kind::out_of_order: return out_of_order(node, children, fault);
    }
  }

  std::string one_of(const std::vector<ElementId>& ids, const char* last) const {
    std::string out;
    const auto shown = std::min<std::size_t>(ids.size(), 8);
    for (std::size_t i = 0; i < shown; ++i) {
      out += (i == 0 ? "" : i + 1 == ids.size() ? last : ", ") + name(ids[i], 0);
    }
    return ids.size() > shown ? out + " and " + std::to_string(ids.size() - shown) + " more" : out;
  }

  void missing(Index node, const std::vector<Index>& children, const ContentFault& fault) {
    const bool wildcard = fault.expected.empty() || fault.expected.front() == none;
    const auto names = wildcard ? std::string("An element of another schema") : one_of(fault.expected, " or ");
    const bool at_end = fault.child >= children.size();
    const bool again = !at_end && !wildcard && fault.child > 0 && document_.node(children[fault.child - 1]).name == model_.element(fault.expected.front()).name;
    const auto place = at_end ? (children.empty() ? " in " + name(node) : " at the end of " + name(node)) : " before " + name(children[fault.child]);
    const auto offset = at_end ? end_tag_offset(document_, node) : document_.node(children[fault.child]).source;
    auto& f = report_.at_offset("X110", node, offset, (again ? "Another " : "") + names + " is missing" + place + ".");
    if (fault.expected.size() == 1 && !wildcard) f.path += "/" + names;
    f.found = at_end ? std::string() : name(children[fault.child]);
    f.length = static_cast<std::uint32_t>(f.found.empty() ? 1 : f.found.size() + 1);
    f.expected = wildcard ? "an element of another schema" : fault.expected.size() == 1 ? names + ": " + describe(model_, model_.element(fault.expected.front()).type) : "one of " + names;
    f.fix = "add " + (wildcard ? f.expected : names) + place;
  }

  void misspelt(Index child, ElementId meant, const std::string& parent) {
    auto& f = report_.at_node("X121", child, name(child) + " is not part of " + parent + "; " + name(meant, 0) + " is probably meant.");
    f.expected = name(meant, 0);
    f.fix = "write " + name(meant, 0);
  }

  void wrong_namespace(Index child, ElementId meant) {
    const auto found = document_.namespace_of(document_.node(child).name);
    const auto right = names::ns(model_.element(meant).name);
    // An element in the wrong default namespace takes its children along: that is one mistake.
    if (strange_namespace_ != no_name && document_.namespace_of(strange_namespace_) == found) return;
    const auto words = [](std::string_view ns) { return ns.empty() ? std::string("no namespace") : "namespace " + std::string(ns); };
    auto& f = report_.at_node("X122", child, name(child) + " is in " + words(found) + "; it belongs in " + words(right) + ".");
    f.expected = name(meant, 0) + " in " + words(right);
    f.fix = right.empty() ? "remove its prefix and default namespace" : "declare xmlns=\"" + std::string(right) + "\" for it, or use the prefix that stands for it";
  }

  void unknown(Index node, Index child, const ContentFault& fault) {
    auto& f = report_.at_node("X120", child, name(child) + " is not part of " + name(node) + ".");
    f.expected = fault.expected.empty() ? "no further element" : one_of(fault.expected, " or ");
    f.fix = fault.expected.size() == 1 ? "write " + name(fault.expected.front(), 0) + " here, or remove it" : "remove it, or agree it with us";
  }

  void too_many(Index node, const Type& type, Index child) {
    std::uint32_t max = 1;
    for (const auto& use : type.children) {
      if (model_.element(use.element).name == document_.node(child).name) max = use.max;
    }
    const auto times = max == 1 ? std::string("once") : max == unbounded ? std::string("so often") : std::to_string(max) + " times";
    auto& f = report_.at_node("X112", child, name(child) + " may stand in " + name(node) + " " + times + (max == unbounded ? " in a row no longer." : " at most."));
    f.expected = max == unbounded ? "fewer in a row" : "at most " + std::to_string(max);
    f.fix = "remove it";
  }

  void out_of_order(Index node, const std::vector<Index>& children, const ContentFault& fault) {
    const auto child = children[fault.child];
    const bool known = fault.before != none && fault.before < children.size();
    const auto place = known ? "before " + name(children[fault.before]) : fault.child > 0 ? "elsewhere" : "further on";
    auto& f = report_.at_node("X111", child, name(child) + " stands in the wrong place in " + name(node) + (known ? ": it belongs " + place + "." : "."));
    f.expected = known ? name(child) + " " + place : "the order of the schema";
    f.fix = known ? "move it " + place : "move it to its place in the order that the schema gives";
  }

  // Keys and references.

  void identity(Index node, const Element& declaration, bool broken) {
    if (types_.empty() || report_.full()) return;
    check_identity(document_, model_, types_, node, declaration, broken, report_);
  }

  const Document& document_;
  const Model& model_;
  const Schema& schema_;
  const Index root_;
  Report report_;
  IdTable ids_{document_};
  std::vector<TypeId> types_;                  // by node; only where there are identity constraints
  std::vector<const Automaton::Edge*> edges_;  // a stack: edges of the open elements' children
  NameId strange_namespace_ = no_name;         // an ancestor in the wrong namespace
};

}  // namespace

Findings diagnose(const Document& document, const Schema& schema, std::size_t limit, Document::Index root) {
  return Walk(document, schema, limit, root).run();
}

Findings diagnose_value(const Model& model, TypeId type, std::string_view text) {
  const auto& facets = model.type(type).facets;
  const auto fault = check_value(model, facets, text);
  if (fault == ValueFault::none) return {};
  auto words = explain_value(model, facets, fault, text, "The value");
  Finding f;
  f.code = std::move(words.code);
  f.found = shortened(text, 200);
  f.expected = std::move(words.expected);
  f.message = std::move(words.message);
  f.fix = std::move(words.fix);
  return {std::move(f)};
}

}  // namespace wayleave::schema
