#include "formats/edi/guide_segments.hpp"

#include <algorithm>
#include <bit>
#include <optional>

#include "base/nearest.hpp"
#include "formats/edi/guide_notation.hpp"
#include "schema/pattern.hpp"

namespace wayleave::edi {
namespace {

constexpr std::string_view edi_namespace = "urn:wayleave:edi:1";
constexpr std::string_view xsd_namespace = "http://www.w3.org/2001/XMLSchema";
constexpr unsigned most_positions = 99;

struct Reading {
  Form form;
  std::uint8_t decimals;
};

/// What the types of edi-types.xsd, and the two of XML Schema that stand for AN and ID, mean.
std::optional<Reading> reading_of(std::string_view ns, std::string_view name) {
  if (ns == edi_namespace) {
    if (name.size() == 2 && name[0] == 'N' && name[1] >= '0' && name[1] <= '9') return Reading{Form::integer,
                                                                                               static_cast<std::uint8_t>(name[1] - '0')};
    static const std::map<std::string_view, Form> known{{"AN", Form::text}, {"ID", Form::code}, {"DT8", Form::date8}, {"DT6", Form::date6},
                                                        {"TM", Form::time}, {"R", Form::decimal}, {"B", Form::binary}};
    const auto at = known.find(name);
    return at == known.end() ? std::nullopt : std::optional(Reading{at->second, 0});
  }
  if (ns != xsd_namespace) return std::nullopt;
  if (name == "token") return Reading{Form::code, 0};
  if (name == "string" || name == "normalizedString") return Reading{Form::text, 0};
  return std::nullopt;
}

}  // namespace

bool SegmentCompiler::is_segment_name(const schema::Model& model, schema::ElementId id) {
  return notation::split_suffix(names::local(model.element(id).name)).first.size() <= 3;
}

bool SegmentCompiler::sequence(schema::TypeId type, const std::string& name) {
  const auto [at, fresh] = sequences_.try_emplace(type, false);
  if (fresh) at->second = lint_content(model_, type, name, findings_);
  return at->second;
}

std::pair<unsigned, unsigned> SegmentCompiler::SegmentCompiler::find_element(std::uint32_t segment, const std::vector<std::string>& path,
                                                                             std::string& problem) const {
  const auto& in = guide_.segments[segment];
  const auto element = find_part(in.first_element, in.element_count, path[0], in.id, problem);
  if (!element) return {};
  const auto& found = guide_.elements[in.first_element + element - 1];
  if (found.value != none && path.size() == 1) return {element, 0};
  if (found.value != none || path.size() == 1) {
    problem = path[0] + (path.size() == 1 ? " is a composite; name the component, too" : " has no components");
    return {};
  }
  const auto component = find_part(found.first_component, found.component_count, path[1], path[0], problem);
  return component ? std::pair(element, component) : std::pair(0u, 0u);
}

unsigned SegmentCompiler::find_part(std::uint32_t first, std::uint32_t count, const std::string& name, const std::string& in,
                                    std::string& problem) const {
  std::vector<std::string> all;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto& element = guide_.elements[first + i];
    if (element.use == Element::Use::unlisted) continue;
    all.emplace_back(names::local(element.name));
    if (all.back() == name) return i + 1;
  }
  const auto close = nearest(name, all);
  problem = in + " has no " + name + (close.empty() ? "" : "; did you mean " + close + "?");
  return 0;
}

// ------------------------------------------------------------------------------------------------------- segments

