#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/decimal.hpp"
#include "formats/edi/charset.hpp"
#include "formats/edi/interchange.hpp"
#include "formats/edi/lexer.hpp"
#include "formats/edi/plan.hpp"

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
  /// The set ends here; what is missing is told at segment `number`.
  void end(std::uint32_t number, std::uint64_t offset);
  /// Flaws of the set as a whole come from outside, too.
  void add(Flaw flaw);

  Flaws& flaws() { return flaws_; }
  std::uint32_t more_flaws() const { return more_flaws_; }
  bool has_tree() const { return guide_ && options_.documents && !broken_; }
  Document tree(std::string source);

 private:
  struct Frame {
    std::uint32_t spot = 0;
    std::uint32_t cursor = 0;            // child that stood last
    std::uint32_t instance = 1;
    std::string number;                  // HL01 of a hierarchical level
  };
  struct Here {                          // the segment being read
    const char* data = nullptr;
    std::uint64_t base = 0;
    const Piece* pieces = nullptr;
    std::uint32_t count = 0, number = 0;
    std::size_t end = 0;
    bool odd = false, released = false;
    std::string_view id;
    std::uint32_t spot = none;
  };

  // where it stands
  enum class Fit : std::uint8_t { fits, full, early, nowhere };
  Fit find(Tag tag, std::size_t& frame, std::uint32_t& spot) const;
  bool same_level(std::uint32_t spot) const;
  std::string_view element_text(unsigned element, unsigned component = 0) const;
  bool below(std::uint32_t spot, Tag tag) const;
  void misplaced(Tag tag);
  void enter(std::size_t frame, std::uint32_t spot, Fit fit);
  void leave_to(std::size_t frames);
  void close_frame();
  void check_missing(const Frame& frame, std::uint32_t from, std::uint32_t to);
  void check_variants(std::uint32_t spot);
  bool holds(const Variant& variant) const;
  bool choose_variant(std::uint32_t spot);
  void check_hierarchy(Frame& frame);

  // what it holds
  void elements(const Plan::Segment& plan, bool keep);
  bool simple(const Plan::Element& element, const Piece& piece, unsigned at, unsigned component, unsigned repetition, bool keep);
  void value(const Plan::Element& element, std::string_view text, const Piece& piece, unsigned at, unsigned component, unsigned repetition, bool wide);
  std::uint32_t composite(const Plan::Element& element, std::uint32_t piece, std::uint32_t last, unsigned at, unsigned repetition, bool keep);
  void rules(std::uint32_t first, std::uint32_t count, std::uint64_t present, const Plan::Element* parts, unsigned at);
  void missing(const Plan::Element* parts, std::uint64_t absent, unsigned at);
  void track(const Plan::Element& element, std::string_view text, const Piece& piece, unsigned at, unsigned component);
  void check_tracked();
  std::string decoded(const Piece& piece, bool& good, std::size_t& bad) const;
  void syntax_only();

  // telling
  Flaw& flaw(Cause cause, unsigned element = 0, unsigned component = 0, unsigned repetition = 0);
  void show(Flaw& flaw, const Piece& piece) const;
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
  std::unordered_map<std::string, std::uint32_t> levels_;   // HL01 → how deep
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
  bool broken_ = false;                        // the tree would not be the guide's
  DocumentBuilder builder_{std::string()};
  std::string scratch_;
};

}  // namespace wayleave::edi
