#include "formats/edi/set_reader.hpp"

#include <algorithm>

namespace wayleave::edi {
void SetReader::begin(const Guide* guide, const Surroundings& around, std::uint64_t offset) {
  around_ = around;
  offset_ = offset;
  flaws_.clear();
  more_flaws_ = 0;
  warnings_ = 0;
  end_ = ~0ull;
  broken_ = false;
  if (!options_.judge) guide = nullptr;
  if (guide_ != guide) {
    guide_ = guide;
    own_plan_ = guide && !guide->plan ? make_plan(*guide) : nullptr;
    plan_ = own_plan_ ? own_plan_.get() : guide ? guide->plan.get() : nullptr;
  }
  if (!guide_) return;
  frames_.resize(1);
  frames_[0] = {};
  frames_[0].cursor = plan_->spots[0].first_child;
  counts_.assign(plan_->spots.size(), 0);
  totals_.assign(plan_->spots.size(), 0);
  variant_counts_.assign(guide_->variants.size(), 0);
  skipped_ = none;
  levels_.clear();
  lost_levels_.clear();
  adrift_ = false;
  left_out_.clear();
  tracked_.clear();
  sums_.clear();
  if (options_.documents) {
    builder_.clear({});
    builder_.start(plan_->spots[0].name, 0);
  }
}

Document SetReader::tree(std::string source) { return builder_.finish(std::move(source)); }

// ------------------------------------------------------------------------------------------------ finding the place

const Piece* SetReader::piece_of(unsigned element, unsigned component) const {
  unsigned at = 0, part = 1;
  for (std::uint32_t i = 0; i < here_.count; ++i) {
    const auto& piece = here_.pieces[i];
    if (at == element && (component == 0 || part == component)) return &piece;
    if (at > element) break;
    if (i == 0) ++at;                    // the id ends there, whatever stands behind it
    else if (piece.closed == Piece::by_component) ++part;
    else if (piece.closed == Piece::by_repetition) part = component ? 1000 : 1;
    else ++at, part = 1;
  }
  return nullptr;
}

std::string_view SetReader::element_text(unsigned element, unsigned component) const {
  const auto* piece = piece_of(element, component);
  return piece ? std::string_view(here_.data + piece->begin, piece->size()) : std::string_view();
}

bool SetReader::same_level(std::uint32_t spot) const { return element_text(3) == guide_->spots[spot].level; }

/// The first child at or after the cursor with room left, innermost loop first, then the loops around it.
SetReader::Fit SetReader::find(Tag tag, std::size_t& frame, std::uint32_t& spot) const {
  Fit best = Fit::nowhere;
  const auto bit = Plan::bit(tag);
  // A level says itself inside which other one it stands; where that one is open and has room for it, it is there.
  if (const auto parent = tag == tag_of("HL") ? element_text(2) : std::string_view(); !parent.empty()) {
    for (std::size_t f = frames_.size(); f-- > 0;) {
      if (frames_[f].number != parent) continue;
      const auto& open = plan_->spots[frames_[f].spot];
      for (auto c = frames_[f].cursor; c < open.first_child + open.child_count; ++c) {
        const auto& child = plan_->spots[c];
        if (child.tag != tag || !child.level || !same_level(c) || counts_[c] >= child.max) continue;
        frame = f;
        spot = c;
        return Fit::fits;
      }
    }
  }
  for (std::size_t f = frames_.size(); f-- > 0;) {
    const auto& open = plan_->spots[frames_[f].spot];
    if (!(open.tags_below & bit)) continue;
    const auto last = open.first_child + open.child_count;
    for (auto c = frames_[f].cursor; c < last; ++c) {
      const auto& child = plan_->spots[c];
      if (child.tag != tag || (child.level && !same_level(c))) continue;
      if (counts_[c] < child.max) {
        frame = f;
        spot = c;
        return Fit::fits;
      }
      if (best == Fit::nowhere) best = Fit::full, frame = f, spot = c;
    }
  }
  if (best != Fit::nowhere) return best;
  for (std::size_t f = frames_.size(); f-- > 0;) {
    const auto& open = plan_->spots[frames_[f].spot];
    for (auto c = open.first_child; c < frames_[f].cursor && c < open.first_child + open.child_count; ++c) {
      const auto& child = plan_->spots[c];
      if (child.tag != tag || (child.level && !same_level(c))) continue;
      frame = f;
      spot = c;
      return Fit::early;
    }
  }
  return Fit::nowhere;
}

bool SetReader::below(std::uint32_t spot, Tag tag) const {
  const auto& open = plan_->spots[spot];
  for (auto c = open.first_child; c < open.first_child + open.child_count; ++c)
    if (plan_->spots[c].tag == tag || below(c, tag)) return true;
  return false;
}

/// Where such a segment belongs: `first`, or the place of its level.
std::uint32_t SetReader::home(Tag tag, std::uint32_t first) const {
  for (auto s = first; s < plan_->spots.size(); ++s)
    if (plan_->spots[s].tag == tag && plan_->spots[s].level && same_level(s)) return s;
  return first;
}

/// Counts that speak of such segments are right although it is not read.
void SetReader::leave_out(Tag tag) { ++left_out_[tag]; }

/// A segment that has no place here. It is told once and left out, with whatever can only belong to it.
void SetReader::misplaced(Tag tag) {
  if (skipped_ != none && below(skipped_, tag)) return leave_out(tag);
  skipped_ = none;
  const auto& spots = plan_->spots;
  const auto at = std::find_if(spots.begin() + 1, spots.end(), [&](const Plan::Spot& s) { return s.tag == tag; });
  Cause cause = Cause::unrecognized_segment;
  if (at != spots.end()) {
    cause = Cause::unexpected_segment;
    leave_out(tag);
    if (at->child_count) skipped_ = static_cast<std::uint32_t>(at - spots.begin());
  } else if (std::binary_search(guide_->known.begin(), guide_->known.end(), tag)) {
    if (guide_->ignore_unused) return;
    cause = Cause::segment_not_used;
  } else if (around_.other_tags && std::binary_search(around_.other_tags->begin(), around_.other_tags->end(), tag)) {
    cause = Cause::segment_not_in_set;
  }
  auto& told = flaw(cause);
  told.path = path(frames_.back().spot);
  switch (cause) {
    case Cause::unexpected_segment:
      told.message = told.id + " cannot stand here";
      told.expected = "it belongs to " + path(guide_->spots[home(tag, static_cast<std::uint32_t>(at - spots.begin()))].parent) + ", which is not open here";
      told.fix = "send it inside its loop";
      break;
    case Cause::segment_not_used: told.message = told.id + " is not used in this guide", told.fix = "leave it out, or agree it with us"; break;
    case Cause::segment_not_in_set: told.message = told.id + " is no segment of this message", told.fix = "leave it out"; break;
    default:
      told.message = "\"" + told.id + "\" is no segment that we know";
      told.expected = "a segment of the guide";
      told.fix = "check the segment id and the delimiter before it";
  }
}

// ---------------------------------------------------------------------------------------------------- going there

void SetReader::segment(const char* data, std::uint64_t base, const Lexer& lexer, std::uint32_t number) {
  here_ = {};
  here_.data = data;
  here_.base = base;
  here_.pieces = lexer.begin();
  here_.count = lexer.count();
  here_.number = number;
  here_.end = lexer.end();
  here_.odd = lexer.odd();
  here_.released = lexer.released();
  const auto& first = here_.pieces[0];
  here_.id = {data + first.begin, first.size()};
  if (!guide_) {
    if (first.closed != Piece::by_element && first.closed != Piece::by_segment) tell_separator();
    return syntax_only();
  }
  go();
}

void SetReader::octets(const char* data, std::uint64_t base, std::size_t begin, std::uint32_t number) {
  if (!guide_) return;
  const Piece id{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin + 3), Piece::by_segment};
  here_ = {};
  here_.data = data;
  here_.base = base;
  here_.pieces = &id;
  here_.count = 1;
  here_.number = number;
  here_.end = begin + 3;
  here_.opaque = true;
  here_.id = {data + begin, 3};
  go();
  here_ = {};
}