std::uint32_t SegmentCompiler::segment(schema::ElementId declared, std::string id) {
  const auto& element = model_.element(declared);
  const auto* automatic = note(element.notes, "auto");
  const auto [at, fresh] = segments_.try_emplace({id, element.type, automatic ? declared : none}, static_cast<std::uint32_t>(guide_.segments.size()));
  if (!fresh) return at->second;
  const auto& type = model_.type(element.type);
  lint_notes(type.notes, NotePlace::segment_type, type.source, findings_);
  Segment out;
  out.tag = tag_of(id);
  out.id = std::move(id);
  std::vector<schema::ChildUse> parts;
  bool below = false;
  for (const auto& use : type.children) {
    const bool is_segment = is_segment_name(model_, use.element);
    if (!is_segment && below)
      findings_.error("E605", model_.element(use.element).source, {name_of(use.element) + " stands behind segments of its loop", name_of(use.element),
                                                                   "data elements first", "move it before the first segment"});
    below = below || is_segment;
    if (!is_segment) parts.push_back(use);
  }
  const auto range = elements(parts, out.id, false);
  out.first_element = range.first;
  out.element_count = range.second;
  unsigned used = out.element_count;
  const auto rules_at = rules(type, used);
  out.first_rule = rules_at.first;
  out.rule_count = rules_at.second;
  if (const auto* text = note(type.notes, "pairs")) pairs(out, *text, type, used);
  out.standard_elements = standard_count(type, out.id, out.element_count, used);
  SegmentCompiler::hierarchy(out, type);
  if (automatic) automatic_segment(out, declared, *automatic);
  guide_.segments.push_back(std::move(out));
  return at->second;
}

void SegmentCompiler::pairs(Segment& out, const std::string& text, const schema::Type& type, unsigned& used) {
  std::string problem;
  const auto range = notation::read_pairs(text, problem);
  if (!range) {
    findings_.error("E609", type.source, {"edi:pairs cannot be used, because " + problem, text, "06-25", ""});
    return;
  }
  out.pairs_from = static_cast<std::uint8_t>(range->first);
  out.pairs_to = static_cast<std::uint8_t>(range->second);
  used = std::max(used, range->second);
  const auto* told = note(type.notes, "elements");
  const auto count = told ? notation::read_number(*told) : std::nullopt;
  if (count && range->second > *count)
    findings_.error("E609", type.source, {"edi:pairs goes beyond the " + *told + " positions of " + out.id, text, "up to " + *told,
                                          "correct edi:pairs or edi:elements"});
}

void SegmentCompiler::hierarchy(Segment& out, const schema::Type& type) {
  const auto* text = note(type.notes, "hierarchy");
  if (!text) return;
  out.hierarchy = true;
  const auto names = notation::words(*text);
  std::string problem;
  for (unsigned i = 0; i < 3 && names.size() == 3; ++i)
    if (find_part(out.first_element, out.element_count, names[i], out.id, problem) != i + 1 && problem.empty())
      problem = names[i] + " is not at position " + std::to_string(i + 1);
  if (names.size() != 3) problem = "it names three elements: number, number of the parent, level";
  if (!problem.empty()) findings_.error("E613", type.source, {"edi:hierarchy cannot be used, because " + problem, *text, "HL01 HL02 HL03", ""});
}

std::uint16_t SegmentCompiler::standard_count(const schema::Type& type, const std::string& name, unsigned count, unsigned used) {
  const auto* text = note(type.notes, "elements");
  if (!text) return static_cast<std::uint16_t>(used);
  const auto number = notation::read_number(*text);
  if (!number || *number == 0 || *number > most_positions)
    findings_.error("E605", type.source, {"edi:elements is no number from 1 to 99", *text, "how many positions the standard has", ""});
  else if (*number < count)
    findings_.error("E605", type.source, {"edi:elements says that " + name + " has " + *text + " positions, but the guide has one at " +
                                          std::to_string(count), *text,
                                          "at least " + std::to_string(count), ""});
  else return static_cast<std::uint16_t>(*number);
  return static_cast<std::uint16_t>(used);
}

