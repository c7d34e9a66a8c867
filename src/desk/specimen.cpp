#include "desk/specimen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <map>

#include "desk/specimen_content.hpp"
#include "desk/specimen_keys.hpp"
#include "desk/specimen_values.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"

namespace wayleave::desk {

using schema::ElementId;

struct Specimens::Plan {
  schema::SchemaPtr schema;
  ContentWalks walks;
  KeyFields keys;
  explicit Plan(schema::SchemaPtr given) : schema(std::move(given)), walks(schema->model(), schema->root()), keys(schema->model()) {}
};

namespace {

constexpr unsigned deepest = 24;           // elements below which nothing optional is made
constexpr std::size_t readable = 3'000;    // elements of a maximal document
constexpr std::size_t at_random = 600;     // the same of a random one, roughly
constexpr unsigned retries = 6;

struct Node {
  NameId name = no_name;
  std::vector<std::pair<NameId, std::string>> attributes;
  std::string text;
  std::list<Node> children;                // addresses stay good
};

/// A `when` of an edi:variant as far as this can make it true: one name, an attribute or a child, and its value.
struct Qualifier {
  std::string name, value;                 ///< `@kind`, `department`
};

std::optional<Qualifier> qualifier(const std::string& when) {
  const auto equals = when.find('=');
  const auto quote = when.find('\'', equals == std::string::npos ? 0 : equals), end = when.rfind('\'');
  if (equals == std::string::npos || quote == std::string::npos || end <= quote) return std::nullopt;
  auto name = when.substr(0, when.find_last_not_of(" \t", equals - 1) + 1);
  return Qualifier{std::move(name), when.substr(quote + 1, end - quote - 1)};
}

class Maker {
 public:
  Maker(const schema::Model& model, const ContentWalks& walks, const KeyFields& keys, Specimens::Kind kind, std::uint64_t seed, unsigned depth)
      : model_(model), walks_(walks), keys_(keys), kind_(kind), seed_(seed), chance_(seed), values_(model, chance_, kind == Specimens::Kind::random && chance_.percent(50)),
        depth_(depth), budget_(kind == Specimens::Kind::maximal ? readable : at_random) {}

  /// False: something mandatory could not be made, or there is too much of it.
  bool make(ElementId root, Node& into) {
    into.name = model_.element(root).name;
    fill(root, into, nullptr);
    for (auto& [text, key] : references_) {
      const auto& given = given_[key];
      if (given.empty()) return false;
      *text = given[chance_.below(given.size())];
    }
    return !failed_ && made_ <= budget_ * 10;
  }
  std::size_t made() const { return made_; }

 private:
  bool random() const { return kind_ == Specimens::Kind::random; }

  void fill(ElementId element, Node& node, const Qualifier* as) {
    ++made_;
    const auto& declared = model_.element(element);
    const auto& type = model_.type(declared.type);
    for (const auto& attribute : type.attributes) this->attribute(element, attribute, node, as);
    open_.push_back(declared.type);
    if (type.content == schema::Content::simple) {
      if (as && as->name == ".") node.text = as->value;
      else node.text = value(declared.type, declared.name, declared.fixed_value, element, no_name, node.text).value_or(node.text);
    } else if (!type.automaton.states.empty()) {
      children(type, node, as);
    }
    open_.pop_back();
  }

  void attribute(ElementId element, const schema::AttributeUse& attribute, Node& node, const Qualifier* as) {
    if (as && as->name == "@" + std::string(names::local(attribute.name))) {
      node.attributes.emplace_back(attribute.name, as->value);
      return;
    }
    if (!attribute.required && (kind_ == Specimens::Kind::minimal || (random() && !chance_.percent(50)))) return;
    auto made = value(attribute.type, attribute.name, attribute.fixed_value, element, attribute.name);
    if (made) node.attributes.emplace_back(attribute.name, std::move(*made));
    else failed_ = failed_ || attribute.required;
  }