void SetReader::go() {
  const Tag tag = tag_of(here_.id);
  if (const auto closed = here_.pieces[0].closed; closed != Piece::by_element && closed != Piece::by_segment) [[unlikely]] tell_separator();
  if (adrift_ && drifts(tag)) [[unlikely]] return;
  std::size_t frame = 0;
  std::uint32_t spot = none;
  const Fit fit = tag ? find(tag, frame, spot) : Fit::nowhere;
  if (fit == Fit::nowhere) {
    bool several = false;
    if (tag == tag_of("HL") && guess_level(frame, spot, several)) return unknown_level(frame, spot, several);
    return misplaced(tag);
  }
  skipped_ = none;
  enter(frame, spot, fit);
}

void SetReader::enter(std::size_t frame, std::uint32_t spot, Fit fit) {
  const auto& to = plan_->spots[spot];
  leave_to(frame + 1);
  auto& open = frames_[frame];
  if (spot > open.cursor) {
    check_missing(open, open.cursor, spot);
    open.cursor = spot;
  }
  here_.spot = spot;
  const auto count = ++counts_[spot];
  ++totals_[spot];
  if (fit == Fit::full && count == to.max + 1) {
    auto& told = flaw(to.child_count ? Cause::loop_too_often : Cause::segment_too_often);
    told.path = path(spot);
    told.expected = "at most " + std::to_string(to.max);
    told.message = told.id + " comes more often than " + std::to_string(to.max) + (to.max == 1 ? " time" : " times");
    told.fix = "send at most " + std::to_string(to.max);
  }
  const bool used = !here_.opaque && (to.variant_count == 0 || choose_variant(spot));
  const bool keep = used && options_.documents && !broken_;
  const bool loop = to.child_count || to.level;
  if (fit == Fit::early) came_late(spot, open.cursor);
  if (loop) {
    frames_.push_back({spot, to.first_child, {}, false});
    std::fill_n(counts_.begin() + to.first_child, to.child_count, 0u);
    if (to.variants_below)
      for (auto c = to.first_child; c < to.first_child + to.child_count; ++c)
        std::fill_n(variant_counts_.begin() + plan_->spots[c].first_variant, plan_->spots[c].variant_count, 0u);
  }
  if (keep || (loop && options_.documents && !broken_)) {
    builder_.start(to.name, static_cast<std::uint32_t>(here_.base + here_.pieces[0].begin - offset_));
    if (!here_.opaque) elements(plan_->segments[to.segment], keep);
    if (!loop) builder_.end();
  } else if (!here_.opaque) {
    elements(plan_->segments[to.segment], false);
  }
  if (to.level) check_hierarchy(frames_.back());
}

