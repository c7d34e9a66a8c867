#pragma once

#include "formats/edi/charset.hpp"
#include "formats/edi/control_numbers.hpp"
#include "formats/edi/interchange.hpp"
#include "formats/edi/lexer.hpp"
#include "formats/edi/set_reader.hpp"

namespace wayleave::edi {

/// A service segment, small and rare enough to be taken apart into texts.
struct ServiceSegment {
  std::vector<std::vector<std::string>> elements;   ///< [0]: its id; components of each
  std::string_view operator()(std::size_t element, std::size_t component = 1) const {
    if (element >= elements.size() || component > elements[element].size()) return {};
    return elements[element][component - 1];
  }
  std::size_t count() const { return elements.size() - 1; }
};

/// What the reader knows while it reads: a window over the bytes, and how deep it is inside an interchange. Envelopes are
/// taken apart in x12/envelope.cpp and edifact/envelope.cpp.
struct Reader::State {
  State(const Guides& guides, Listener& listener, ReadOptions options);

  void feed(std::string_view bytes);
  void consume(bool last);

  // the window
  std::string_view rest() const { return {buffer.data() + at, size - at}; }
  std::uint64_t here() const { return base + at; }
  void skip_blanks();
  bool find_interchange(bool last);
  bool binary_segment(bool last, bool& wait);
  void stray(std::size_t begin);
  void compact();
  void one_segment();
  void segment_too_long();

  // the envelope
  enum class Opened : std::uint8_t { yes, no, wait };
  Opened open_x12(bool last);
  Opened open_edifact(bool last);
  void x12_segment(Tag tag);
  void edifact_segment(Tag tag);
  void edifact_header(bool announced);
  void check_isa(const std::vector<std::string>& isa);
  void begin_group();
  void begin_set(SetHead head);
  void end_set(std::string_view count, std::string_view control, bool trailer);
  void end_group(std::string_view count, std::string_view control, bool trailer);
  void end_interchange(std::string_view count, std::string_view control);
  void truncated();
  bool swallowed(std::size_t length);
  void drop_interchange();
  void close_open(bool group_too);
  const Guide* guide_for(const SetHead& head);

  ServiceSegment service() const;
  Flaw envelope_flaw(Cause cause, std::string_view id, unsigned element, std::string bad, std::string expected, std::string message, std::string fix) const;
  void tell(Cause cause, std::string_view id, unsigned element, std::string bad, std::string expected, std::string message, std::string fix);
  void structure(std::string_view id);

  const Guides& guides;
  Listener& listener;
  const ReadOptions options;

  std::vector<char> buffer;
  std::size_t size = 0, at = 0;
  std::uint64_t base = 0;
  Lexer lexer;
  SetReader sets;

  enum class Level : std::uint8_t { outside, interchange, group, set } level = Level::outside;
  Standard standard = Standard::x12;
  SetReader::Surroundings around;
  InterchangeHead head;
  InterchangeEnd end;
  GroupHead group;
  GroupEnd group_end;
  bool grouped = false;                  // inside GS or UNG
  bool structure_told = false;
  bool technical = false;                // it has TA1 segments
  SetHead set;
  std::uint64_t set_begin = 0, interchange_begin = 0;
  std::uint32_t set_segments = 0;
  bool set_kept = true;                  // its bytes are in the window
  bool set_dropped = false;              // too large: its segments are only counted
  ControlNumbers set_numbers, group_numbers;
  Flaws set_flaws;                       // of ST or UNH
  const Guide* last_guide = nullptr;
  std::string last_set, last_version, last_association;
  bool lost = false;                     // looking for the next interchange after one that could not be read
  std::uint64_t stray_begin = ~0ull;
  std::string stray_text;                // its first bytes
};

}  // namespace wayleave::edi
