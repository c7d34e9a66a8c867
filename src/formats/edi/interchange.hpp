#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "document/document.hpp"
#include "formats/edi/delimiters.hpp"
#include "formats/edi/flaw.hpp"
#include "formats/edi/guide.hpp"

/// Interchanges: what stands around messages, and one pass over all of it.
///
///   X12.5 / X12.6             interchange = ISA *group IEA        group = GS *set GE      set = ST *segment SE
///   ISO 9735 (syntax 1 to 4)  interchange = [UNA] UNB (*set / *group) UNZ   group = UNG *set UNE   set = UNH *segment UNT
namespace wayleave::edi {

struct Identity {
  std::string qualifier, id;             ///< trailing blanks removed
  std::string internal;                  ///< EDIFACT: routing address (S002 0008, S003 0014)
  bool operator==(const Identity&) const = default;
};

/// ISA or UNB. Texts are as on the wire, decoded to UTF-8, trailing blanks removed.
struct InterchangeHead {
  Standard standard = Standard::x12;
  Delimiters delimiters;
  std::string version;                   ///< ISA12 `00401`; syntax version `3`
  std::string syntax;                    ///< EDIFACT: syntax identifier `UNOC`; X12: empty
  Identity sender, receiver;
  std::string date, time, control;
  bool test = false;                     ///< ISA15 T; 0035 1 (or 2, 3: anything but production)
  bool ack_requested = false;            ///< ISA14; 0031
  std::string authorization_qualifier = "00", authorization, security_qualifier = "00", security;   ///< ISA01–04
  std::string application, priority, agreement;   ///< EDIFACT 0026, 0029, 0032
  std::uint64_t offset = 0;
};

/// GS or UNG.
struct GroupHead {
  std::string code;                      ///< GS01 `PO`; 0038 `ORDERS`
  Identity sender, receiver;             ///< X12: id alone
  std::string date, time, control;
  std::string agency = "X";              ///< GS07; 0051
  std::string version;                   ///< GS08 `004010`; S008
  std::uint64_t offset = 0;
};

/// ST or UNH.
struct SetHead {
  std::string set;                       ///< 850, ORDERS
  std::string control;
  std::string version;                   ///< ST03, else GS08; `D.96A`
  std::string agency, association;       ///< EDIFACT 0051, 0057
  std::string implementation;            ///< ST03
  std::uint64_t offset = 0;
};

/// A set, read whole.
struct SetReading {
  SetHead head;
  const Guide* guide = nullptr;          ///< null: read on the syntax level only
  std::uint32_t segments = 0;            ///< ST and SE included
  std::uint64_t length = 0;              ///< bytes from ST to the end of SE
  std::string_view bytes;                ///< of the set; valid during the call; empty when it was larger than may be kept
  Flaws flaws;
  std::uint32_t more_flaws = 0;          ///< beyond the limit, counted only
  std::optional<Document> document;      ///< the guide's tree, when one was asked for and there is a guide
  bool accepted() const;                 ///< no flaw is an error
};

struct GroupEnd {
  std::uint64_t declared_sets = 0;       ///< as the trailer says
  std::uint32_t sets = 0;                ///< counted
  std::uint32_t accepted = 0;
  Flaws flaws;                           ///< of the group itself; an error refuses all its sets
  bool refused() const;
};

struct InterchangeEnd {
  std::uint32_t groups = 0, sets = 0, segments = 0;
  std::uint64_t length = 0;              ///< bytes from ISA or UNA to the end of IEA or UNZ
  Flaws flaws;                           ///< of the interchange itself; an error refuses it as a whole
  bool whole = false;                    ///< its trailer was read
  bool refused() const;
};

/// A TA1 inside somebody's interchange: what became of one of ours.
struct TechnicalAck {
  std::string control, date, time;
  std::string code;                      ///< A, E, R
  std::string note;                      ///< I18
};

/// Is told what is read, in order. In an interchange without groups group() and group_end() are not called.
/// Nothing that was told takes effect before interchange_end() came and says that it is not refused.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void interchange(const InterchangeHead& head) = 0;
  virtual void group(const GroupHead&) {}
  virtual void set(SetReading&& set) = 0;
  virtual void group_end(const GroupEnd&) {}
  virtual void interchange_end(const InterchangeEnd& end) = 0;
  virtual void technical(const TechnicalAck&) {}
  /// Bytes between, before or behind interchanges that are none. The reader goes on at the next ISA or UNB.
  virtual void stray(const Flaw&) {}
};

struct ReadLimits {
  std::uint64_t set = 8u << 20;          ///< bytes of one set
  std::uint32_t segment = 1u << 20;      ///< bytes of one segment; larger: the interchange is refused
  std::uint32_t pieces = 10'000;         ///< data elements and components of one segment
  std::uint32_t flaws = 100;             ///< kept of one set
  std::uint64_t interchange = ~0ull;     ///< bytes
};

struct ReadOptions {
  bool documents = true;                 ///< build trees
  bool judge = true;                     ///< against guides
  ReadLimits limits;
};

/// Reads any number of interchanges, given in pieces of any size, in bounded memory: one pass, each set judged while it is
/// read. Never fails: whatever the bytes are, the listener is told. One thread; `guides` and `listener` outlive it.
class Reader {
 public:
  Reader(const Guides& guides, Listener& listener, ReadOptions options = {});
  ~Reader();
  void feed(std::string_view bytes);
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Which standard these bytes begin like, after a byte order mark and white space; nullopt: neither.
std::optional<Standard> sniff(std::string_view bytes);

}  // namespace wayleave::edi
