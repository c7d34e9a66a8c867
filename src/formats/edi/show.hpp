#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "formats/edi/interchange.hpp"

namespace wayleave::edi {

class RawSet;
struct RawSegment;
struct RawValue;

/// Interchanges for people: each segment as it came, indented by loop, below it what its elements are by the guide, and
/// what is wrong with them.
///
///       BEG*00*SA*PO-4711**20250231
///         BEG01 (353) 00 = a new order — purpose of the message
///         BEG05 (373) 20250231 — date of the order
///                         ^^^^^^^^
///         E314 …
///
/// A set without a guide shows positions alone. The reader must build trees (ReadOptions::documents), which tell the
/// loops. One thread; in memory of one set.
class Show : public Listener {
 public:
  using Sink = std::function<void(std::string_view)>;
  explicit Show(Sink sink, bool colour = false) : sink_(std::move(sink)), colour_(colour) {}
  void interchange(const InterchangeHead& head) override;
  void group(const GroupHead& head) override;
  void set(SetReading&& set) override;
  void group_end(const GroupEnd& end) override;
  void interchange_end(const InterchangeEnd& end) override;
  void stray(const Flaw& flaw) override;

 private:
  /// Where a segment stands, by its offset in the set.
  struct Place {
    std::uint32_t begin = 0, spot = 0;
    unsigned depth = 0;
  };
  static void places(
      const Guide& guide, const Document& document, Document::Index node, std::uint32_t spot, unsigned depth,
      std::vector<Place>& out
  );
  void segment(
      const RawSet& raw, const RawSegment& at, const SetReading& set, const Segment* described, unsigned indent,
      const std::vector<const Flaw*>& flaws
  );
  void value(
      const RawSet& raw, const RawSegment& at, const RawValue& value, const SetReading& set, const Segment* described,
      unsigned indent
  );
  void flaw(const Flaw& flaw, unsigned indent);
  void line(unsigned indent, std::string_view text, const char* colour = nullptr);
  void flush();

  Sink sink_;
  bool colour_;
  std::string out_;
  InterchangeHead head_;
  bool grouped_ = false;
};

}  // namespace wayleave::edi
