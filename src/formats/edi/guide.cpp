#include "formats/edi/guide.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "formats/edi/guide_lint.hpp"
#include "formats/edi/guide_notation.hpp"
#include "formats/edi/guide_segments.hpp"
#include "formats/edi/plan.hpp"

namespace wayleave::edi {
namespace {

constexpr std::size_t most_spots = 20'000;

bool is_envelope(Standard standard, std::string_view id) {
  static const std::set<std::string_view> x12{"ISA", "TA1", "GS", "ST", "SE", "GE", "IEA"}, edifact{"UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ"};
  return (standard == Standard::x12 ? x12 : edifact).contains(id);
}

/// X12: `004010`, `004010VICS`. EDIFACT: `D.96A`.
bool is_version(Standard standard, std::string_view text) {
  if (standard == Standard::x12) return text.size() >= 6 && text.size() <= 12 && notation::all_digits(text.substr(0, 6));
  const auto dot = text.find('.');
  return dot != text.npos && dot > 0 && dot + 1 < text.size();
}

class Compiler {
 public:
  explicit Compiler(const schema::SchemaPtr& schema) : model_(schema->model()), findings_(schema->file()), segments_(schema->model(), guide_,
      findings_) {
    guide_.schema = schema;
  }

  CompiledGuide run() {
    head();
    spots();
    for (const auto& open : segments_.open_autos()) resolve(open);
    lint_guide(guide_, findings_);
    CompiledGuide out;
    out.findings = findings_.take();
    if (has_errors(out.findings)) return out;
    guide_.plan = make_plan(guide_);
    out.guide = std::make_shared<const Guide>(std::move(guide_));
    return out;
  }

 private:
  using Told = GuideFindings::Told;
  std::string name_of(schema::ElementId id) const { return std::string(names::local(model_.element(id).name)); }

  // ------------------------------------------------------------------------------------------------ what it is for

  void head() {
    const auto ns = names::ns(guide_.schema->root_name());
    const auto at = model_.schema_notes.find(ns);
    const Notes& notes = at == model_.schema_notes.end() ? none_ : at->second;
    const auto& root = model_.element(guide_.schema->root());
    const auto text = [&](std::string_view name) {
      const auto* value = note(notes, name);
      return value ? *value : std::string();
    };
    const auto bad = [&](const std::string& name, const std::string& found, const std::string& expected) {
      findings_.error("E601", {}, {found.empty() ? "xs:schema has no edi:" + name : "edi:" + name + " is not " + expected, found, expected,
                                   "write edi:" + name + " on xs:schema: " + expected});
    };
    lint_notes(notes, NotePlace::schema, {}, findings_);
    lint_notes(root.notes, NotePlace::message, root.source, findings_);
    const auto standard = text("standard");
    if (standard != "X12" && standard != "EDIFACT") bad("standard", standard, "X12 or EDIFACT");
    guide_.standard = standard == "EDIFACT" ? Standard::edifact : Standard::x12;
    const bool x12 = guide_.standard == Standard::x12;
    guide_.version = text("version");
    if (!is_version(guide_.standard, guide_.version)) bad("version", guide_.version, x12 ? "six digits like 004010"
                                                          : "version and release like D.96A");
    guide_.set = text("set");
    if (guide_.set.empty() || (x12 && (guide_.set.size() != 3 || !notation::all_digits(guide_.set)))) bad("set", guide_.set, x12
        ? "three digits like 850" : "a message type like ORDERS");
    const auto expected_root = (x12 ? "TS" : "") + guide_.set;
    if (name_of(guide_.schema->root()) != expected_root && !guide_.set.empty())
      findings_.warning("E601", root.source, {"the message's element is not named after edi:set", name_of(guide_.schema->root()), expected_root,
                                              "rename it"});
    guide_.group = text("group");
    if (x12 && guide_.group.size() != 2) bad("group", guide_.group, "the functional identifier of GS01 like PO");
    if (!x12 && !guide_.group.empty()) bad("group", guide_.group, "left out for EDIFACT");
    guide_.agency = text("agency");
    if (!x12 && guide_.agency.empty()) guide_.agency = "UN";
    guide_.association = text("association");
    guide_.name = text("guide");
    const auto unused = text("unused");
    if (!unused.empty() && unused != "reject" && unused != "ignore") bad("unused", unused, "reject or ignore");
    guide_.ignore_unused = unused == "ignore";
    for (const auto& id : notation::words(text("known"))) {
      if (notation::is_segment_id(guide_.standard, id)) guide_.known.push_back(tag_of(id));
      else findings_.error("E604", {}, {"edi:known has '" + id + "', which is no segment id", id, "ids like FOB", "correct it"});
    }
    std::sort(guide_.known.begin(), guide_.known.end());
    guide_.known.erase(std::unique(guide_.known.begin(), guide_.known.end()), guide_.known.end());
  }

