#include "formats/edi/guide_lint.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "base/nearest.hpp"
#include "formats/edi/guide_notation.hpp"

namespace wayleave::edi {
namespace {

constexpr std::string_view prefix = "{urn:wayleave:edi:1}";

struct KnownNote {
  std::string_view name;
  std::vector<NotePlace> places;
  std::string_view belongs;
};

const std::vector<KnownNote>& known_notes() {
  using enum NotePlace;
  static const std::vector<KnownNote> all = {
      {"standard", {schema}, "on xs:schema"}, {"version", {schema}, "on xs:schema"}, {"set", {schema}, "on xs:schema"},
      {"agency", {schema}, "on xs:schema"}, {"association", {schema}, "on xs:schema"}, {"guide", {schema}, "on xs:schema"},
      {"unused", {schema}, "on xs:schema"},
      {"group", {schema, segment}, "on xs:schema (X12: GS01) or on a segment's element (EDIFACT: its segment group)"},
      {"known", {schema, data_element, simple_type}, "on xs:schema, a data element or its simpleType"},
      {"pos", {segment}, "on a segment's element"}, {"loop", {segment}, "on a segment's element"},
      {"others", {segment}, "on a segment's element"},
      {"auto", {segment, data_element}, "on a data element, or on a segment's element"},
      {"rule", {segment_type, composite_type}, "on the complexType of a segment or of a composite"},
      {"elements", {segment_type, composite_type}, "on the complexType of a segment or of a composite"},
      {"pairs", {segment_type}, "on the complexType of a segment"}, {"hierarchy", {segment_type}, "on the complexType of a segment"},
      {"as", {segment_type, composite_type, data_element, simple_type}, "on a type or a data element"},
      {"de", {data_element, simple_type}, "on a data element or its simpleType"}, {"at", {data_element}, "on a data element"},
      {"minLength", {data_element, simple_type}, "on a data element or its simpleType"},
      {"maxLength", {data_element, simple_type}, "on a data element or its simpleType"}};
  return all;
}

std::string local_name(const Guide& guide, schema::ElementId id) { return std::string(names::local(guide.schema->model().element(id).name)); }

std::string spot_path(const Guide& guide, std::uint32_t spot) {
  const auto& place = guide.spots[spot];
  return (place.parent == none ? std::string() : spot_path(guide, place.parent)) + "/" + std::string(names::local(place.name));
}

const std::string& source_of(const Guide& guide, std::uint32_t spot) {
  return guide.schema->model().element(guide.spots[spot].declared).source;
}

// ---------------------------------------------------------------------------------------------------------- variants

bool meet(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const auto& value) { return std::find(b.begin(), b.end(), value) != b.end(); });
}

/// May one segment be both?
bool overlap(const Variant& a, const Variant& b) {
  for (const auto& x : a.tests)
    for (const auto& y : b.tests)
      if (x.element == y.element && x.component == y.component && !meet(x.values, y.values)) return false;
  return true;
}

bool same_tests(const Variant& a, const Variant& b) {
  return a.tests.size() == b.tests.size() && std::all_of(a.tests.begin(), a.tests.end(), [&](const auto& x) {
    return std::any_of(b.tests.begin(), b.tests.end(), [&](const auto& y) {
      return x.element == y.element && x.component == y.component && x.values == y.values;
    });
  });
}

const Value* tested_value(const Guide& guide, const Spot& spot, const Variant::Test& test) {
  const auto& segment = guide.segments[spot.segment];
  const Element* at = &guide.elements[segment.first_element + test.element - 1];
  if (test.component) at = &guide.elements[at->first_component + test.component - 1];
  return at->value == none ? nullptr : &guide.values[at->value];
}

