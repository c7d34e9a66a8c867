#include <algorithm>
#include <bit>

#include "base/utf8.hpp"
#include "formats/edi/set_reader.hpp"
#include "formats/edi/values.hpp"
#include "schema/pattern.hpp"

namespace wayleave::edi {
namespace {

bool blank(std::string_view text) {
  return text.find_first_not_of(' ') == text.npos;
}

}  // namespace

/// Release characters taken away, line breaks of wrapped lines too, and the characters as UTF-8.
std::string SetReader::decoded(const Piece& piece, bool& good, std::size_t& bad) const {
  std::string raw;
  raw.reserve(piece.size());
  const char release = around_.delimiters.release;
  for (auto i = piece.begin; i < piece.end; ++i) {
    const char c = here_.data[i];
    if (release && c == release && i + 1 < piece.end) raw += here_.data[++i];
    else if (!(around_.edifact && (c == '\r' || c == '\n'))) raw += c;
  }
  good = true;
  for (std::size_t i = 0; i < raw.size() && good; ++i) {
    const auto c = static_cast<unsigned char>(raw[i]);
    if (c < 0x80 && !admits_ascii(around_.characters, c)) good = false, bad = i;
  }
  auto text = decode(around_.characters, raw, bad);
  if (text) return *text;
  good = false;
  std::string shown;
  for (char c : raw) shown += static_cast<unsigned char>(c) < 0x80 ? std::string(1, c) : std::string("\xef\xbf\xbd");
  return shown;
}

/// What rules and mandatory positions speak of: the data elements of the segment, or the components of one of them.
struct SetReader::Parts {
  const Plan::Element* first;
  std::uint32_t count;                   // how many the guide lays out; rules may name more
  const Plan::Element* composite = nullptr;
  unsigned at = 0, repetition = 0;       // of the composite
  std::uint32_t piece = 0, last = 0;     // its components on the wire
};

[[gnu::always_inline]] inline void SetReader::value(const Place& place, bool wide) {
  const auto& element = *place.element;
  const auto measured = measure(element.form, place.text, wide, around_.edifact);
  if (measured.misfit != Misfit::none) [[unlikely]] return tell_misfit(place, measured.misfit);
  if (measured.length < element.min || measured.length > element.max) [[unlikely]] return tell_length(place, measured.length);
  if (element.code_count) {
    const auto* first = plan_->codes.data() + element.first_code;
    const auto key = packed(place.text);
    const bool found = element.code_count <= 8 ? std::find(first, first + element.code_count, key) != first + element.code_count
                                               : std::binary_search(first, first + element.code_count, key);
    if (!found || key == 0) [[unlikely]] {
      const auto& codes = guide_->values[element.value].codes;
      if (!found || !std::binary_search(codes.begin(), codes.end(), place.text)) return tell_code(place);
    }
  }
  if (element.checked && element.value != none)
    for (const auto& pattern : guide_->values[element.value].patterns)
      if (!pattern->matches(place.text)) return tell_pattern(place, pattern->text);
  if (element.tracked) track(place);
}

/// True when there was something.
inline bool SetReader::simple(const Place& place, bool keep) {
  if (place.text.empty()) return false;
  const auto& element = *place.element;
  if (here_.odd || here_.released)
    if (!is_plain(place.text)) [[unlikely]] return odd(place, keep);
  if (place.text.front() == ' ' && element.form <= Form::code && blank(place.text)) return false;
  value(place, false);
  if (!keep) return true;
  const auto offset = static_cast<std::uint32_t>(here_.base + place.piece->begin - offset_);
  if (around_.edifact && element.form == Form::decimal && place.text.find(',') != place.text.npos) {
    scratch_.assign(place.text);
    std::replace(scratch_.begin(), scratch_.end(), ',', '.');
    builder_.start(element.name, offset);
    builder_.text_decoded(scratch_, offset);
    builder_.end();
    return true;
  }
  builder_.leaf(element.name, offset, place.piece->size());
  return true;
}

/// Every byte stands for itself and is a character of the interchange.
bool SetReader::is_plain(std::string_view text) const {
  return std::none_of(text.begin(), text.end(), [&](char c) {
    const auto b = static_cast<unsigned char>(c);
    return b < 0x20 || b >= 0x80 || (c == around_.delimiters.release && c) || !admits_ascii(around_.characters, b);
  });
}

/// A value that is not as it stands on the wire.
[[gnu::noinline]] bool SetReader::odd(const Place& place, bool keep) {
  const auto& element = *place.element;
  const auto offset = static_cast<std::uint32_t>(here_.base + place.piece->begin - offset_);
  bool good = true;
  std::size_t bad = 0;
  scratch_ = decoded(*place.piece, good, bad);
  if (!good && element.form != Form::binary) {
    auto& told = flaw(Cause::invalid_character, place);
    told.bad = printable(scratch_, 99);
    told.expected = "characters of the interchange's character set";
    told.message = named(element, place.at) + " has a character at " + std::to_string(bad + 1) + " that the interchange's character set does not have";
    told.fix = "send other characters, or announce the character set that has them";
  } else {
    value({&element, scratch_, place.piece, place.at, place.component, place.repetition}, true);
  }
  if (keep) {
    builder_.start(element.name, offset);
    builder_.text_decoded(scratch_, offset);
    builder_.end();
  }
  return true;
}

void SetReader::elements(const Plan::Segment& plan, bool keep) {
  const auto* parts = plan_->elements.data() + plan.first_element;
  Presence present;
  unsigned at = 0;
  const auto count = here_.count;
  for (std::uint32_t i = 1; i < count; ++i) {
    ++at;
    const auto& piece = here_.pieces[i];
    const bool single = piece.closed == Piece::by_element || piece.closed == Piece::by_segment;
    if (single && piece.size() == 0) continue;
    if (at > plan.element_count || !parts[at - 1].listed) {
      std::uint32_t last = i;
      bool any = piece.size() != 0;
      while (here_.pieces[last].closed != Piece::by_element && here_.pieces[last].closed != Piece::by_segment) any |= here_.pieces[++last].size() != 0;
      if (any) {
        if (!single || !blank({here_.data + piece.begin, piece.size()})) present.add_unlisted(at - 1);
        const bool standard = at <= plan.standard_elements;
        if (!standard || !guide_->ignore_unused) {
          auto& told = flaw(standard ? Cause::element_not_used : Cause::too_many_elements, at);
          show(told, piece);
          bool good = true;
          std::size_t bad = 0;
          told.bad = printable(decoded(piece, good, bad), 99);
          told.message = std::string(here_.id) + (at < 10 ? "0" : "") + std::to_string(at) + (standard ? " is not used in this guide" : " is more than the segment has");
          told.expected = "nothing here";
          told.fix = standard ? "leave it empty, or agree it with us" : "check the element separators: " + std::string(here_.id) + " has " + std::to_string(plan.standard_elements) + " elements";
          if (!standard) break;
        }
      }
      i = last;
      continue;
    }
    const auto& element = parts[at - 1];
    if (single && !element.composite) {
      if (simple({&element, text_of(piece), &piece, at, 0, 0}, keep)) present.add(at - 1);
      continue;
    }
    // Repetitions, and components within each.
    unsigned repetition = 0;
    std::uint32_t p = i;
    bool any = false, too_many = false;
    for (;;) {
      ++repetition;
      std::uint32_t last = p;
      while (here_.pieces[last].closed == Piece::by_component) ++last;
      if (repetition > element.repeat && !too_many) {
        too_many = true;
        auto& told = flaw(Cause::too_many_repetitions, at, 0, repetition);
        show(told, here_.pieces[p]);
        told.message = named(element, at) + " is repeated more than " + std::to_string(element.repeat) + (element.repeat == 1 ? " time" : " times");
        told.expected = "at most " + std::to_string(element.repeat);
        told.fix = "send " + told.expected;
      }
      if (!too_many) {
        const unsigned shown = element.repeat > 1 ? repetition : 0;
        if (element.composite) any |= composite(element, p, last, at, shown, keep) != 0;
        else any |= simple({&element, text_of(here_.pieces[p]), &here_.pieces[p], at, 0, shown}, keep);
        if (!element.composite && last > p) {
          auto& told = flaw(Cause::too_many_components, at, 2, shown);
          show(told, here_.pieces[p + 1]);
          told.message = named(element, at) + " has no components";
          told.expected = "one value";
          told.fix = "check the component separator " + printable({&around_.delimiters.component, 1}) + " in it";
          bool good = true;
          std::size_t bad = 0;
          told.bad = printable(decoded(here_.pieces[p + 1], good, bad), 99);
        }
      }
      if (here_.pieces[last].closed != Piece::by_repetition) {
        i = last;
        break;
      }
      p = last + 1;
    }
    if (any) present.add(at - 1);
  }
  if ((plan.mandatory & ~present.low) || plan.wide) [[unlikely]] missing({parts, plan.element_count}, Presence(present));
  if (const auto there = present.low, asking = there & ~present.unlisted; plan.rule_count && !rules_hold(plan.first_rule, plan.rule_count, there, asking))
    rules(plan.first_rule, plan.rule_count, there, asking, {parts, plan.element_count});
}

/// How many components there were; pieces `piece` to `last`.
std::uint32_t SetReader::composite(const Plan::Element& element, std::uint32_t piece, std::uint32_t last, unsigned at, unsigned repetition, bool keep) {
  std::uint32_t first_used = piece;
  while (first_used <= last && here_.pieces[first_used].size() == 0) ++first_used;
  if (first_used > last) return 0;
  const auto* parts = plan_->elements.data() + element.first_component;
  Presence present;
  if (keep) builder_.start(element.name, static_cast<std::uint32_t>(here_.base + here_.pieces[piece].begin - offset_));
  for (auto i = piece; i <= last; ++i) {
    const auto part = i - piece;
    const auto& p = here_.pieces[i];
    if (p.size() == 0) continue;
    if (part >= element.component_count || !parts[part].listed) {
      present.add_unlisted(part);
      const bool standard = part < std::max<std::uint32_t>(guide_->elements[element.index].standard_components, element.component_count);
      if (standard && guide_->ignore_unused) continue;
      auto& told = flaw(standard ? Cause::element_not_used : Cause::too_many_components, at, part + 1, repetition);
      show(told, p);
      bool good = true;
      std::size_t bad = 0;
      told.bad = printable(decoded(p, good, bad), 99);
      told.expected = "nothing here";
      told.message = named(element, at) + (standard ? " has a component that this guide does not use" : " has too many components");
      told.fix = standard ? "leave it empty, or agree it with us" : "check the component separators";
      if (!standard) break;
      continue;
    }
    if (simple({&parts[part], text_of(p), &p, at, part + 1, repetition}, keep)) present.add(part);
  }
  if (keep) builder_.end();
  if (element.dated && last >= piece + 2 && (present.low & 6) == 6) {
    const auto text = [&](const Piece& p) { return std::string_view(here_.data + p.begin, p.size()); };
    const auto& date = here_.pieces[piece + 1];
    // What has wrong characters was told so.
    const bool plain = std::all_of(text(date).begin(), text(date).end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f; });
    if (const std::string form(utf8_head(text(here_.pieces[piece + 2]), 99)); plain && is_utf8(form) && !is_edifact_date(text(date), form)) {
      auto& told = flaw(Cause::bad_date, at, 2, repetition);
      show(told, date);
      told.bad = printable(text(date), 99);
      told.expected = form == "102" ? "a date CCYYMMDD" : "a date or time of the form " + form;
      told.message = "\"" + told.bad + "\" is not " + told.expected;
      told.fix = "write the date in the form that the third component names, or name its form there";
    }
  }
  const auto& what = guide_->elements[element.index];
  const bool lacks = (element.mandatory_components & ~present.low) || element.wide;
  const auto there = present.low, asking = there & ~present.unlisted;
  const bool rules_kept = what.rule_count == 0 || rules_hold(what.first_rule, what.rule_count, there, asking);
  if (!lacks && rules_kept) [[likely]] return 1;
  const Parts all{parts, element.component_count, &element, at, repetition, piece, last};
  if (lacks) missing(all, Presence(present));
  if (!rules_kept) rules(what.first_rule, what.rule_count, there, asking, all);
  return 1;
}