  // ---------------------------------------------------------------------------------------------------------- spots

  void spots() {
    const auto root = guide_.schema->root();
    guide_.spots.push_back({});
    guide_.spots[0].name = model_.element(root).name;
    guide_.spots[0].declared = root;
    if (!model_.type_of(root).complex) {
      findings_.error("E603", model_.element(root).source, {"the message has no content", "", "an xs:sequence of segments", "give it a complexType"});
      return;
    }
    for (std::uint32_t at = 0; at < guide_.spots.size(); ++at) {
      const auto type = model_.element(guide_.spots[at].declared).type;
      if (contains_itself(at)) continue;
      if (!segments_.sequence(type, at == 0 ? name_of(root) : std::string(names::local(guide_.spots[at].name)))) continue;
      guide_.spots[at].first_child = static_cast<std::uint32_t>(guide_.spots.size());
      for (const auto& use : model_.type(type).children) {
        if (SegmentCompiler::is_segment_name(model_, use.element)) {
          spot(at, use);
        } else if (at == 0) {
          const auto name = name_of(use.element);
          findings_.error("E604", model_.element(use.element).source, {name + " is no segment", name, "a segment id like BEG, or BEG_2",
                                                                       "rename it"});
        }
        if (guide_.spots.size() > most_spots) return;
      }
      guide_.spots[at].child_count = static_cast<std::uint32_t>(guide_.spots.size()) - guide_.spots[at].first_child;
    }
  }

  bool contains_itself(std::uint32_t at) {
    const auto type = model_.element(guide_.spots[at].declared).type;
    for (auto around = guide_.spots[at].parent; around != none; around = guide_.spots[around].parent) {
      if (model_.element(guide_.spots[around].declared).type != type) continue;
      const auto name = std::string(names::local(guide_.spots[at].name));
      findings_.error("E604", model_.element(guide_.spots[at].declared).source, {name + " contains itself, so the guide has no end", name, "",
                                                                                 "give each level its own type"});
      return true;
    }
    return false;
  }

  void spot(std::uint32_t parent, const schema::ChildUse& use) {
    const auto& element = model_.element(use.element);
    const auto name = name_of(use.element);
    const auto [id, suffix] = notation::split_suffix(names::local(element.name));
    lint_notes(element.notes, NotePlace::segment, element.source, findings_);
    const auto refuse = [&](const std::string& why, const std::string& expected, const std::string& fix) {
      findings_.error("E604", element.source, {name + " " + why, name, expected, fix});
    };
    if (!notation::is_segment_id(guide_.standard, id)) return refuse("is no segment id", "an id like BEG, or BEG_2", "rename it");
    if (is_envelope(guide_.standard, id))
      return refuse("belongs to the envelope", "", "leave it out: the envelope is written and judged without the guide");
    if (!model_.type_of(use.element).complex) return refuse("is a segment without data elements", "a complexType", "give it a complexType");
    Spot spot;
    spot.tag = tag_of(id);
    spot.name = element.name;
    spot.parent = parent;
    spot.min = use.min;
    spot.max = use.max;
    spot.declared = use.element;
    spot.segment = segments_.segment(use.element, std::string(id));
    const auto text = [&](std::string_view key) {
      const auto* value = note(element.notes, key);
      return value ? *value : std::string();
    };
    spot.pos = text("pos");
    spot.loop = text("loop").empty() ? text("group") : text("loop");
    if (guide_.segments[spot.segment].hierarchy) spot.level = suffix;
    variants(spot, element);
    level(parent, spot, element);
    guide_.spots.push_back(std::move(spot));
  }