void SetReader::leave_to(std::size_t frames) {
  while (frames_.size() > frames) close_frame();
}

void SetReader::close_frame() {
  const auto& frame = frames_.back();
  const auto& open = plan_->spots[frame.spot];
  check_missing(frame, frame.cursor, open.first_child + open.child_count);
  frames_.pop_back();
  if (options_.documents && !broken_) builder_.end();
}

void SetReader::end(std::uint32_t number, std::uint64_t offset) {
  here_ = {};
  here_.number = number;
  here_.base = offset;
  end_ = offset;
  if (!guide_) return;
  leave_to(0);
  check_tracked();
}

/// The children from `from` on and before `to` that had to come, and the uses of them.
void SetReader::check_missing(const Frame& frame, std::uint32_t from, std::uint32_t to) {
  if (from >= to || frame.guessed) return;
  for (auto c = plan_->spots[from].needed; c < to; c = c + 1 < to ? plan_->spots[c + 1].needed : to) {
    const auto& child = plan_->spots[c];
    if (counts_[c] < child.min) [[unlikely]] {
      tell_missing(c);
      continue;
    }
    for (std::uint32_t v = child.first_variant; v < child.first_variant + child.variant_count; ++v)
      if (const auto& variant = guide_->variants[v]; variant_counts_[v] < variant.min) [[unlikely]] tell_missing(c, variant);
  }
}