  std::optional<std::string> value(schema::TypeId type, NameId name, const std::optional<std::string>& fixed, ElementId element, NameId attribute) {
    if (fixed) return fixed;
    const auto& facets = model_.type(type).facets;
    const bool alone = keys_.unique(element, attribute) || facets.id;
    auto made = alone ? values_.make_unique(type, names::local(name), facets.id ? nullptr : &facets) : values_.make(type, names::local(name));
    if (!made) return made;
    for (const auto key : keys_.keys(element, attribute)) given_[key].push_back(*made);
    if (facets.id) given_[ids].push_back(*made);
    return made;
  }

  // Of an element: a reference is filled in when all keys are known.
  std::optional<std::string> value(schema::TypeId type, NameId name, const std::optional<std::string>& fixed, ElementId element, NameId attribute, std::string& into) {
    auto refers = keys_.refers_to(element, attribute);
    if (refers == schema::none && model_.type(type).facets.idref) refers = ids;
    if (refers != schema::none) {
      references_.emplace_back(&into, refers);
      return std::nullopt;
    }
    auto made = value(type, name, fixed, element, attribute);
    failed_ = failed_ || !made;
    return made;
  }

  void children(const schema::Type& type, Node& node, const Qualifier* as) {
    const auto rotation = static_cast<std::uint32_t>(random() ? chance_.below(4) : seed_ + made_);
    const auto way = walks_.walk(type, [&](ElementId element, std::uint32_t had) { return takes(type, element, had); }, rotation);
    std::map<ElementId, std::uint32_t> number;
    for (const auto* edge : way) {
      auto& child = node.children.emplace_back();
      if (edge->name == no_name) {
        wildcard(type.automaton.wildcards[edge->wildcard], child);
        continue;
      }
      child.name = edge->name;
      const auto nth = number[edge->element]++;
      const auto own = variant(edge->element, nth);
      if (as && as->name == names::local(edge->name)) {
        const Qualifier here{".", as->value};
        fill(edge->element, child, &here);
      } else {
        fill(edge->element, child, own ? &*own : nullptr);
      }
    }
  }

  bool takes(const schema::Type& type, ElementId element, std::uint32_t had) {
    if (element == schema::none) return random() && had < 2 && chance_.percent(30);
    const auto& declared = model_.element(element);
    std::uint32_t wanted = 0, most = 1;
    for (const auto& variant : declared.variants) wanted += variant.min;
    if (had < wanted) return true;
    if (kind_ == Specimens::Kind::minimal || made_ > budget_ || open_.size() > depth_) return false;
    for (const auto& use : type.children) {
      if (use.element == element) most = use.max;
    }
    if (!declared.variants.empty()) most = std::min(most, places(declared));
    const bool inside_itself = std::find(open_.begin(), open_.end(), declared.type) != open_.end() && model_.type(declared.type).content != schema::Content::simple;
    if (kind_ == Specimens::Kind::maximal) return !inside_itself && had < std::min(most, 2 + static_cast<std::uint32_t>((element + seed_) % 2));
    if (had >= std::min(most, 4u)) return false;
    return chance_.percent(inside_itself ? 10 : had > 0 ? 40 : open_.size() < 4 ? 55 : open_.size() < 7 ? 35 : 15);
  }

  // How many the variants have room for.
  static std::uint32_t places(const schema::Element& declared) {
    std::uint64_t sum = 0;
    for (const auto& variant : declared.variants) sum += variant.max;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, schema::unbounded));
  }

  // Which variant the nth of an element is: mandatory ones first, then each in turn as often as it may be.
  std::optional<Qualifier> variant(ElementId element, std::uint32_t nth) {
    const auto& variants = model_.element(element).variants;
    if (variants.empty()) return std::nullopt;
    std::uint32_t mandatory = 0;
    for (const auto& variant : variants) {
      if (nth < mandatory + variant.min) return qualifier(variant.when);
      mandatory += variant.min;
    }
    std::vector<const schema::Variant*> left;
    for (std::uint32_t round = 0; round < 4; ++round) {
      for (const auto& variant : variants) {
        if (round >= variant.min && round < variant.max) left.push_back(&variant);
      }
    }
    if (left.empty()) return std::nullopt;
    return qualifier(left[(nth - mandatory + seed_) % left.size()]->when);
  }