  void level(std::uint32_t parent, const Spot& spot, const schema::Element& element) {
    if (!guide_.segments[spot.segment].hierarchy) return;
    const auto name = std::string(names::local(spot.name));
    if (spot.level.empty())
      findings_.error("E613", element.source, {name + " does not say which level it is", name, "the code of the level as suffix",
                                               "name it like HL_S"});
    for (auto c = guide_.spots[parent].first_child; c < guide_.spots.size(); ++c)
      if (guide_.spots[c].level == spot.level && guide_.spots[c].tag == spot.tag && !spot.level.empty())
        findings_.error("E613", element.source, {"level " + spot.level + " stands twice in one parent", name, "", "keep one of them"});
  }

  void variants(Spot& spot, const schema::Element& element) {
    const auto name = std::string(names::local(spot.name));
    if (const auto* others = note(element.notes, "others")) {
      if (*others == "ignore") spot.others = Spot::Others::ignore;
      else if (*others == "reject") spot.others = Spot::Others::reject;
      else if (*others != "accept") findings_.error("E611", element.source, {"edi:others is not reject, ignore or accept", *others,
                                                                             "reject, ignore or accept", ""});
      if (element.variants.empty())
        findings_.warning("E611", element.source, {"edi:others of " + name + " speaks of variants, and there are none", *others, "",
                                                   "write variants, or leave it out"});
    }
    spot.first_variant = static_cast<std::uint32_t>(guide_.variants.size());
    for (const auto& from : element.variants) {
      std::string problem;
      auto tests = notation::read_when(from.when, problem);
      Variant to{from.name, {}, from.min, from.max};
      for (auto& test : tests ? *tests : std::vector<notation::Test>()) {
        const auto at = segments_.find_element(spot.segment, test.path, problem);
        if (at.first) to.tests.push_back({static_cast<std::uint16_t>(at.first), static_cast<std::uint16_t>(at.second), std::move(test.values)});
      }
      if (problem.empty()) guide_.variants.push_back(std::move(to));
      else
        findings_.error("E610", element.source, {"the test of variant " + from.name + " cannot be used, because " + problem, from.when,
                                                 guide_.standard == Standard::x12 ? "N101='ST'" : "E3035='BY'", ""});
    }
    spot.variant_count = static_cast<std::uint32_t>(guide_.variants.size()) - spot.first_variant;
  }

  // ---------------------------------------------------------------------------------------------------------- autos

  void resolve(const SegmentCompiler::OpenAuto& open) {
    auto& to = guide_.autos[open.at];
    std::string problem;
    const auto call = notation::read_auto(open.text, problem);
    if (call) {
      to.kind = call->kind;
      to.value = call->value;
      if (open.value == none) problem = "a composite has no value of its own";
      else if (call->kind == Auto::Kind::fixed && !guide_.values[open.value].codes.empty()) fixed_code(*call, guide_.values[open.value], problem);
      else if (call->anywhere) anywhere(*call, to, problem);
      else if (call->kind == Auto::Kind::count || call->kind == Auto::Kind::sum) follow(*call, to, problem);
    }
    if (!problem.empty())
      findings_.error("E612", model_.element(open.declared).source, {"edi:auto of " + name_of(open.declared) + " cannot be used, because " +
                                                                     problem, open.text,
                                                                     "count(/" + name_of(guide_.schema->root()) + "/…)", ""});
  }

