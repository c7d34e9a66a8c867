#include "schema/identity.hpp"

#include <algorithm>
#include <optional>

#include "schema/markup.hpp"
#include "schema/value.hpp"

namespace wayleave::schema {

namespace {

using Index = Document::Index;

/// Where a field's value stands.
struct Field {
  Index node = Document::none;
  const Document::Attribute* attribute = nullptr;
  bool several = false;
};

struct Tuple {
  Index selected;
  std::vector<Field> fields;     // node none: absent
  std::string key;               // empty: incomplete
};

class Identity {
 public:
  Identity(const Document& document, const Model& model, const std::vector<TypeId>& types, bool broken, Report& report)
      : document_(document), model_(model), types_(types), broken_(broken), report_(report) {}

  void check(Index node, const Element& declaration) {
    for (const auto index : declaration.constraints) {
      const auto& constraint = model_.constraints[index];
      if (constraint.kind == Constraint::Kind::keyref) references(node, constraint);
      else unique(node, constraint);
    }
  }

 private:
  std::string name(Index node) const { return std::string(document_.local_name(document_.node(node).name)); }

  void unique(Index node, const Constraint& constraint) {
    std::unordered_map<std::string, const Tuple*> seen;
    const auto all = tuples(node, constraint);
    for (const auto& tuple : all) {
      if (report_.full()) return;
      if (tuple.key.empty()) {
        if (constraint.kind == Constraint::Kind::key && !broken_) incomplete(node, constraint, tuple);
        continue;
      }
      const auto [first, fresh] = seen.try_emplace(tuple.key, &tuple);
      if (!fresh) repeated(node, constraint, tuple, *first->second);
    }
  }

  void incomplete(Index node, const Constraint& constraint, const Tuple& tuple) {
    std::string missing;
    for (std::size_t f = 0; f < tuple.fields.size(); ++f) {
      if (tuple.fields[f].node == Document::none) missing += (missing.empty() ? "" : " and ") + field_name(constraint, f);
    }
    auto& f = report_.at_node("X320", tuple.selected, name(tuple.selected) + " has no " + (missing.empty() ? "single key value" : missing) +
                              ", by which it is known in " + name(node) + " (key " + constraint.name + ").");
    f.expected = missing.empty() ? "one value for each part of the key" : missing;
    f.fix = "add " + (missing.empty() ? std::string("it") : missing);
  }

  static std::string field_name(const Constraint& constraint, std::size_t field) {
    const auto& path = constraint.fields[field].front();
    if (path.steps.empty()) return "value";
    const auto& last = path.steps.back();
    return (last.attribute ? "attribute " : "") + std::string(last.name == no_name ? "value" : names::local(last.name));
  }

  std::string value_of(const Tuple& tuple) const {
    std::string out;
    for (const auto& field : tuple.fields) out += (out.empty() ? "" : ", ") + std::string(text(field));
    return shortened(out, 60);
  }

  /// How sentences call the key of a tuple: `Number of Line`.
  std::string key_words(const Constraint& constraint, const Tuple& tuple) const {
    std::string out;
    for (std::size_t f = 0; f < tuple.fields.size(); ++f) out += (out.empty() ? "" : " and ") + field_name(constraint, f);
    return out + " of " + name(tuple.selected);
  }

  std::uint32_t offset(const Tuple& tuple) const {
    const auto& field = tuple.fields.front();
    if (field.attribute) return attribute_value_offset(document_, *field.attribute);
    const auto& n = document_.node(field.node);
    return n.source_text ? n.source_text : n.source;
  }

  Finding& at(const Tuple& tuple, std::string message) {
    const auto& field = tuple.fields.front();
    ValueWords words{"X320", std::move(message), {}, {}};
    return field.attribute ? report_.at_attribute(std::move(words), field.node, *field.attribute, text(field))
                           : report_.at_text(std::move(words), field.node, text(field));
  }

