#include "desk/correspondence.hpp"

#include <algorithm>

#include "schema/pattern.hpp"

namespace wayleave::desk {
namespace {

using mapping::Kind;

constexpr std::size_t hint_depth = 7;
constexpr std::size_t hint_limit = 20'000;

std::string below(const std::string& path, std::string_view step) { return path.empty() ? std::string(step) : path + "/" + std::string(step); }

bool same_patterns(const schema::Facets& a, const schema::Facets& b) {
  return std::all_of(b.patterns.begin(), b.patterns.end(), [&](const auto& wanted) {
    return std::any_of(a.patterns.begin(), a.patterns.end(), [&](const auto& has) { return has->text == wanted->text; });
  });
}

}  // namespace

Correspondence::Correspondence(const schema::Schema& source, const schema::Schema& target)
    : source_(source.model()), target_(target.model()), root_(source_.element(source.root()).type) {
  std::vector<schema::TypeId> around;
  collect(root_, "", around);
}

Counterpart Correspondence::root() const { return {root_, "", false, false, 1}; }

Counterpart Correspondence::child(const Counterpart& of, std::string_view local) const {
  if (!of.exists() || of.many) return {};
  const auto found = source_.children(of.type, local);
  if (found.empty()) return {};
  Counterpart made{source_.element(found[0]->element).type, below(of.path, local), of.optional, false, 0};
  bool certain = false;
  for (const auto* use : found) {
    if (source_.element(use->element).name != source_.element(found[0]->element).name) return {};
    certain = certain || (use->min > 0 && !source_.element(use->element).nillable);
    made.max = use->max == schema::unbounded || made.max == schema::unbounded ? schema::unbounded : made.max + use->max;
  }
  made.many = made.max > 1;
  made.optional = made.optional || !certain;
  return made;
}

Counterpart Correspondence::attribute(const Counterpart& of, std::string_view local) const {
  if (!of.exists() || of.many) return {};
  const schema::AttributeUse* found = nullptr;
  for (const auto& use : source_.type(of.type).attributes) {
    if (names::local(use.name) != local) continue;
    if (found) return {};
    found = &use;
  }
  if (!found) return {};
  return {found->type, below(of.path, "@" + std::string(local)), of.optional || !found->required, false, 1};
}

Correspondence::Agreement Correspondence::agreement(const Counterpart& from, schema::TypeId to, bool mandatory) {
  if (!from.exists() || from.many) return Agreement::no;
  if (target_.type(to).complex && target_.type(to).content != schema::Content::simple) return Agreement::no;   // DTM: a date to read, not to write
  const auto given = mapping::type_of(places_, source_, from.type);
  const auto wanted = mapping::type_of(places_, target_, to);
  const bool widened = given.kind == Kind::integer && wanted.kind == Kind::decimal;
  if ((given.kind != wanted.kind && !widened) || wanted.kind == Kind::structure || wanted.kind == Kind::unknown) return Agreement::no;
  if (given.max_length > wanted.max_length || given.scale > wanted.scale) return Agreement::no;
  if (wanted.values) {
    if (!given.values) return Agreement::no;
    for (const auto& value : *given.values) {
      if (std::find(wanted.values->begin(), wanted.values->end(), value) == wanted.values->end()) return Agreement::no;
    }
  }
  const bool takes_empty = wanted.kind == Kind::string && wanted.min_length == 0 && !wanted.values;
  const bool may_be_empty = given.kind == Kind::string && given.min_length == 0;
  if (mandatory && !takes_empty && (from.optional || may_be_empty)) return Agreement::may_lack;
  return Agreement::copy;
}

bool Correspondence::narrower(const Counterpart& from, schema::TypeId to) const {
  const auto& given = source_.type(from.type).facets;
  const auto& wanted = target_.type(to).facets;
  const auto bounds = [](const schema::Facets& facets) {
    return std::tie(facets.min_inclusive, facets.max_inclusive, facets.min_exclusive, facets.max_exclusive);
  };
  const bool bounded = wanted.min_inclusive || wanted.max_inclusive || wanted.min_exclusive || wanted.max_exclusive;
  if (bounded && bounds(wanted) != bounds(given)) return true;
  if (wanted.total_digits && (!given.total_digits || *given.total_digits > *wanted.total_digits)) return true;
  const auto least = [](const schema::Facets& facets) { return facets.length.value_or(facets.min_length.value_or(0)); };
  return least(wanted) > std::max(least(given), 1u) || (given.enumeration.empty() && !same_patterns(given, wanted));
}

std::vector<std::string> Correspondence::elsewhere(std::string_view local, std::size_t most) const {
  std::vector<std::string> paths;
  for (auto [at, end] = by_name_.equal_range(local); at != end; ++at) paths.push_back(at->second);
  std::stable_sort(paths.begin(), paths.end(), [](const auto& a, const auto& b) {
    return std::count(a.begin(), a.end(), '/') < std::count(b.begin(), b.end(), '/');
  });
  if (paths.size() > most) paths.resize(most);
  return paths;
}

// Depth first, each type once on a way; what lies deeper than anybody looks is left out.
void Correspondence::collect(schema::TypeId id, const std::string& path, std::vector<schema::TypeId>& around) {
  if (around.size() > hint_depth || std::find(around.begin(), around.end(), id) != around.end()) return;
  const auto& type = source_.type(id);
  around.push_back(id);
  for (const auto& use : type.attributes) {
    if (by_name_.size() < hint_limit) by_name_.emplace(names::local(use.name), below(path, "@" + std::string(names::local(use.name))));
  }
  for (const auto& use : type.children) {
    const auto& element = source_.element(use.element);
    if (by_name_.size() >= hint_limit) break;
    const auto here = below(path, names::local(element.name));
    by_name_.emplace(names::local(element.name), here);
    collect(element.type, here, around);
  }
  around.pop_back();
}

}  // namespace wayleave::desk