std::string SetReader::name_of(const Parts& parts, unsigned i) const {
  const auto digits = (i < 9 ? "0" : "") + std::to_string(i + 1);
  if (i < parts.count && parts.first[i].name != no_name) return std::string(names::local(parts.first[i].name));
  return (parts.composite ? named(*parts.composite, parts.at) : std::string(here_.id)) + digits;
}

void SetReader::missing(const Parts& parts, const Presence& present) {
  for (unsigned i = 0; i < parts.count; ++i) {
    if (!parts.first[i].mandatory || present.has(i)) continue;
    auto& told = flaw(Cause::element_missing, parts.composite ? parts.at : i + 1, parts.composite ? i + 1 : 0, parts.repetition);
    told.message = name_of(parts, i) + " is missing";
    told.expected = "a value";
    told.fix = "send it";
  }
}

namespace {

struct Broken {
  std::uint64_t lacking = 0, superfluous = 0;
};

/// What a rule wants otherwise. `asking`: what has data and is used by the guide.
inline Broken judge(const Plan::Condition& rule, std::uint64_t there, std::uint64_t asking) {
  const auto here = asking & rule.all;
  const bool any = (there & rule.all) != 0;
  switch (rule.kind) {
    case Rule::Kind::paired: return {here ? rule.all & ~there : 0, 0};
    case Rule::Kind::required: return {any ? 0 : rule.all, 0};
    case Rule::Kind::exclusive: return {0, here & (here - 1)};
    case Rule::Kind::conditional: return {asking & rule.first ? rule.all & ~there : 0, 0};
    case Rule::Kind::list_conditional: return {asking & rule.first && !(there & rule.all & ~rule.first) ? rule.all & ~rule.first : 0, 0};
    case Rule::Kind::exactly_one: return {any ? 0 : rule.all, here & (here - 1)};
    case Rule::Kind::first_excludes: return {0, asking & rule.first ? here & ~rule.first : 0};
  }
  return {};
}

}  // namespace