  void wildcard(const schema::Wildcard& wildcard, Node& node) {
    using Admits = schema::Wildcard::Admits;
    if (wildcard.process == schema::Wildcard::Process::strict) {
      for (const auto root : model_.roots) {
        if (!wildcard.matches(names::ns(model_.element(root).name)) || walks_.weight(root) >= ContentWalks::impossible) continue;
        node.name = model_.element(root).name;
        fill(root, node, nullptr);
        return;
      }
      failed_ = true;
      return;
    }
    const bool listed = wildcard.admits == Admits::listed && !wildcard.namespaces.empty();
    node.name = names::intern(listed ? wildcard.namespaces[0] : "urn:wayleave:specimen:1", "Anything");
    node.text = fmt::format("anything {}", made_);
  }

  static constexpr std::uint32_t ids = schema::none - 1;   // among the keys: the xs:ID values
  const schema::Model& model_;
  const ContentWalks& walks_;
  const KeyFields& keys_;
  Specimens::Kind kind_;
  std::uint64_t seed_;
  Chance chance_;
  SpecimenValues values_;
  unsigned depth_;
  std::size_t budget_, made_ = 0;
  bool failed_ = false;
  std::vector<schema::TypeId> open_;
  std::map<std::uint32_t, std::vector<std::string>> given_;
  std::vector<std::pair<std::string*, std::uint32_t>> references_;
};

class Serialiser {
 public:
  std::string write(const Node& root) {
    collect(root);
    node(root, true);
    return std::move(out_);
  }

 private:
  void collect(const Node& node) {
    note(names::ns(node.name));
    for (const auto& [name, value] : node.attributes) note(names::ns(name));
    for (const auto& child : node.children) collect(child);
  }

  void note(std::string_view ns) {
    if (!ns.empty() && ns != "http://www.w3.org/XML/1998/namespace") prefixes_.emplace(ns, fmt::format("n{}", prefixes_.size() + 1));
  }

  std::string tag(NameId name) const {
    const auto ns = names::ns(name);
    const std::string local(names::local(name));
    if (ns.empty()) return local;
    const auto prefix = prefixes_.find(std::string(ns));
    return (prefix == prefixes_.end() ? "xml" : prefix->second) + ":" + local;
  }

  void node(const Node& node, bool top = false) {
    writer_.start(tag(node.name));
    if (top) {
      for (const auto& [ns, prefix] : prefixes_) writer_.attribute("xmlns:" + prefix, ns);
    }
    for (const auto& [name, value] : node.attributes) writer_.attribute(tag(name), value);
    if (!node.text.empty()) writer_.text(node.text);
    for (const auto& child : node.children) this->node(child);
    writer_.end();
  }

  std::map<std::string, std::string> prefixes_;
  std::string out_;
  xml::Writer writer_{out_};
};

}  // namespace

Specimens::Specimens(schema::SchemaPtr schema) : plan_(std::make_unique<const Plan>(std::move(schema))) {}
Specimens::~Specimens() = default;

std::optional<std::string> Specimens::make(Kind kind, std::uint64_t seed) const {
  const auto& plan = *plan_;
  const auto& model = plan.schema->model();
  for (unsigned retry = 0; retry < retries; ++retry) {
    const auto own = seed + retry * 1'000'003;
    Node root;
    // A maximal document goes as deep as it can without becoming a book.
    for (unsigned depth = kind == Kind::maximal ? 2 : deepest; depth <= deepest; ++depth) {
      Node attempt;
      Maker maker(model, plan.walks, plan.keys, kind, own, depth);
      if (!maker.make(plan.schema->root(), attempt)) break;
      if (kind == Kind::maximal && depth > 2 && maker.made() > readable) break;
      root = std::move(attempt);
    }
    if (root.name == no_name) continue;
    auto text = Serialiser().write(root);
    if (xml::read(text, *plan.schema).valid()) return text;
  }
  return std::nullopt;
}

std::optional<std::string> Specimens::make(std::uint64_t number, std::uint64_t seed) const {
  return make(number == 0 ? Kind::minimal : number < 3 ? Kind::maximal : Kind::random, seed + number);
}

}  // namespace wayleave::desk