  static void fixed_code(const notation::Call& call, const Value& value, std::string& problem) {
    if (!std::binary_search(value.codes.begin(), value.codes.end(), call.value)) problem = call.value + " is not among its codes";
  }

  void anywhere(const notation::Call& call, Auto& to, std::string& problem) {
    to.tag = tag_of(call.path[0]);
    if (std::none_of(guide_.spots.begin() + 1, guide_.spots.end(), [&](const Spot& s) { return s.tag == to.tag; }))
      problem = "the guide has no segment " + call.path[0];
  }

  void follow(const notation::Call& call, Auto& to, std::string& problem) {
    std::uint32_t at = 0;
    std::size_t step = 1;
    if (call.path[0] != names::local(guide_.spots[0].name)) {
      problem = "its path begins with /" + std::string(names::local(guide_.spots[0].name));
      return;
    }
    for (; step < call.path.size(); ++step) {
      const auto& spot = guide_.spots[at];
      std::uint32_t found = none;
      for (auto c = spot.first_child; c < spot.first_child + spot.child_count; ++c)
        if (names::local(guide_.spots[c].name) == call.path[step]) found = c;
      if (found == none) break;
      at = found;
    }
    const std::vector<std::string> rest(call.path.begin() + static_cast<std::ptrdiff_t>(step), call.path.end());
    to.spot = at;
    if (at == 0) problem = step < call.path.size() ? "the message has no segment " + call.path[step] : "it must name a segment";
    else if (call.kind == Auto::Kind::count && !rest.empty()) problem = std::string(names::local(guide_.spots[at].name)) + " has no segment " +
        rest[0];
    else if (call.kind == Auto::Kind::sum) summed(rest, to, problem);
  }

  void summed(const std::vector<std::string>& rest, Auto& to, std::string& problem) {
    const auto segment = guide_.spots[to.spot].segment;
    if (rest.empty() || rest.size() > 2) {
      problem = "sum ends at a data element or component";
      return;
    }
    std::tie(to.element, to.component) = segments_.find_element(segment, rest, problem);
    if (!to.element) return;
    const auto* element = &guide_.elements[guide_.segments[segment].first_element + to.element - 1];
    if (to.component) element = &guide_.elements[element->first_component + to.component - 1];
    if (!is_number(guide_.values[element->value].form)) problem = rest.back() + " is no number";
  }

  const schema::Model& model_;
  const Notes none_;
  GuideFindings findings_;
  Guide guide_;
  SegmentCompiler segments_;
};

}  // namespace

std::string tag_text(Tag tag) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    if (const char c = static_cast<char>(tag >> shift & 0xff)) out += c;
  return out;
}

const std::string& Guide::documentation(schema::ElementId declared) const {
  const auto& element = schema->model().element(declared);
  return element.documentation.empty() ? schema->model().type(element.type).documentation : element.documentation;
}

bool is_guide(const schema::Schema& schema) {
  const auto& all = schema.model().schema_notes;
  const auto notes = all.find(names::ns(schema.root_name()));
  return notes != all.end() && note(notes->second, "standard");
}

CompiledGuide compile_guide(const schema::SchemaPtr& schema) { return Compiler(schema).run(); }

const Guide* Guides::find(Standard standard, std::string_view set, std::string_view version, std::string_view association) const {
  const Guide* best = nullptr;
  std::tuple<std::size_t, int> rank{};
  for (const auto& guide : guides_) {
    if (guide->standard != standard || guide->set != set) continue;
    if (standard == Standard::x12 ? !version.starts_with(guide->version) : version != guide->version) continue;
    const int named = guide->association == association ? 3 : guide->association.empty() ? 2 : 1;
    const std::tuple now{guide->version.size(), named};
    if (!best || now > rank) best = guide.get(), rank = now;
  }
  return best;
}

}  // namespace wayleave::edi