bool SetReader::rules_hold(std::uint32_t first, std::uint32_t count, std::uint64_t there, std::uint64_t asking) const {
  const auto* rule = plan_->conditions.data() + first;
  for (const auto* end = rule + count; rule < end; ++rule)
    if (const auto broken = judge(*rule, there, asking); broken.lacking | broken.superfluous) return false;
  return true;
}

void SetReader::rules(std::uint32_t first, std::uint32_t count, std::uint64_t there, std::uint64_t asking, const Parts& parts) {
  std::uint64_t told_of = 0;             // an element is told once, whatever number of rules say the same
  for (auto r = first; r < first + count; ++r) {
    const auto& rule = plan_->conditions[r];
    const auto here = asking & rule.all;
    auto [lacking, superfluous] = judge(rule, there, asking);
    if (!lacking && !superfluous) continue;
    const auto& text = guide_->rules[r].text;
    const bool any_would_do = rule.kind == Rule::Kind::required || rule.kind == Rule::Kind::list_conditional || rule.kind == Rule::Kind::exactly_one;
    if (any_would_do) {
      // What the guide does not use is no advice.
      std::uint64_t used = 0;
      for (auto bits = lacking; bits; bits &= bits - 1)
        if (const auto i = static_cast<unsigned>(std::countr_zero(bits)); i < parts.count && parts.first[i].listed) used |= 1ull << i;
      if (used) lacking = used;
    }
    const bool choice = any_would_do && std::popcount(lacking) > 1, lacks = lacking != 0;
    auto name = [&](unsigned i) { return name_of(parts, i); };
    auto names_of = [&](std::uint64_t bits, const char* joint) {
      std::string out;
      for (; bits; bits &= bits - 1) {
        out += (out.empty() ? "" : joint) + name(static_cast<unsigned>(std::countr_zero(bits)));
        if ((bits & (bits - 1)) == 0) break;
      }
      return out;
    };
    for (auto bits = lacks ? lacking : superfluous; bits; bits &= bits - 1) {
      const auto i = static_cast<unsigned>(std::countr_zero(bits));
      if (told_of & (1ull << i)) {
        if (any_would_do) break;
        continue;
      }
      told_of |= 1ull << i;
      const auto cause = lacks ? Cause::element_missing_by_rule : Cause::element_excluded;
      auto& told = flaw(cause, parts.composite ? parts.at : i + 1, parts.composite ? i + 1 : 0, parts.repetition);
      if (lacks) {
        told.message = here ? name(i) + " must be sent with " + names_of(here, " and ") + " (rule " + text + ")"
                            : (choice ? "one of " : "") + names_of(lacking, ", ") + " must be sent (rule " + text + ")";
        told.expected = choice ? "one of " + names_of(lacking, ", ") : "a value";
        told.fix = "send " + (choice ? told.expected : name(i)) + (here ? ", or leave out " + names_of(here, " and ") : "");
        if (any_would_do) break;
      } else {
        const auto* piece = !parts.composite ? piece_of(i + 1) : parts.piece + i <= parts.last ? here_.pieces + parts.piece + i : nullptr;
        if (piece) {
          show(told, *piece);
          bool good = true;
          std::size_t bad = 0;
          told.bad = printable(decoded(*piece, good, bad), 99);
        }
        told.message = name(i) + " must not be sent with " + names_of(here & ~(1ull << i), " and ") + " (rule " + text + ")";
        told.expected = "nothing here";
        told.fix = "send only one of " + names_of(here, ", ");
      }
    }
  }
}

