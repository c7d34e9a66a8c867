#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/decimal.hpp"
#include "formats/edi/charset.hpp"
#include "formats/edi/interchange.hpp"
#include "formats/edi/lexer.hpp"
#include "formats/edi/plan.hpp"
#include "formats/edi/values.hpp"

namespace wayleave::edi {

/// Judges one set after the other against their guides, segment by segment, and builds their trees. Every flaw is told
/// once: after one the reader finds its place again, and what only follows from it is not told. Reused; one thread.
class SetReader {
 public:
  explicit SetReader(const ReadOptions& options) : options_(options) {}

  struct Surroundings {
    Delimiters delimiters;
    CharacterSet characters = CharacterSet::x12_extended;
    bool edifact = false;
    const std::vector<Tag>* other_tags = nullptr;   ///< sorted: segment ids that any guide at hand knows
  };
  void begin(const Guide* guide, const Surroundings& around, std::uint64_t offset);
  /// A segment between ST and SE. `base`: absolute offset of data[0].
  void segment(const char* data, std::uint64_t base, const Lexer& lexer, std::uint32_t number);
  /// BIN or BDS, whose octets may look like anything: only where it stands is judged.
  void octets(const char* data, std::uint64_t base, std::size_t begin, std::uint32_t number);
  /// The set ends here; what is missing is told at segment `number`.
  void end(std::uint32_t number, std::uint64_t offset);
  /// Flaws of the set as a whole come from outside, too. Behind the end: where its trailer is missing, so is what stands
  /// before it, which is not told then.
  void add(Flaw flaw);

  Flaws& flaws() { return flaws_; }
  std::uint32_t more_flaws() const { return more_flaws_; }
  bool has_tree() const { return guide_ && options_.documents && !broken_; }
  Document tree(std::string source);

 private:
  struct Frame {
    std::uint32_t spot = 0;
    std::uint32_t cursor = 0;            // child that stood last
    std::string_view number;             // HL01 of a hierarchical level, in levels_
    bool guessed = false;                // one of several that an unknown HL03 could mean: nothing is missed in it
  };
  struct Presence {                      // which positions have data
    std::uint64_t low = 0;               // the first 64, of which rules speak
    std::uint64_t high = 0;              // those behind them; guides have 99
    std::uint64_t unlisted = 0;          // of `low`, those that the guide does not use: they satisfy rules and ask nothing
    void add(unsigned position) {        // from 0 on
      if (position < 64) [[likely]] low |= 1ull << position;
      else if (position < 128) high |= 1ull << (position - 64);
    }
    void add_unlisted(unsigned position) {
      if (position < 64) low |= 1ull << position, unlisted |= 1ull << position;
    }
    bool has(unsigned position) const { return (position < 64 ? low >> position : high >> (position - 64)) & 1; }
  };
  struct Here {                          // the segment being read
    const char* data = nullptr;
    std::uint64_t base = 0;
    const Piece* pieces = nullptr;
    std::uint32_t count = 0, number = 0;
    std::size_t end = 0;
    bool odd = false, released = false, opaque = false;
    std::string_view id;
    std::uint32_t spot = none;
  };

  // where it stands
  enum class Fit : std::uint8_t { fits, full, early, nowhere };
  Fit find(Tag tag, std::size_t& frame, std::uint32_t& spot) const;
  bool same_level(std::uint32_t spot) const;
  const Piece* piece_of(unsigned element, unsigned component = 0) const;
  std::string_view element_text(unsigned element, unsigned component = 0) const;
  bool below(std::uint32_t spot, Tag tag) const;
  void go();
  void tell_separator();
  void misplaced(Tag tag);
  std::uint32_t home(Tag tag, std::uint32_t first) const;
  void leave_out(Tag tag);
  bool guess_level(std::size_t& frame, std::uint32_t& spot, bool& several) const;
  void unknown_level(std::size_t frame, std::uint32_t spot, bool several);
  bool drifts(Tag tag);
  void enter(std::size_t frame, std::uint32_t spot, Fit fit);
  void came_late(std::uint32_t spot, std::uint32_t before);
  void leave_to(std::size_t frames);
  void close_frame();
  void check_missing(const Frame& frame, std::uint32_t from, std::uint32_t to);
  void tell_missing(std::uint32_t spot);
  void tell_missing(std::uint32_t spot, const Variant& variant);
  bool holds(const Variant& variant) const;
  bool told_as_missing(const Variant::Test& test) const;
  bool choose_variant(std::uint32_t spot);
  void check_hierarchy(Frame& frame);