SegmentCompiler::Range SegmentCompiler::rules(const schema::Type& type, unsigned& used) {
  const auto first = static_cast<std::uint32_t>(guide_.rules.size());
  const auto* text = note(type.notes, "rule");
  const auto* told = note(type.notes, "elements");
  const auto count = told ? notation::read_number(*told) : std::nullopt;
  for (const auto& word : text ? notation::words(*text) : std::vector<std::string>()) {
    std::string problem;
    const auto rule = notation::read_rule(word, problem);
    const auto highest = rule ? static_cast<unsigned>(std::bit_width(rule->all)) : 0u;
    if (rule && count && highest > *count) problem = "position " + std::to_string(highest) + " is beyond the last one, " + *told;
    if (!problem.empty()) {
      findings_.error("E608", type.source, {"the rule " + word + " cannot be used, because " + problem, word, "P0304", ""});
      continue;
    }
    const bool ordered = rule->kind == Rule::Kind::conditional ||
                          rule->kind == Rule::Kind::list_conditional || rule->kind == Rule::Kind::first_excludes;
    const auto same = [&](const Rule& r) { return r.kind == rule->kind && r.all == rule->all && (!ordered || r.first == rule->first); };
    if (std::any_of(guide_.rules.begin() + first, guide_.rules.end(), same)) {
      findings_.warning("E608", type.source, {"the rule " + word + " stands twice", word, "", "leave one out"});
      continue;
    }
    used = std::max(used, highest);
    guide_.rules.push_back(*rule);
  }
  return {first, static_cast<std::uint32_t>(guide_.rules.size()) - first};
}

// ------------------------------------------------------------------------------------------------------- elements

SegmentCompiler::Range SegmentCompiler::elements(const std::vector<schema::ChildUse>& uses, const std::string& in, bool components) {
  std::vector<std::pair<unsigned, schema::ChildUse>> placed;
  unsigned last = 0;
  for (const auto& use : uses) {
    const auto& element = model_.element(use.element);
    const auto name = name_of(use.element);
    std::string problem;
    const unsigned at = position(element, name, in, components, problem);
    if (problem.empty() && at <= last) problem = at == last ? "its position is that of the element before"
        : "its position is before that of the element before";
    if (problem.empty() && at > most_positions) problem = "positions go up to 99";
    if (!problem.empty())
      findings_.error("E605", element.source, {name + " has no place in " + in + ": " + problem, name, guide_.standard == Standard::x12 ? in + "01"
                                               : "edi:at=\"01\"", ""});
    else placed.emplace_back(last = at, use);
  }
  const auto first = static_cast<std::uint32_t>(guide_.elements.size());
  guide_.elements.resize(first + last);
  for (const auto& [at, use] : placed) element(first + at - 1, use, components);
  return {first, last};
}

unsigned SegmentCompiler::position(const schema::Element& element, std::string_view name, const std::string& in, bool component,
                                   std::string& problem) const {
  if (guide_.standard == Standard::x12) {
    const auto digits = name.size() == in.size() + 2 && name.starts_with(in) ? notation::read_number(name.substr(in.size())) : std::nullopt;
    if (!digits || *digits == 0 || !notation::all_digits(name.substr(in.size()))) problem = "its name is not " + in + " and two digits";
    return digits.value_or(0);
  }
  const auto base = notation::split_suffix(name).first;
  const bool simple = base.size() == 5 && base[0] == 'E' && notation::all_digits(base.substr(1));
  const bool composite = base.size() == 4 && (base[0] == 'C' || base[0] == 'S') && notation::all_digits(base.substr(1)) && !component;
  const auto* text = note(element.notes, "at");
  const auto at = text ? notation::read_number(*text).value_or(0) : 0;
  if (!simple && !composite) problem = component ? "components are named like E3039" : "data elements are named like E3035 or C082";
  else if (model_.type(element.type).complex == simple) problem = simple ? "an element named E… has no components"
      : "an element named C… has components";
  else if (at == 0) problem = text ? "edi:at is no position" : "it has no edi:at";
  return at;
}

void SegmentCompiler::element(std::uint32_t at, const schema::ChildUse& use, bool component) {
  const auto& declared = model_.element(use.element);
  const auto& type = model_.type(declared.type);
  const auto name = name_of(use.element);
  lint_notes(declared.notes, NotePlace::data_element, declared.source, findings_);
  Element out;
  out.use = use.min > 0 ? Element::Use::mandatory : Element::Use::optional;
  out.name = declared.name;
  out.declared = use.element;
  out.repeat = static_cast<std::uint16_t>(std::min<std::uint32_t>(use.max, 0xffff));
  SegmentCompiler::repetitions(use, name, component);
  if (declared.default_value || declared.fixed_value)
    findings_.error("E603", declared.source, {name + " has a value of its own in the schema",
                                                declared.fixed_value.value_or(declared.default_value.value_or("")), "",
                                              "write edi:auto=\"fixed('…')\" instead"});
  if (const auto* de = inherited(declared, "de")) out.de = *de;
  else if (guide_.standard == Standard::edifact) out.de = notation::split_suffix(name).first.substr(name.starts_with('E') ? 1 : 0);
  if (!type.complex) {
    out.value = value(declared, name);
  } else if (component) {
    findings_.error("E603", declared.source, {name + " is a composite within a composite", name, "a component", "give it a simple type"});
    out.value = text_value();
  } else {
    SegmentCompiler::composite(out, type, name);
  }
  if (const auto* text = note(declared.notes, "auto")) out.automatic = open_auto(*text, use.element, out.value);
  guide_.elements[at] = std::move(out);
}