void lint_tests(const Guide& guide, std::uint32_t at, const Variant& variant, GuideFindings& findings) {
  for (const auto& test : variant.tests) {
    const auto* value = tested_value(guide, guide.spots[at], test);
    if (!value || value->codes.empty()) continue;
    std::string lost;
    std::size_t left = 0;
    for (const auto& tested : test.values) {
      if (std::binary_search(value->codes.begin(), value->codes.end(), tested)) ++left;
      else lost += (lost.empty() ? "" : ", ") + tested;
    }
    if (lost.empty()) continue;
    GuideFindings::Told told{"the variant " + variant.name + " asks for " + lost + ", which is not among the element's codes", lost,
                             nearest(lost, value->codes), "add the code to the enumeration, or correct the variant"};
    if (left == 0 && variant.min > 0) findings.error("E611", source_of(guide, at), std::move(told));
    else findings.warning("E611", source_of(guide, at), std::move(told));
  }
}

void lint_variants(const Guide& guide, std::uint32_t at, GuideFindings& findings) {
  const auto& spot = guide.spots[at];
  const auto& source = source_of(guide, at);
  std::uint64_t least = 0;
  for (std::uint32_t i = 0; i < spot.variant_count; ++i) {
    const auto& variant = guide.variants[spot.first_variant + i];
    least += variant.min;
    if (variant.min > variant.max)
      findings.error("E611", source, {"the variant " + variant.name + " must come more often than it may", std::to_string(variant.min),
                                      "min up to " + std::to_string(variant.max), "correct min or max"});
    lint_tests(guide, at, variant, findings);
    for (std::uint32_t j = 0; j < i; ++j) {
      const auto& other = guide.variants[spot.first_variant + j];
      const auto both = "the variants " + other.name + " and " + variant.name;
      if (!variant.name.empty() && variant.name == other.name)
        findings.error("E611", source, {"two variants are named " + variant.name, variant.name, "", "give each its own name"});
      if (same_tests(variant, other))
        findings.error("E611", source, {both + " ask for the same", variant.name, "", "keep one of them, or tell them apart by one more test"});
      else if (overlap(variant, other))
        findings.warning("E611", source, {both + " may both hold for one segment; the first one counts it", variant.name, "",
                                          "tell them apart by their qualifier"});
    }
  }
  if (spot.max != unbounded && least > spot.max)
    findings.error("E611", source, {"its variants must come " + std::to_string(least) + " times in all, but the segment may only come " +
                                        std::to_string(spot.max) + " times", std::to_string(spot.max), "maxOccurs of at least " +
                                            std::to_string(least),
                                    "raise maxOccurs, or lower min of variants"});
}

// ------------------------------------------------------------------------------------------- what a segment may mean

/// Where a set may go on after a segment: what comes next when everything optional between is left out.
class Reach {
 public:
  Reach(const Guide& guide, GuideFindings& findings) : guide_(guide), findings_(findings) {}

  void run() {
    std::vector<std::uint32_t> open{0};
    std::vector<bool> seen(guide_.spots.size());
    seen[0] = true;
    for (std::size_t i = 0; i < open.size(); ++i) {
      for (const auto next : judged(open[i])) {
        if (seen[next]) continue;
        seen[next] = true;
        open.push_back(next);
      }
    }
    for (std::uint32_t s = 1; s < guide_.spots.size(); ++s) {
      const auto& spot = guide_.spots[s];
      if (seen[s] || !seen[spot.parent]) continue;
      GuideFindings::Told told{"no segment is ever taken for " + spot_path(guide_, s) + ": " + text(taker_[s]) +
                               " comes before it and takes all of them",
                               tag_text(spot.tag), "", "put a mandatory segment between them, or bound the first one by maxOccurs"};
      if (spot.min > 0) findings_.error("E615", source_of(guide_, s), std::move(told));
      else findings_.warning("E615", source_of(guide_, s), std::move(told));
    }
  }

 private:
  std::string text(std::uint32_t spot) const { return spot_path(guide_, spot); }

