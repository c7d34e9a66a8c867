#include "formats/edi/set_reader.hpp"

/// HL: which level stands inside which other one, told by HL01 to HL03.
namespace wayleave::edi {

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
    if (!frames_.back().number.empty()) lost_levels_.emplace(frames_.back().number);
  }
  for (const auto& told : flaws_)
    if (told.segment == here_.number && told.element == 3) return;
  const auto text = element_text(3);
  const bool empty = text.find_first_not_of(' ') == text.npos;
  auto& told = flaw(empty ? Cause::element_missing : Cause::code_unknown, 3);
  if (const auto* piece = piece_of(3); piece && !empty) {
    show(told, *piece);
    told.bad = printable(text, 99);
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
  const auto number = element_text(1);
  const std::string parent(element_text(2));
  const auto known = levels_.find(parent);
  const std::string_view* around = nullptr;
  bool nameless = false;                 // the level around has no number, which was told
  for (std::size_t f = frames_.size() - 1; f-- > 0 && !around && !nameless;) {
    if (!frames_[f].number.empty()) around = &frames_[f].number;
    else nameless = plan_->spots[frames_[f].spot].level;
  }
  if (nameless) {
    // What it should say nobody knows.
  } else if (!parent.empty() && known == levels_.end()) {
    auto& told = flaw(Cause::hierarchy_parent_unknown, 2);
    told.bad = printable(parent, 99);
    told.expected = around ? printable(*around, 99) : "nothing: this level is the first";
    told.message = "HL02 names level " + told.bad + ", which has not come before";
    told.fix = "write " + told.expected;
  } else if (around ? parent != *around : !parent.empty()) {
    auto& told = flaw(Cause::hierarchy_parent_wrong, 2);
    told.bad = printable(parent, 99);
    told.expected = around ? printable(*around, 99) : "nothing";
    told.message = parent.empty() ? "HL02 is missing: this level stands inside level " + told.expected
                                  : "HL02 says " + told.bad + ", but this level stands inside " + (around ? "level " + told.expected : "none");
    told.fix = "write " + told.expected + ", or send the level where it belongs";
  }
  if (number.empty()) return;
  const auto [level, added] = levels_.emplace(number);
  frame.number = *level;
  if (!added) {
    auto& told = flaw(Cause::hierarchy_number_repeated, 1);
    told.bad = printable(number, 99);
    told.expected = "a number that no level before has";
    told.message = "HL01 " + told.bad + " was used before";
    told.fix = "count the levels 1, 2, 3 …";
  }
}

}  // namespace wayleave::edi