void SegmentCompiler::composite(Element& out, const schema::Type& type, const std::string& name) {
  lint_notes(type.notes, NotePlace::composite_type, type.source, findings_);
  if (!sequence(model_.element(out.declared).type, name)) {
    out.value = text_value();
    return;
  }
  const auto range = elements(type.children, name, true);
  out.first_component = range.first;
  out.component_count = range.second;
  unsigned used = out.component_count;
  const auto rules_at = rules(type, used);
  out.first_rule = rules_at.first;
  out.rule_count = rules_at.second;
  out.standard_components = standard_count(type, name, out.component_count, used);
  if (out.component_count == 0) findings_.error("E603", type.source, {name + " is a composite without components", name, "",
                                                                      "give it a simple type"});
}

void SegmentCompiler::repetitions(const schema::ChildUse& use, const std::string& name, bool component) {
  const auto& source = model_.element(use.element).source;
  if (use.max > 1 && component)
    findings_.error("E616", source, {name + " is a component and cannot repeat", name, "maxOccurs=\"1\"",
                                     "repeat the composite, or name a second component"});
  else if (use.max > 1 && guide_.standard == Standard::x12 && guide_.version < "004020")
    findings_.error("E616", source, {name + " repeats, but X12 has a repetition separator only from version 004020 on", name, "maxOccurs=\"1\"", ""});
  if (use.min > 1) findings_.error("E616", source, {name + " must come several times, which cannot be told; 0 or 1 can", name, "minOccurs=\"1\"",
                                                    ""});
}

// --------------------------------------------------------------------------------------------------------- values

const std::string* SegmentCompiler::inherited(const schema::Element& element, std::string_view name) const {
  if (const auto* own = note(element.notes, name)) return own;
  for (auto at = element.type; at != schema::none; at = model_.type(at).base) {
    if (model_.type(at).complex) return nullptr;
    if (const auto* found = note(model_.type(at).notes, name)) return found;
    if (model_.type(at).base == at) break;
  }
  return nullptr;
}

std::uint32_t SegmentCompiler::text_value() {
  guide_.values.emplace_back();
  return static_cast<std::uint32_t>(guide_.values.size()) - 1;
}