  /// Children of `parent` from `from` on that may come next; true when the end of `parent` may, too.
  bool children(std::uint32_t parent, std::uint32_t from, std::vector<std::uint32_t>& out) const {
    const auto& open = guide_.spots[parent];
    for (auto c = from; c < open.first_child + open.child_count; ++c) {
      out.push_back(c);
      if (guide_.spots[c].min > 0) return false;
    }
    return true;
  }

  std::vector<std::uint32_t> after(std::uint32_t spot) const {
    std::vector<std::uint32_t> out;
    if (!children(spot, guide_.spots[spot].first_child, out)) return out;
    for (auto at = spot; at != 0; at = guide_.spots[at].parent) {
      if (guide_.spots[at].max > 1) out.push_back(at);
      if (!children(guide_.spots[at].parent, at + 1, out)) break;
    }
    return out;
  }

  /// The reader decides by the id; levels of a hierarchy say in HL03 what they are and in HL02 where they belong.
  bool told_apart(const Spot& a, const Spot& b) const {
    return a.tag != b.tag || (!a.level.empty() && !b.level.empty() && (a.level != b.level || a.parent != b.parent));
  }

  std::vector<std::uint32_t> judged(std::uint32_t spot) {
    const auto next = after(spot);
    std::vector<std::uint32_t> out;
    for (std::size_t i = 0; i < next.size(); ++i) {
      bool free = true;
      for (std::size_t j = 0; j < i; ++j) {
        if (next[i] == next[j] || told_apart(guide_.spots[next[i]], guide_.spots[next[j]])) continue;
        ambiguous(spot, next[j], next[i]);
        if (guide_.spots[next[j]].max != unbounded) continue;
        taker_[next[i]] = next[j];
        free = false;
      }
      if (free) out.push_back(next[i]);
    }
    return out;
  }

  void ambiguous(std::uint32_t after, std::uint32_t first, std::uint32_t second) {
    if (!told_.insert({first, second}).second) return;
    const auto tag = tag_text(guide_.spots[first].tag);
    findings_.warning("E614", source_of(guide_, second),
                      {"after " + text(after) + " a segment " + tag + " may be " + text(first) + " or " + text(second) +
                       "; it is taken for the first",
                       tag, "", "see that a mandatory segment stands between the two, or keep only one of them"});
  }

  const Guide& guide_;
  GuideFindings& findings_;
  std::map<std::uint32_t, std::uint32_t> taker_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> told_;
};

// ------------------------------------------------------------------------------------------------------------- facts