  void repeated(Index node, const Constraint& constraint, const Tuple& tuple, const Tuple& first) {
    auto& f = at(tuple, key_words(constraint, tuple) + " is \"" + value_of(tuple) + "\" a second time in " + name(node) + "; the first is on line " +
                          std::to_string(report_.line_of(offset(first))) + " (" + constraint.name + ").");
    f.expected = "a value that stands only once in " + name(node);
    f.fix = "write another value, or remove the repetition";
  }

  void references(Index node, const Constraint& constraint) {
    if (constraint.refer_to == none) return;
    const auto& key = model_.constraints[constraint.refer_to];
    std::unordered_map<std::string, bool> known;
    bool complete = true;
    for (const auto scope : scopes(node, key)) {
      for (const auto& tuple : tuples(scope, key)) {
        if (tuple.key.empty() || !sound(tuple)) complete = false;
        else known[tuple.key] = true;
      }
    }
    if (broken_ && !complete) return;   // what it refers to may be there, misspelt
    for (const auto& tuple : tuples(node, constraint)) {
      if (report_.full()) return;
      if (tuple.key.empty() || known.contains(tuple.key)) continue;
      auto& f = at(tuple, key_words(constraint, tuple) + " is \"" + value_of(tuple) + "\", and nothing in " + name(node) + " has that " +
                            field_name(key, 0) + " (" + constraint.name + ").");
      f.expected = "the " + field_name(key, 0) + " of one that is there";
      f.fix = "correct the reference, or add what it refers to";
    }
  }

  /// A value that is reported already is not one that references can be held against.
  bool sound(const Tuple& tuple) const {
    return std::all_of(tuple.fields.begin(), tuple.fields.end(), [&](const Field& f) {
      const auto* facets = facets_of(f);
      return !facets || check_value(model_, *facets, text(f)) == ValueFault::none;
    });
  }

  /// The elements at or below `node` on which the key is declared.
  std::vector<Index> scopes(Index node, const Constraint& key) const {
    std::vector<Index> out;
    const auto wanted = model_.element(key.on).name;
    const auto end = end_of(node);
    for (Index i = node; i < end; ++i) {
      if (document_.node(i).name == wanted) out.push_back(i);
    }
    return out;
  }

  /// Behind the node's last descendant: nodes lie in document order.
  Index end_of(Index node) const {
    for (Index at = node; at != Document::none; at = document_.parent(at)) {
      if (document_.next(at) != Document::none) return document_.next(at);
    }
    return document_.size();
  }

  std::vector<Tuple> tuples(Index node, const Constraint& constraint) const {
    std::vector<Index> selected;
    for (const auto& path : constraint.selector) select(node, path, selected);
    std::sort(selected.begin(), selected.end());
    selected.erase(std::unique(selected.begin(), selected.end()), selected.end());
    std::vector<Tuple> out;
    out.reserve(selected.size());
    for (const auto at : selected) out.push_back(tuple(at, constraint));
    return out;
  }

  void select(Index node, const Constraint::Path& path, std::vector<Index>& out) const {
    if (!path.descendants) return follow(node, path.steps, 0, out);
    const auto end = end_of(node);
    for (Index i = node; i < end; ++i) follow(i, path.steps, 0, out);
  }

  void follow(Index node, const std::vector<Constraint::Step>& steps, std::size_t at, std::vector<Index>& out) const {
    if (at == steps.size() || steps[at].attribute) return out.push_back(node);
    for (auto child = document_.first_child(node); child != Document::none; child = document_.next(child)) {
      if (steps[at].name == no_name || document_.node(child).name == steps[at].name) follow(child, steps, at + 1, out);
    }
  }

