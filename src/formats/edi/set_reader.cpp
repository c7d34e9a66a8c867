#include "formats/edi/set_reader.hpp"

#include <algorithm>

namespace wayleave::edi {
namespace {

/// Bytes of the wire for messages: what is no printable ASCII as a point.
std::string readable(std::string_view bytes, std::size_t most) {
  std::string out(bytes.substr(0, most));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '.';
  return out;
}

/// `one N1 as ShipTo (N101 = ST)`
std::string wanted(const Variant& variant, Tag tag) {
  auto out = (variant.min == 1 ? "one " : "at least " + std::to_string(variant.min) + " ") + tag_text(tag) + " as " + variant.name;
  for (const auto& test : variant.tests)
    if (!test.values.empty()) out += " (" + tag_text(tag) + (test.element < 10 ? "0" : "") + std::to_string(test.element) + " = " + test.values[0] + ")";
  return out;
}

}  // namespace

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

void SetReader::add(Flaw flaw) {
  if (flaw.cause == Cause::set_trailer_missing || flaw.cause == Cause::set_too_large)
    std::erase_if(flaws_, [&](const Flaw& f) { return says_missing(f.cause) && f.offset == end_; });
  if (room(flaw.severity)) flaws_.push_back(std::move(flaw));
}

// ------------------------------------------------------------------------------------------------ finding the place

const Piece* SetReader::piece_of(unsigned element, unsigned component) const {
  unsigned at = 0, part = 1;
  for (std::uint32_t i = 0; i < here_.count; ++i) {
    const auto& piece = here_.pieces[i];
    if (at == element && (component == 0 || part == component)) return &piece;
    if (at > element) break;
    if (piece.closed == Piece::by_component) ++part;
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
  if (!guide_) return syntax_only();
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
    frames_.push_back({spot, to.first_child, count, {}, false});
    for (auto c = to.first_child; c < to.first_child + to.child_count; ++c) {
      counts_[c] = 0;
      const auto& child = plan_->spots[c];
      for (std::uint32_t v = 0; v < child.variant_count; ++v) variant_counts_[child.first_variant + v] = 0;
    }
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
  const auto& open = plan_->spots[frame.spot];
  if ((!open.mandatory_below && !open.variants_below) || frame.guessed) return;
  for (auto c = from; c < to; ++c) {
    const auto& child = plan_->spots[c];
    if (counts_[c] < child.min) [[unlikely]] {
      tell_missing(c);
      continue;
    }
    for (std::uint32_t v = child.first_variant; v < child.first_variant + child.variant_count; ++v)
      if (const auto& variant = guide_->variants[v]; variant_counts_[v] < variant.min) [[unlikely]] tell_missing(c, variant);
  }
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
      told.bad = readable(decoded(*piece, good, bad), 99);
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

// --------------------------------------------------------------------------------------------------------- hierarchy

/// Where a level whose HL03 the guide does not have would stand: what it says of its parent tells; false: it has one that
/// the guide has, only not here.
bool SetReader::guess_level(std::size_t& frame, std::uint32_t& spot, bool& several) const {
  const auto level = element_text(3), parent = element_text(2);
  for (const auto& each : guide_->spots)
    if (!each.level.empty() && each.level == level) return false;
  std::uint32_t found = 0;
  auto take = [&](std::size_t f) {
    const auto& open = plan_->spots[frames_[f].spot];
    for (auto c = frames_[f].cursor; c < open.first_child + open.child_count; ++c) {
      if (!plan_->spots[c].level || plan_->spots[c].tag != tag_of("HL") || counts_[c] >= plan_->spots[c].max) continue;
      if (found++ == 0) frame = f, spot = c;
    }
  };
  for (std::size_t f = frames_.size(); f-- > 0 && !parent.empty() && found == 0;)
    if (frames_[f].number == parent) take(f);
  if (found == 0)
    for (std::size_t f = frames_.size(); f-- > 0;) take(f);
  several = found > 1;
  return found != 0;
}

/// It is read as the level that it can be, so that nothing else is told but what is wrong with HL03. Where it could be
/// several, what stands in it is not judged.
void SetReader::unknown_level(std::size_t frame, std::uint32_t spot, bool several) {
  const auto parent = guide_->spots[spot].parent;
  skipped_ = none;
  enter(frame, spot, Fit::fits);
  if (several) {
    adrift_ = true;
    frames_.back().guessed = true;
    if (!frames_.back().number.empty()) lost_levels_.insert(frames_.back().number);
  }
  for (const auto& told : flaws_)
    if (told.segment == here_.number && told.element == 3) return;
  const auto text = element_text(3);
  const bool empty = text.find_first_not_of(' ') == text.npos;
  auto& told = flaw(empty ? Cause::element_missing : Cause::code_unknown, 3);
  if (const auto* piece = piece_of(3); piece && !empty) {
    show(told, *piece);
    told.bad = readable(text, 99);
  }
  const auto& around = guide_->spots[parent];
  unsigned levels = 0;
  for (auto c = around.first_child; c < around.first_child + around.child_count; ++c)
    if (const auto& level = guide_->spots[c].level; !level.empty()) told.expected += (levels++ ? ", " : "") + level;
  if (levels > 1) told.expected = "one of " + told.expected;
  told.message = empty ? "HL03 is missing" : "HL03 \"" + told.bad + "\" is not a code of this guide";
  told.fix = (empty ? "send " : "use ") + told.expected;
}

/// Behind a level whose place was a guess: what may belong to it is left out, until a level comes that is not inside it.
bool SetReader::drifts(Tag tag) {
  if (tag == tag_of("HL")) {
    adrift_ = lost_levels_.contains(std::string(element_text(2)));
    if (const auto number = element_text(1); adrift_ && !number.empty()) lost_levels_.emplace(number);
  } else {
    adrift_ = false;
    for (std::uint32_t s = 1; s < plan_->spots.size() && !adrift_; ++s) adrift_ = plan_->spots[s].level && below(s, tag);
  }
  if (adrift_) leave_out(tag);
  return adrift_;
}

/// HL01 is a new number, HL02 that of the level around it.
void SetReader::check_hierarchy(Frame& frame) {
  frame.number = element_text(1);
  const std::string parent(element_text(2));
  const auto depth = static_cast<std::uint32_t>(frames_.size());
  const auto known = levels_.find(parent);
  const std::string* around = nullptr;
  bool nameless = false;                 // the level around has no number, which was told
  for (std::size_t f = frames_.size() - 1; f-- > 0 && !around && !nameless;) {
    if (!frames_[f].number.empty()) around = &frames_[f].number;
    else nameless = plan_->spots[frames_[f].spot].level;
  }
  if (nameless) {
    // What it should say nobody knows.
  } else if (!parent.empty() && known == levels_.end()) {
    auto& told = flaw(Cause::hierarchy_parent_unknown, 2);
    told.bad = readable(parent, 99);
    told.expected = around ? readable(*around, 99) : "nothing: this level is the first";
    told.message = "HL02 names level " + told.bad + ", which has not come before";
    told.fix = "write " + told.expected;
  } else if (around ? parent != *around : !parent.empty()) {
    auto& told = flaw(Cause::hierarchy_parent_wrong, 2);
    told.bad = readable(parent, 99);
    told.expected = around ? readable(*around, 99) : "nothing";
    told.message = parent.empty() ? "HL02 is missing: this level stands inside level " + told.expected
                                  : "HL02 says " + told.bad + ", but this level stands inside " + (around ? "level " + told.expected : "none");
    told.fix = "write " + told.expected + ", or send the level where it belongs";
  }
  if (!frame.number.empty() && !levels_.emplace(frame.number, depth).second) {
    auto& told = flaw(Cause::hierarchy_number_repeated, 1);
    told.bad = readable(frame.number, 99);
    told.expected = "a number that no level before has";
    told.message = "HL01 " + told.bad + " was used before";
    told.fix = "count the levels 1, 2, 3 …";
  }
}

// ------------------------------------------------------------------------------------------------------------ counts

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

// ----------------------------------------------------------------------------------------------------------- telling

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
  told.id = readable(here_.id, 20);
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

}  // namespace wayleave::edi