/// `2/050` → 2, 50; `0120` → 0, 120.
std::pair<std::uint32_t, std::uint32_t> place_of(std::string_view pos) {
  const auto slash = pos.find('/');
  const auto number = [](std::string_view text) {
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  if (slash == pos.npos) return {0, number(pos)};
  return {number(pos.substr(0, slash)), number(pos.substr(slash + 1))};
}

/// Spots as a message has them: depth first. `last` is the place of the spot before; hierarchical levels start anew.
void lint_places(const Guide& guide, std::uint32_t parent, std::uint32_t& last, GuideFindings& findings) {
  const auto& open = guide.spots[parent];
  for (auto c = open.first_child; c < open.first_child + open.child_count; ++c) {
    const auto& spot = guide.spots[c];
    if (!spot.level.empty()) last = none;
    if (!spot.pos.empty()) {
      if (last != none && place_of(spot.pos) < place_of(guide.spots[last].pos))
        findings.warning("E618", source_of(guide, c),
                         {spot_path(guide, c) + " has position " + spot.pos + ", but stands behind position " + guide.spots[last].pos, spot.pos,
                          "a position behind " + guide.spots[last].pos, "correct edi:pos, or the order"});
      last = c;
    }
    if (spot.child_count && spot.loop.empty())
      findings.warning("E618", source_of(guide, c),
                       {spot_path(guide, c) + " begins a loop that has no name for acknowledgments", local_name(guide, spot.declared),
                        guide.standard == Standard::x12 ? "edi:loop" : "edi:group",
                        guide.standard == Standard::x12 ? "write the loop's id: edi:loop=\"N1\"" : "write the segment group: edi:group=\"SG2\""});
    lint_places(guide, c, last, findings);
  }
}

void lint_elements(const Guide& guide, GuideFindings& findings) {
  for (const auto& element : guide.elements) {
    if (element.use == Element::Use::unlisted) continue;
    const auto& source = guide.schema->model().element(element.declared).source;
    const auto name = local_name(guide, element.declared);
    if (element.de.empty())
      findings.warning("E618", source, {name + " has no data element number for acknowledgments", name, "edi:de", "write edi:de=\"355\""});
    if (element.value == none) continue;
    const auto& value = guide.values[element.value];
    for (const auto& code : value.known)
      if (std::binary_search(value.codes.begin(), value.codes.end(), code))
        findings.warning("E617", source, {"edi:known names " + code + ", which the guide uses", code, "codes that the guide does not use",
                                          "take it out of edi:known"});
    if (!value.known.empty() && value.codes.empty())
      findings.warning("E617", source, {"edi:known says which codes are not used, but " + name + " has no enumeration, so any code is accepted", name,
                                        "an enumeration", "list the codes that are used, or leave edi:known out"});
    const bool text = value.form == Form::text || value.form == Form::code;
    for (const auto& code : value.codes) {
      const auto size = static_cast<std::uint32_t>(std::count_if(code.begin(), code.end(), [](char c) { return (c & 0xc0) != 0x80; }));
      if (text && (size < value.min || size > value.max))
        findings.warning("E617", source, {"the code " + code + " of " + name + " is " + (size < value.min ? "shorter" : "longer") +
                                          " than its length allows",
                                          code, "", "correct the code or the length"});
    }
  }
}

void lint_known(const Guide& guide, GuideFindings& findings) {
  const auto& model = guide.schema->model();
  for (const auto& spot : guide.spots)
    if (spot.tag && std::binary_search(guide.known.begin(), guide.known.end(), spot.tag))
      findings.warning("E617", model.element(spot.declared).source, {"edi:known of the schema names " + tag_text(spot.tag) + ", which the guide uses",
                                                                     tag_text(spot.tag), "segments that the guide does not use",
                                                                         "take it out of edi:known"});
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------- findings

void GuideFindings::add(Severity severity, std::string_view code, const std::string& source, Told told) {
  if (!told_.emplace(std::string(code), source, told.message).second) return;
  Finding finding;
  finding.code = code;
  finding.severity = severity;
  finding.message = std::move(told.message);
  finding.found = std::move(told.found);
  finding.expected = std::move(told.expected);
  finding.fix = std::move(told.fix);
  const auto colon = source.rfind(':');
  const auto file = source.substr(0, colon);
  if (colon != source.npos) finding.line = notation::read_number(std::string_view(source).substr(colon + 1)).value_or(0);
  finding.in = file.empty() || file == file_.filename().string() ? file_.string() : file;
  findings_.push_back(std::move(finding));
}

Findings GuideFindings::take() {
  std::stable_sort(findings_.begin(), findings_.end(), [](const auto& a, const auto& b) { return std::tie(a.in, a.line) < std::tie(b.in, b.line); });
  return std::move(findings_);
}

const std::string* note(const Notes& notes, std::string_view name) {
  for (const auto& [key, value] : notes)
    if (key.starts_with(prefix) && std::string_view(key).substr(prefix.size()) == name) return &value;
  return nullptr;
}

void lint_notes(const Notes& notes, NotePlace place, const std::string& source, GuideFindings& findings) {
  for (const auto& each : notes) {
    const auto& key = each.first;
    if (!key.starts_with(prefix)) continue;
    const auto name = key.substr(prefix.size());
    const auto& all = known_notes();
    const auto known = std::find_if(all.begin(), all.end(), [&](const auto& k) { return k.name == name; });
    if (known == all.end()) {
      std::vector<std::string> candidates;
      for (const auto& k : all) candidates.emplace_back(k.name);
      const auto close = nearest(name, candidates);
      findings.error("E602", source, {"there is no edi:" + name, "edi:" + name, close.empty() ? "" : "edi:" + close,
                                      close.empty() ? "remove it" : "write edi:" + close});
    } else if (std::find(known->places.begin(), known->places.end(), place) == known->places.end()) {
      findings.error("E602", source, {"edi:" + name + " means nothing here", "edi:" + name, "edi:" + name + " " + std::string(known->belongs),
                                      "write it " + std::string(known->belongs)});
    }
  }
}

bool lint_content(const schema::Model& model, schema::TypeId id, const std::string& name, GuideFindings& findings) {
  const auto& type = model.type(id);
  const auto refuse = [&](const std::string& why) {
    findings.error("E603", type.source, {"the content of " + name + " " + why, "",
                                         "one xs:sequence of elements, each with its own minOccurs and maxOccurs",
                                         "give a loop the element of its first segment, and repeat that"});
    return false;
  };
  if (!type.attributes.empty() || type.any_attribute) return refuse("has attributes, and EDI has none");
  if (type.content == schema::Content::mixed || type.content == schema::Content::simple) return refuse("has text of its own");
  if (type.abstract) return refuse("is abstract");
  const auto& automaton = type.automaton;
  if (automaton.all_group) return refuse("is an xs:all");
  if (!automaton.wildcards.empty()) return refuse("has an xs:any");
  const auto& uses = type.children;
  if (uses.empty() || automaton.states.empty()) return true;
  for (std::size_t i = 0; i < uses.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (model.element(uses[i].element).name == model.element(uses[j].element).name) {
        const auto twice = std::string(names::local(model.element(uses[i].element).name));
        findings.error("E604", model.element(uses[i].element).source, {twice + " stands twice in " + name, twice, "names that differ", "write " +
                                                                       twice + "_2"});
        return false;
      }
  // What a plain sequence lets come behind child i (-1: at the start) is known; anything else is no plain sequence.
  std::vector<std::uint32_t> state(uses.size() + 1, none);
  state[0] = 0;
  for (std::size_t i = 0; i <= uses.size(); ++i) {
    if (state[i] == none) return refuse("is no plain sequence");
    const auto edges = automaton.from(state[i]);
    std::size_t met = 0;
    const auto leads = [&](std::size_t child) {
      const auto edge = std::find_if(edges.begin(), edges.end(), [&](const auto& e) { return e.element == uses[child].element; });
      if (edge == edges.end() || (state[child + 1] != none && state[child + 1] != edge->target)) return false;
      state[child + 1] = edge->target;
      ++met;
      return true;
    };
    bool end = true;
    if (i > 0 && uses[i - 1].max > 1 && !leads(i - 1)) return refuse("has a group that repeats, is optional or is chosen from, or a name twice");
    for (std::size_t child = i; child < uses.size() && end; ++child) {
      if (!leads(child)) return refuse("has a group that repeats, is optional or is chosen from, or a name twice");
      end = uses[child].min == 0;
    }
    if (met != edges.size() || automaton.states[state[i]].accepting != end)
      return refuse("has a group that repeats, is optional or is chosen from, or a name twice");
  }
  return true;
}

void lint_guide(const Guide& guide, GuideFindings& findings) {
  for (std::uint32_t s = 1; s < guide.spots.size(); ++s) lint_variants(guide, s, findings);
  Reach(guide, findings).run();
  std::uint32_t last = none;
  lint_places(guide, 0, last, findings);
  lint_elements(guide, findings);
  lint_known(guide, findings);
}

}  // namespace wayleave::edi