std::uint32_t SegmentCompiler::value(const schema::Element& element, const std::string& name) {
  const auto text = [&](std::string_view key) {
    const auto* found = inherited(element, key);
    return found ? *found : std::string();
  };
  const auto low = text("minLength"), high = text("maxLength"), known = text("known");
  const auto [at, fresh] = values_.try_emplace({element.type, low, high, known}, static_cast<std::uint32_t>(guide_.values.size()));
  if (!fresh) return at->second;
  Value out;
  const auto& type = model_.type(element.type);
  const bool of_the_guide = type.name == no_name || (names::ns(type.name) != edi_namespace && names::ns(type.name) != xsd_namespace);
  const bool in_type = of_the_guide && !type.source.empty() && !note(element.notes, "minLength") && !note(element.notes, "maxLength");
  const auto& source = in_type ? type.source : element.source;
  const schema::Type* base = &type;
  std::optional<Reading> reading;
  for (auto t = element.type; !reading; t = model_.type(t).base) {
    base = &model_.type(t);
    const auto ns = base->name == no_name ? std::string_view() : names::ns(base->name);
    if (base->name != no_name) reading = reading_of(ns, names::local(base->name));
    if (!reading && ns != edi_namespace && ns != xsd_namespace) lint_notes(base->notes, NotePlace::simple_type, base->source, findings_);
    if (base->base == t || base->base == schema::none) break;
  }
  if (!reading || type.facets.variety != schema::Variety::atomic)
    findings_.error("E606", source, {"the type of " + name + " is none of EDI", type.name == no_name ? "" : std::string(names::local(type.name)),
                                     "a type of edi-types.xsd, or one derived from it", "derive it from edi:AN, edi:ID, edi:R, edi:N0 …"});
  out.form = reading ? reading->form : Form::text;
  out.decimals = reading ? reading->decimals : 0;
  lengths(out, type.facets, base->facets, {low, high}, name, source);
  out.codes = type.facets.enumeration;
  out.known = notation::words(known);
  for (auto* list : {&out.codes, &out.known}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  // Those of a step come before those of its base.
  const auto& patterns = type.facets.patterns;
  const auto own = patterns.size() - std::min(patterns.size(), base->facets.patterns.size());
  for (std::size_t i = 0; i < own; ++i) {
    out.patterns.push_back(patterns[i]);
    if (!patterns[i]->re)
      findings_.warning("E619", source, {"the pattern of " + name + " can only be checked in XML, not in EDI", patterns[i]->text, "",
                                         "write it more simply"});
  }
  guide_.values.push_back(std::move(out));
  return at->second;
}

void SegmentCompiler::lengths(Value& out, const schema::Facets& facets, const schema::Facets& base, const Lengths& own, const std::string& name,
                              const std::string& source) {
  if (out.form == Form::date8) out.min = out.max = 8;
  if (out.form == Form::date6) out.min = out.max = 6;
  if (out.form == Form::time) out.min = 4, out.max = 8;
  if (facets.min_length) out.min = std::max(*facets.min_length, 1u);
  if (facets.max_length) out.max = *facets.max_length;
  if (facets.length) out.min = out.max = *facets.length;
  if (is_number(out.form) && (facets.min_length != base.min_length || facets.max_length != base.max_length || facets.length != base.length))
    findings_.warning("E607", source, {"xs:maxLength of the number " + name + " counts its sign and point, too, which EDI does not", name,
                                       "edi:minLength and edi:maxLength", "write edi:maxLength=\"" + (out.max == none ? "9"
                                           : std::to_string(out.max)) + "\" instead"});
  for (const auto& [text, to] : {std::pair(&own.low, &out.min), std::pair(&own.high, &out.max)}) {
    if (text->empty()) continue;
    const auto number = notation::read_number(*text);
    if (number && *number > 0) *to = *number;
    else findings_.error("E607", source, {"the length of " + name + " is no number from 1 on", *text, "a number", ""});
  }
  if (out.min > out.max || out.max == 0)
    findings_.error("E607", source, {name + " must have at least " + std::to_string(out.min) + " characters and at most " + std::to_string(out.max),
                                     std::to_string(out.max), "at least " + std::to_string(out.min), "correct the lengths"});
}

std::uint32_t SegmentCompiler::open_auto(const std::string& text, schema::ElementId declared, std::uint32_t value) {
  const auto at = static_cast<std::uint32_t>(guide_.autos.size());
  guide_.autos.emplace_back();
  open_autos_.push_back({at, text, declared, value});
  return at;
}

void SegmentCompiler::automatic_segment(const Segment& segment, schema::ElementId declared, const std::string& text) {
  auto only = [&](std::uint32_t first, std::uint32_t count) {
    std::uint32_t found = none;
    for (auto i = first; i < first + count; ++i) {
      if (guide_.elements[i].use == Element::Use::unlisted) continue;
      if (found != none) return none;
      found = i;
    }
    return found;
  };
  auto at = only(segment.first_element, segment.element_count);
  if (at != none && guide_.elements[at].value == none) at = only(guide_.elements[at].first_component, guide_.elements[at].component_count);
  if (at == none)
    findings_.error("E612", model_.element(declared).source, {"edi:auto on " + segment.id + " does not say which of its data elements is meant", text,
                                                              "edi:auto on a data element", "write it on the data element"});
  else guide_.elements[at].automatic = open_auto(text, declared, guide_.elements[at].value);
}


}  // namespace wayleave::edi