/// Without a guide: the shape of the segment's id, and its characters.
void SetReader::syntax_only() {
  const auto id = here_.id;
  const bool shaped = id.size() >= 2 && id.size() <= 3 && std::all_of(id.begin(), id.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
  if (!shaped) {
    auto& told = flaw(Cause::unrecognized_segment);
    told.message = "\"" + told.id + "\" is no segment id";
    told.expected = "two or three capital letters and digits";
    told.fix = "check the delimiter before it";
    return;
  }
  if (!here_.odd) return;
  unsigned at = 0, component = 1;
  for (std::uint32_t i = 0; i < here_.count; ++i) {
    bool good = true;
    std::size_t bad = 0;
    const auto text = decoded(here_.pieces[i], good, bad);
    if (!good && at) {
      auto& told = flaw(Cause::invalid_character, at, component > 1 ? component : 0);
      show(told, here_.pieces[i]);
      told.bad = printable(text, 99);
      told.message = std::string(id) + (at < 10 ? "0" : "") + std::to_string(at) + " has a character that the interchange's character set does not have";
      told.expected = "characters of the interchange's character set";
      told.fix = "send other characters, or announce the character set that has them";
      return;
    }
    if (here_.pieces[i].closed == Piece::by_element) ++at, component = 1;
    else if (here_.pieces[i].closed == Piece::by_component) ++component;
  }
}

}  // namespace wayleave::edi
