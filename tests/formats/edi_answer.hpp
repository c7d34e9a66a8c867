#pragma once

#include <string>
#include <vector>

#include "formats/edi/acknowledge.hpp"

/// What a Reader tells, as text that can be compared, and what is answered. For tests and fuzzing.
namespace answer {

using namespace wayleave;
using namespace wayleave::edi;

struct Told : Listener {
  explicit Told(AckKind kind = AckKind::by_version) : ack(kind) {}
  Acknowledger ack;
  std::string text;                      ///< everything that was told
  std::string answers;                   ///< all acknowledgments, one behind the other
  std::vector<bool> refused;             ///< of each interchange
  std::vector<std::string> flaw_texts;   ///< that reports would show
  std::vector<Cause> causes;
  std::size_t sets = 0, accepted = 0, strays = 0, interchanges = 0, technicals = 0;
  std::size_t effective = 0;             ///< accepted sets of accepted groups of accepted interchanges

  bool has(Cause cause) const {
    for (const auto c : causes)
      if (c == cause) return true;
    return false;
  }
  void note(std::initializer_list<std::string> parts) {
    for (const auto& part : parts) text += part + "|";
    text += '\n';
  }
  void take(const Flaws& flaws) {
    for (const auto& f : flaws) {
      causes.push_back(f.cause);
      note(
          {std::string(saying(f.cause).code), std::to_string(static_cast<int>(f.severity)), std::to_string(f.segment), std::to_string(f.element),
           std::to_string(f.component), std::to_string(f.repetition), std::to_string(f.offset), std::to_string(f.length), f.id, f.loop, f.de, f.bad,
           f.path, f.expected, f.message, f.fix}
      );
      for (const auto* t : {&f.id, &f.bad, &f.path, &f.expected, &f.message, &f.fix}) flaw_texts.push_back(*t);
    }
  }
  static std::string identity(const Identity& i) { return i.qualifier + "/" + i.id + "/" + i.internal; }
  void interchange(const InterchangeHead& h) override {
    ++interchanges;
    pending = in_group = 0;
    note(
        {"interchange", h.version, h.syntax, identity(h.sender), identity(h.receiver), h.date, h.time, h.control, std::to_string(h.test),
         std::to_string(h.ack_requested), std::to_string(h.offset),
         std::string{h.delimiters.segment, h.delimiters.element, h.delimiters.component, h.delimiters.repetition, h.delimiters.release}}
    );
    for (const auto* t :
         {&h.version, &h.syntax, &h.sender.id, &h.receiver.id, &h.sender.qualifier, &h.receiver.qualifier, &h.control, &h.date, &h.time,
          &h.authorization_qualifier, &h.authorization, &h.security_qualifier, &h.security})
      flaw_texts.push_back(*t);
    ack.interchange(h);
  }
  void group(const GroupHead& h) override {
    in_group = 0;
    note({"group", h.code, identity(h.sender), identity(h.receiver), h.control, h.version, std::to_string(h.offset)});
    for (const auto* t : {&h.code, &h.control, &h.version, &h.sender.id, &h.receiver.id}) flaw_texts.push_back(*t);
    ack.group(h);
  }
  void set(SetReading&& s) override {
    ++sets;
    const bool good = s.accepted();
    if (good) ++accepted, ++in_group;
    note(
        {"set", s.head.set, s.head.control, s.head.version, s.head.agency, s.head.association, s.head.implementation, std::to_string(s.head.offset),
         std::to_string(s.segments), std::to_string(s.length), std::to_string(s.more_flaws), std::to_string(s.guide != nullptr),
         s.document ? "tree" : "", std::string(s.bytes)}
    );
    for (const auto* t : {&s.head.set, &s.head.control, &s.head.version}) flaw_texts.push_back(*t);
    take(s.flaws);
    ack.set(s.head, s.flaws, good ? Acknowledger::Fate::accepted : Acknowledger::Fate::rejected);
  }
  void group_end(const GroupEnd& end) override {
    note({"group end", std::to_string(end.declared_sets), std::to_string(end.sets), std::to_string(end.accepted)});
    take(end.flaws);
    if (!end.refused()) pending += in_group;
    in_group = 0;
    ack.group_end(end);
  }
  void interchange_end(const InterchangeEnd& end) override {
    note(
        {"end", std::to_string(end.groups), std::to_string(end.sets), std::to_string(end.segments), std::to_string(end.length),
         std::to_string(end.whole)}
    );
    take(end.flaws);
    refused.push_back(end.refused());
    if (!end.refused()) effective += pending + in_group;
    if (ack.due(end)) ack.finish(end, {"000000007", "7", "20250314", "0912"}, [&](std::string_view piece) { answers += piece; });
  }
  void technical(const TechnicalAck& t) override {
    ++technicals;
    note({"technical", t.control, t.date, t.time, t.code, t.note});
  }
  void stray(const Flaw& flaw) override {
    ++strays;
    note({"stray"});
    take({flaw});
  }
  std::size_t pending = 0, in_group = 0;
};

/// `piece`: bytes a feed; 0: all at once.
inline void read(std::string_view bytes, const Guides& guides, Told& told, std::size_t piece = 0, ReadOptions options = {}) {
  Reader reader(guides, told, options);
  if (piece == 0) reader.feed(bytes);
  else
    for (std::size_t i = 0; i < bytes.size(); i += piece) reader.feed(bytes.substr(i, piece));
  reader.finish();
}

/// What is wrong with answers by the guides of answers; empty: nothing.
inline std::string wrong(std::string_view answers, const Guides& answer_guides) {
  Told told;
  read(answers, answer_guides, told);
  std::string out;
  for (const auto cause : told.causes) out += std::string(saying(cause).code) + " ";
  return out.empty() ? out : out + "\n" + told.text;
}

/// An interchange with `groups` groups of `sets` orders of `lines` lines.
inline std::string x12(unsigned groups, unsigned sets, unsigned lines, std::string_view version = "004010") {
  auto padded = [](unsigned n, int width) {
    auto t = std::to_string(n);
    return std::string(static_cast<std::size_t>(std::max(0, width - static_cast<int>(t.size()))), '0') + t;
  };
  std::string out = "ISA*00*          *00*          *ZZ*ACME           *ZZ*WAYLEAVE       *250314*0912*U*00401*000000905*0*P*>~\n";
  for (unsigned g = 1; g <= groups; ++g) {
    out += "GS*PO*ACME*WAYLEAVE*20250314*0912*" + std::to_string(g) + "*X*" + std::string(version) + "~\n";
    for (unsigned s = 1; s <= sets; ++s) {
      out += "ST*850*" + padded(s, 4) + "~\nBEG*00*SA*PO-" + std::to_string(g * 1000 + s) + "**20250314~\nN1*ST*Store " + std::to_string(s) + "*92*" +
             padded(s, 4) + "~\nN3*1 Main St~\n";
      for (unsigned l = 1; l <= lines; ++l)
        out += "PO1*" + std::to_string(l) + "*" + std::to_string(l % 9 + 1) + "*EA*9.95**VP*A" + padded(l, 5) + "~\n";
      out += "CTT*" + std::to_string(lines) + "~\nSE*" + std::to_string(6 + lines) + "*" + padded(s, 4) + "~\n";
    }
    out += "GE*" + std::to_string(sets) + "*" + std::to_string(g) + "~\n";
  }
  return out + "IEA*" + std::to_string(groups) + "*000000905~\n";
}

inline std::string edifact(unsigned messages, unsigned lines, bool una = true) {
  std::string out = una ? "UNA:+.? '\n" : "";
  out += "UNB+UNOC:3+ACME:14+WAYLEAVE:14+250314:0912+77'\n";
  for (unsigned m = 1; m <= messages; ++m) {
    out += "UNH+" + std::to_string(m) + "+ORDERS:D:96A:UN'\nBGM+220+PO-" + std::to_string(m) +
           "+9'\nDTM+137:20250314:102'\nFTX+AAI+++what?'s this?? a ?+ and a ?: in text'\nNAD+BY+5412345000013::9'\nNAD+SU+4012345500004::9'\n";
    for (unsigned l = 1; l <= lines; ++l) out += "LIN+" + std::to_string(l) + "++A" + std::to_string(l) + ":SA'\nQTY+21:" + std::to_string(l) + "'\n";
    out += "UNS+S'\nCNT+2:" + std::to_string(lines) + "'\nUNT+" + std::to_string(9 + 2 * lines) + "+" + std::to_string(m) + "'\n";
  }
  return out + "UNZ+" + std::to_string(messages) + "+77'\n";
}

}  // namespace answer