  Tuple tuple(Index selected, const Constraint& constraint) const {
    Tuple out{selected, {}, {}};
    bool complete = true;
    for (const auto& paths : constraint.fields) {
      out.fields.push_back(field(selected, paths));
      const auto& f = out.fields.back();
      if (f.node == Document::none || f.several || (!f.attribute && document_.node(f.node).flags & Document::is_nil)) complete = false;
      else out.key += key_of(f) + '\n';
    }
    if (!complete) out.key.clear();
    return out;
  }

  Field field(Index selected, const std::vector<Constraint::Path>& paths) const {
    Field out;
    for (const auto& path : paths) {
      std::vector<Index> found;
      select(selected, path, found);
      const bool attribute = !path.steps.empty() && path.steps.back().attribute;
      for (const auto node : found) {
        const auto* value = attribute ? document_.attribute(node, path.steps.back().name) : nullptr;
        if (attribute && !value) continue;
        if (out.node != Document::none) out.several = true;
        out.node = node;
        out.attribute = value;
      }
    }
    return out;
  }

  std::string_view text(const Field& field) const {
    if (field.node == Document::none) return {};
    return field.attribute ? document_.text(*field.attribute) : document_.text(field.node);
  }

  const Facets* facets_of(const Field& field) const {
    const auto type = types_[field.node];
    if (type == none) return nullptr;
    if (!field.attribute) return &model_.type(type).facets;
    for (const auto& use : model_.type(type).attributes) {
      if (use.name == field.attribute->name) return &model_.type(use.type).facets;
    }
    return nullptr;
  }

  std::string key_of(const Field& field) const {
    const auto* facets = facets_of(field);
    return facets ? value_key(model_, *facets, text(field)) : "s" + std::string(text(field));
  }

  const Document& document_;
  const Model& model_;
  const std::vector<TypeId>& types_;
  bool broken_;
  Report& report_;
};

}  // namespace

void IdTable::take(const Model& model, const Facets& facets, std::string_view text, Index node, const Document::Attribute* attribute) {
  if (facets.variety == Variety::list) {
    if (facets.item == none || !model.type(facets.item).facets.idref) return;
    while (true) {
      const auto start = text.find_first_not_of(" \t\r\n");
      if (start == text.npos) return;
      const auto end = std::min(text.find_first_of(" \t\r\n", start), text.size());
      references_.push_back({std::string(text.substr(start, end - start)), node, attribute});
      text.remove_prefix(end);
    }
  }
  std::string buffer;
  Place place{std::string(normalised(facets, text, buffer)), node, attribute};
  if (facets.idref) return references_.push_back(std::move(place));
  const auto [first, fresh] = ids_.try_emplace(place.value, place);
  if (!fresh) repeated_.push_back(std::move(place));
}

void IdTable::finish(Report& report) {
  const auto at = [&](const Place& place, std::string message) -> Finding& {
    ValueWords words{"X320", std::move(message), {}, {}};
    return place.attribute ? report.at_attribute(std::move(words), place.node, *place.attribute, place.value)
                           : report.at_text(std::move(words), place.node, place.value);
  };
  for (const auto& place : repeated_) {
    if (report.full()) return;
    const auto& first = ids_.at(place.value);
    auto& f = at(place, "The id \"" + shortened(place.value, 60) + "\" stands in the document twice; the first is on line " +
                          std::to_string(report.line_of(document_.node(first.node).source)) + ".");
    f.expected = "an id that stands only once in the document";
    f.fix = "write another id";
  }
  for (const auto& place : references_) {
    if (report.full()) return;
    if (ids_.contains(place.value)) continue;
    auto& f = at(place, "Nothing in the document has the id \"" + shortened(place.value, 60) + "\".");
    f.expected = "the id of something in the document";
    f.fix = "correct the reference, or add what it refers to";
  }
}

void check_identity(const Document& document, const Model& model, const std::vector<TypeId>& types, Index node,
                    const Element& declaration, bool broken, Report& report) {
  Identity(document, model, types, broken, report).check(node, declaration);
}

}  // namespace wayleave::schema