  // what it holds
  void elements(const Plan::Segment& plan, bool keep);
  struct Place {                         // a value and where it stands
    const Plan::Element* element;
    std::string_view text;
    const Piece* piece;
    unsigned at, component, repetition;
  };
  void value(const Place& place, bool wide);
  bool simple(const Place& place, bool keep);
  bool is_plain(std::string_view text) const;
  bool odd(const Place& place, bool keep);
  std::string_view text_of(const Piece& piece) const { return {here_.data + piece.begin, piece.size()}; }
  std::uint32_t composite(const Plan::Element& element, std::uint32_t piece, std::uint32_t last, unsigned at, unsigned repetition, bool keep);
  struct Parts;
  bool rules_hold(std::uint32_t first, std::uint32_t count, std::uint64_t there, std::uint64_t asking) const;
  void rules(std::uint32_t first, std::uint32_t count, std::uint64_t there, std::uint64_t asking, const Parts& parts);
  void missing(const Parts& parts, const Presence& present);
  std::string name_of(const Parts& parts, unsigned i) const;
  void track(const Place& place);
  void check_tracked();
  std::string decoded(const Piece& piece, bool& good, std::size_t& bad) const;
  void syntax_only();

  // telling
  bool room(Severity severity);
  Flaw& flaw(Cause cause, unsigned element = 0, unsigned component = 0, unsigned repetition = 0, Severity severity = Severity::error);
  Flaw& flaw(Cause cause, const Place& place);
  void show(Flaw& flaw, const Piece& piece) const;
  void tell_misfit(const Place& place, Misfit misfit);
  void tell_length(const Place& place, std::uint32_t length);
  void tell_code(const Place& place);
  void tell_pattern(const Place& place, const std::string& pattern);
  std::string named(const Plan::Element& element, unsigned at) const;
  std::string path(std::uint32_t spot) const;
  std::string path_of(unsigned element, unsigned component) const;
  const Element* declared(unsigned element, unsigned component) const;

  const ReadOptions& options_;
  const Guide* guide_ = nullptr;
  const Plan* plan_ = nullptr;
  std::shared_ptr<const Plan> own_plan_;
  Surroundings around_;
  std::uint64_t offset_ = 0;
  Here here_;
  std::vector<Frame> frames_;
  std::vector<std::uint32_t> counts_;          // by spot, in the instance of the parent that is open
  std::vector<std::uint32_t> totals_;          // by spot, in the whole set
  std::vector<std::uint32_t> variant_counts_;  // by variant, in that instance
  std::uint32_t skipped_ = none;               // the loop that was left out: its segments are left out too
  std::unordered_set<std::string> levels_;                  // HL01 of those that came
  std::unordered_set<std::string> lost_levels_;             // HL01 of those whose place can only be guessed, and of those in them
  bool adrift_ = false;                        // in one of those: what may belong to it is left out
  std::unordered_map<Tag, std::uint32_t> left_out_;         // segments that had no place, of tags that the guide has
  struct Tracked {
    std::uint32_t element, segment;
    std::string text, path, id, de, loop;
    std::uint64_t offset;
    std::uint16_t at, component;
  };
  std::vector<Tracked> tracked_;
  std::unordered_map<std::uint32_t, Decimal> sums_;   // by element
  Flaws flaws_;
  Flaw overflow_;
  std::uint32_t more_flaws_ = 0;
  std::uint32_t warnings_ = 0;                 // among flaws_
  std::uint64_t end_ = ~0ull;                  // where the set ended
  bool broken_ = false;                        // the tree would not be the guide's
  DocumentBuilder builder_{std::string()};
  std::string scratch_;
};

}  // namespace wayleave::edi
