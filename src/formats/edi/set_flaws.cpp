#include <algorithm>

#include "formats/edi/set_reader.hpp"

/// How the set reader tells what it finds: each mistake once, with its place and what would be right.
namespace wayleave::edi {
namespace {

/// `one N1 as ShipTo (N101 = ST)`
std::string wanted(const Variant& variant, Tag tag) {
  auto out = (variant.min == 1 ? "one " : "at least " + std::to_string(variant.min) + " ") + tag_text(tag) + " as " + variant.name;
  for (const auto& test : variant.tests)
    if (!test.values.empty()) out += " (" + tag_text(tag) + (test.element < 10 ? "0" : "") + std::to_string(test.element) + " = " + test.values[0] + ")";
  return out;
}

std::string list(const std::vector<std::string>& codes) {
  std::string out;
  constexpr std::size_t most = 40;
  for (std::size_t i = 0; i < codes.size() && i < most; ++i) out += (i ? ", " : "") + codes[i];
  if (codes.size() > most) out += " … (" + std::to_string(codes.size()) + " in all)";
  return out;
}

}  // namespace

void SetReader::add(Flaw flaw) {
  if (flaw.cause == Cause::set_trailer_missing || flaw.cause == Cause::set_too_large)
    std::erase_if(flaws_, [&](const Flaw& f) { return says_missing(f.cause) && f.offset == end_; });
  if (room(flaw.severity)) flaws_.push_back(std::move(flaw));
}

/// True where one more is kept. An error is never hidden by warnings: the last of them makes room.
bool SetReader::room(Severity severity) {
  if (flaws_.size() >= std::max(options_.limits.flaws, 1u)) {
    ++more_flaws_;
    if (severity != Severity::error || warnings_ == 0) return false;
    const auto last = std::find_if(flaws_.rbegin(), flaws_.rend(), [](const Flaw& f) { return f.severity != Severity::error; });
    flaws_.erase(std::next(last).base());
    --warnings_;
  } else if (severity != Severity::error) {
    ++warnings_;
  }
  return true;
}

Flaw& SetReader::flaw(Cause cause, unsigned element, unsigned component, unsigned repetition, Severity severity) {
  if (!room(severity)) {
    overflow_ = {};
    return overflow_;
  }
  auto& told = flaws_.emplace_back();
  told.cause = cause;
  told.severity = severity;
  told.segment = here_.number;
  told.element = static_cast<std::uint16_t>(element);
  told.component = static_cast<std::uint16_t>(component);
  told.repetition = static_cast<std::uint16_t>(repetition);
  told.offset = here_.base + (here_.pieces ? here_.pieces[0].begin : 0);
  told.length = static_cast<std::uint32_t>(here_.pieces ? here_.end - here_.pieces[0].begin : 0);
  told.id = printable(here_.id, 20);
  if (here_.spot != none) {
    const auto& spot = guide_->spots[here_.spot];
    told.loop = spot.loop.empty() && spot.parent != none ? guide_->spots[spot.parent].loop : spot.loop;
    if (element) {
      told.path = path_of(element, component);
      if (const auto* declaration = declared(element, component)) told.de = declaration->de;
    }
  }
  return told;
}

void SetReader::show(Flaw& flaw, const Piece& piece) const {
  flaw.offset = here_.base + piece.begin;
  flaw.length = piece.size();
}

std::string SetReader::path(std::uint32_t spot) const {
  if (spot == none) return {};
  const auto& place = guide_->spots[spot];
  auto out = path(place.parent) + "/" + std::string(names::local(place.name));
  if (place.max > 1 && counts_[spot]) out += "[" + std::to_string(counts_[spot]) + "]";
  return out;
}

const Element* SetReader::declared(unsigned element, unsigned component) const {
  const auto& segment = guide_->segments[guide_->spots[here_.spot].segment];
  if (element == 0 || element > segment.element_count) return nullptr;
  const auto* found = &guide_->elements[segment.first_element + element - 1];
  if (component == 0 || component > found->component_count) return found;
  return &guide_->elements[found->first_component + component - 1];
}

std::string SetReader::path_of(unsigned element, unsigned component) const {
  auto out = path(here_.spot);
  const auto* at = declared(element, 0);
  if (!at || at->name == no_name) {
    out += "/" + tag_text(plan_->spots[here_.spot].tag) + (element < 10 ? "0" : "") + std::to_string(element);
  } else {
    out += "/" + std::string(names::local(at->name));
    if (component && component <= at->component_count) {
      const auto* part = declared(element, component);
      if (part && part->name != no_name) out += "/" + std::string(names::local(part->name));
    }
  }
  return out;
}

/// Its data are read all the same, so that no more is told than this.
void SetReader::tell_separator() {
  auto& told = flaw(Cause::unrecognized_segment);
  if (guide_) told.path = path(frames_.back().spot);
  const auto behind = printable({here_.data + here_.pieces[0].end, 1}), right = printable({&around_.delimiters.element, 1});
  told.message = "\"" + behind + "\" stands behind the segment id " + told.id + ", and elements are separated by \"" + right + "\"";
  told.expected = "\"" + right + "\" behind the segment id";
  told.fix = "write " + told.id + right;
}

void SetReader::tell_missing(std::uint32_t at) {
  const auto& to = plan_->spots[at];
  const auto& spot = guide_->spots[at];
  auto& told = flaw(counts_[at] == 0 ? Cause::segment_missing : to.child_count ? Cause::loop_missing : Cause::segment_too_seldom);
  told.id = tag_text(to.tag);
  told.loop = spot.loop.empty() ? guide_->spots[spot.parent].loop : spot.loop;
  told.path = path(spot.parent) + "/" + std::string(names::local(to.name));
  told.expected = to.min == 1 ? told.id : std::to_string(to.min) + " times " + told.id;
  told.message = told.id + (counts_[at] ? " comes too seldom" : " is missing");
  if (!spot.level.empty()) told.message = "level " + spot.level + " is missing";
  told.fix = "send " + told.expected + " here";
}

void SetReader::tell_missing(std::uint32_t at, const Variant& variant) {
  const auto& to = plan_->spots[at];
  const auto& spot = guide_->spots[at];
  auto& told = flaw(to.child_count ? Cause::variant_loop_missing : Cause::variant_missing);
  told.id = tag_text(to.tag);
  told.loop = spot.loop.empty() ? guide_->spots[spot.parent].loop : spot.loop;
  told.path = path(spot.parent) + "/" + std::string(names::local(to.name));
  told.expected = wanted(variant, to.tag);
  told.message = variant.name + " is missing: this guide wants " + told.expected;
  told.fix = "send " + told.expected;
}

/// It was told as missing when what follows it came: one mistake, one flaw.
void SetReader::came_late(std::uint32_t spot, std::uint32_t before) {
  const auto& to = plan_->spots[spot];
  const auto absent = path(guide_->spots[spot].parent) + "/" + std::string(names::local(to.name));
  std::erase_if(flaws_, [&](const Flaw& f) {
    if (!says_missing(f.cause) || f.path != absent) return false;
    if (f.cause != Cause::variant_missing && f.cause != Cause::variant_loop_missing) return counts_[spot] >= to.min;
    for (auto v = to.first_variant; v < to.first_variant + to.variant_count; ++v)
      if (variant_counts_[v] >= guide_->variants[v].min && f.expected == wanted(guide_->variants[v], to.tag)) return true;
    return false;
  });
  auto& told = flaw(Cause::segment_out_of_sequence);
  told.path = path(spot);
  told.message = told.id + " comes too late: it stands before " + tag_text(plan_->spots[before].tag);
  told.fix = "send the segments in the guide's order";
}

// ------------------------------------------------------------------------------------------------------------ values

std::string SetReader::named(const Plan::Element& element, unsigned at) const {
  if (element.name != no_name) return std::string(names::local(element.name));
  return std::string(here_.id) + (at < 10 ? "0" : "") + std::to_string(at);
}

Flaw& SetReader::flaw(Cause cause, const Place& place) {
  auto& told = flaw(cause, place.at, place.component, place.repetition);
  show(told, *place.piece);
  told.bad = printable(place.text, 99);
  return told;
}

void SetReader::tell_misfit(const Place& place, Misfit misfit) {
  const auto form = place.element->form;
  const auto name = named(*place.element, place.at);
  switch (misfit) {
    case Misfit::date: {
      auto& told = flaw(Cause::bad_date, place);
      told.message = name + " \"" + told.bad + "\" is not a calendar date";
      told.expected = form == Form::date8 ? "a date CCYYMMDD" : "a date YYMMDD";
      told.fix = form == Form::date8 ? "write the date as year, month, day: 20250314" : "write the date as YYMMDD: 250314";
      break;
    }
    case Misfit::time: {
      auto& told = flaw(Cause::bad_time, place);
      told.message = name + " \"" + told.bad + "\" is not a time of day";
      told.expected = "a time HHMM or HHMMSS";
      told.fix = "write hours and minutes: 1640";
      break;
    }
    default: {
      auto& told = flaw(Cause::not_a_number, place);
      told.message = name + " \"" + told.bad + "\" is not a number";
      told.expected = form == Form::integer ? "digits" : "a number";
      told.fix = "write digits, e.g. 12";
    }
  }
}

void SetReader::tell_length(const Place& place, std::uint32_t length) {
  const auto& element = *place.element;
  const bool is_short = length < element.min;
  auto& told = flaw(is_short ? Cause::too_short : Cause::too_long, place);
  const bool number = element.form == Form::integer || element.form == Form::decimal;
  const std::string unit = number ? "digits" : "characters";
  told.expected = element.min == element.max ? std::to_string(element.min) + " " + unit
                  : is_short ? "at least " + std::to_string(element.min) + " " + unit : "at most " + std::to_string(element.max) + " " + unit;
  told.message = named(element, place.at) + " has " + std::to_string(length) + " " + unit;
  told.fix = "send " + told.expected;
}

void SetReader::tell_code(const Place& place) {
  const auto& codes = guide_->values[place.element->value];
  const bool known = std::find(codes.known.begin(), codes.known.end(), place.text) != codes.known.end();
  auto& told = flaw(known ? Cause::code_not_used : Cause::code_unknown, place);
  told.expected = "one of " + list(codes.codes);
  told.message = named(*place.element, place.at) + " \"" + told.bad + (known ? "\" is a code of the standard that this guide does not use" : "\" is not a code of this guide");
  told.fix = "use one of " + list(codes.codes);
}

void SetReader::tell_pattern(const Place& place, const std::string& pattern) {
  auto& told = flaw(Cause::pattern_mismatch, place);
  told.expected = "a value like " + pattern;
  told.message = named(*place.element, place.at) + " \"" + told.bad + "\" has not the form that this guide wants";
  told.fix = "send a value that matches " + pattern;
}

// ------------------------------------------------------------------------------------------------------------ counts

/// A value that an edi:auto counts, sums or fixes.
void SetReader::track(const Place& place) {
  const auto& element = *place.element;
  const auto text = place.text;
  if (element.tracked & 2) {
    if (const auto number = Decimal::parse(text))
      if (const auto sum = Decimal::add(sums_[element.index], *number)) sums_[element.index] = *sum;
  }
  if (!(element.tracked & 1)) return;
  const auto& automatic = guide_->autos[guide_->elements[element.index].automatic];
  if (automatic.kind == Auto::Kind::position) {
    const auto expected = counts_[here_.spot];
    const auto number = Decimal::parse(text);
    if (number && *number == Decimal(static_cast<std::int64_t>(expected))) return;
    auto& told = flaw(Cause::count_wrong, place.at, place.component, 0, Severity::warning);
    show(told, *place.piece);
    told.bad = printable(text, 99);
    told.expected = std::to_string(expected);
    told.message = named(element, place.at) + " says " + told.bad + ", but this is number " + told.expected;
    told.fix = "write " + told.expected;
    return;
  }
  const auto& spot = guide_->spots[here_.spot];
  tracked_.push_back({element.index, here_.number, printable(text, 99), path_of(place.at, place.component), std::string(here_.id),
                      guide_->elements[element.index].de, spot.loop, here_.base + place.piece->begin, static_cast<std::uint16_t>(place.at), static_cast<std::uint16_t>(place.component)});
}

void SetReader::check_tracked() {
  for (const auto& seen : tracked_) {
    const auto& automatic = guide_->autos[guide_->elements[seen.element].automatic];
    std::string expected, what;
    if (automatic.kind == Auto::Kind::count) {
      // One place, or every place of a segment: count(//HL).
      const Tag tag = automatic.spot != none ? plan_->spots[automatic.spot].tag : automatic.tag;
      const auto left_out = left_out_.find(tag);
      if (left_out != left_out_.end() && automatic.spot != none) continue;   // one of them may be meant
      std::uint64_t total = left_out != left_out_.end() ? left_out->second : 0;
      for (std::uint32_t s = 1; s < plan_->spots.size(); ++s)
        if (automatic.spot != none ? s == automatic.spot : plan_->spots[s].tag == tag) total += totals_[s];
      expected = std::to_string(total);
      what = "the message has " + expected + " " + tag_text(tag) + (total == 1 ? " segment" : " segments");
    } else if (automatic.kind == Auto::Kind::sum && automatic.spot != none) {
      if (left_out_.contains(plan_->spots[automatic.spot].tag)) continue;
      const auto& segment = guide_->segments[guide_->spots[automatic.spot].segment];
      auto index = segment.first_element + automatic.element - 1;
      if (automatic.component) index = guide_->elements[index].first_component + automatic.component - 1;
      const auto sum = sums_.find(index);
      expected = sum == sums_.end() ? "0" : sum->second.to_string(false);
      what = "the sum is " + expected;
    } else if (automatic.kind == Auto::Kind::fixed) {
      expected = automatic.value;
      what = "it is always " + expected;
    } else {
      continue;
    }
    const auto left = Decimal::parse(seen.text), right = Decimal::parse(expected);
    if (left && right ? *left == *right : seen.text == expected) continue;
    auto& told = flaw(automatic.kind == Auto::Kind::fixed ? Cause::fixed_value_wrong : Cause::count_wrong, seen.at, seen.component);
    told.segment = seen.segment;
    told.id = seen.id;
    told.loop = seen.loop;
    told.de = seen.de;
    told.path = seen.path;
    told.offset = seen.offset;
    told.length = static_cast<std::uint32_t>(seen.text.size());
    told.bad = seen.text;
    told.expected = expected;
    told.message = seen.path.substr(seen.path.rfind('/') + 1) + " says " + seen.text + ", but " + what;
    told.fix = "write " + expected;
  }
}

}  // namespace wayleave::edi