// ---------------------------------------------------------------------------------------------------------- variants

bool SetReader::holds(const Variant& variant) const {
  return std::all_of(variant.tests.begin(), variant.tests.end(), [&](const Variant::Test& test) {
    const auto* piece = piece_of(test.element, test.component);
    const auto text = piece ? std::string_view(here_.data + piece->begin, piece->size()) : std::string_view();
    if (std::find(test.values.begin(), test.values.end(), text) != test.values.end()) return true;
    if (!piece || !(here_.odd || here_.released)) [[likely]] return false;
    bool good = true;
    std::size_t bad = 0;
    const auto meant = decoded(*piece, good, bad);
    return good && std::find(test.values.begin(), test.values.end(), meant) != test.values.end();
  });
}

/// The qualifier is not there, and its segment says so itself: it is mandatory.
bool SetReader::told_as_missing(const Variant::Test& test) const {
  if (element_text(test.element, test.component).find_first_not_of(' ') != std::string_view::npos) return false;
  const auto* element = declared(test.element, 0);
  if (!element || test.component == 0) return element && element->use == Element::Use::mandatory;
  const auto* piece = piece_of(test.element);
  bool any = false;
  for (; piece && piece < here_.pieces + here_.count; ++piece) {
    any |= piece->size() != 0;
    if (piece->closed != Piece::by_component) break;
  }
  const auto* component = declared(test.element, test.component);
  return any ? component && component->use == Element::Use::mandatory : element->use == Element::Use::mandatory;
}

/// Counts the variant of this segment; false when the segment is to be left out.
bool SetReader::choose_variant(std::uint32_t spot) {
  const auto& to = plan_->spots[spot];
  for (std::uint32_t v = to.first_variant; v < to.first_variant + to.variant_count; ++v) {
    const auto& variant = guide_->variants[v];
    if (!holds(variant)) continue;
    if (++variant_counts_[v] == variant.max + 1 && variant.max != unbounded) {
      auto& told = flaw(to.child_count ? Cause::variant_loop_too_often : Cause::variant_too_often);
      told.path = path(spot);
      told.expected = "at most " + std::to_string(variant.max) + " of " + variant.name;
      told.message = variant.name + " (" + told.id + ") comes more often than " + std::to_string(variant.max) + (variant.max == 1 ? " time" : " times");
      told.fix = "send " + told.expected;
    }
    return true;
  }
  const auto others = guide_->spots[spot].others;
  if (others == Spot::Others::accept) return true;
  if (others == Spot::Others::reject) {
    const auto& tests = guide_->variants[to.first_variant].tests;
    if (!tests.empty() && told_as_missing(tests[0])) return true;
    auto& told = tests.empty() ? flaw(Cause::variant_not_used) : flaw(Cause::variant_not_used, tests[0].element, tests[0].component);
    if (const auto* piece = tests.empty() ? nullptr : piece_of(tests[0].element, tests[0].component)) {
      bool good = true;
      std::size_t bad = 0;
      told.bad = printable(decoded(*piece, good, bad), 99);
    }
    told.path = path(spot);
    for (std::uint32_t v = 0; v < to.variant_count; ++v) {
      const auto& variant = guide_->variants[to.first_variant + v];
      if (variant.tests.empty()) continue;
      for (const auto& value : variant.tests[0].values) told.expected += (told.expected.empty() ? "" : ", ") + value + " " + variant.name;
    }
    told.message = told.id + " is not used with" + (told.bad.empty() ? "out a qualifier" : " " + told.bad) + " in this guide";
    told.fix = "leave it out, or use one of: " + told.expected;
    return true;
  }
  return false;
}

}  // namespace wayleave::edi
