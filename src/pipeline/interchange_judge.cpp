#include <algorithm>
#include <map>

#include "config/envelope.hpp"
#include "pipeline/interchange_parts.hpp"
#include "pipeline/unit.hpp"

/// Whose an interchange is, and what becomes of each of its sets.
namespace wayleave::pipeline {

namespace {

std::string plain(std::string_view version) {
  std::string out;
  for (char c : version)
    if (c != '.' && c != ':' && c != ' ') out += c;
  return out;
}

/// Does this identity of the site stand for what an envelope says? Kinds with a qualifier of their own are known by it.
bool stands_for(const config::Identity& identity, edi::Standard standard, const edi::Identity& said) {
  if (identity.id != said.id) return false;
  return config::envelope_qualifier(identity, standard == edi::Standard::x12 ? "x12" : "edifact") == said.qualifier;
}

template <class Identities>
bool any_stands_for(const Identities& identities, edi::Standard standard, const edi::Identity& said) {
  return std::any_of(identities.begin(), identities.end(), [&](const config::Identity& i) { return stands_for(i, standard, said); });
}

/// A finding of the map points into the set's own bytes: which segment is it?
void place(Finding& finding, const std::string& source, char terminator) {
  if (finding.line == 0) return;
  std::size_t at = 0;
  for (std::uint32_t line = 1; line < finding.line && at != std::string::npos; ++line) at = source.find('\n', at) == std::string::npos ? std::string::npos : source.find('\n', at) + 1;
  if (at == std::string::npos) return;
  at = std::min(source.size(), at + finding.column - 1);
  finding.segment = 1 + static_cast<std::uint32_t>(std::count(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(at), terminator));
  finding.line = finding.column = 0;
}

}  // namespace

bool speaks(const Agreement& agreement, edi::Standard standard, const edi::SetHead& head) {
  if (agreement.config->format != (standard == edi::Standard::x12 ? "x12" : "edifact") || agreement.config->set != head.set) return false;
  const auto mine = plain(agreement.config->version), theirs = plain(head.version);
  return standard == edi::Standard::x12 ? theirs.starts_with(mine) : theirs == mine;
}

edi::Flaw envelope_flaw(const TakenInterchange& taken, edi::Cause cause, unsigned element, std::string bad, std::string message, std::string fix) {
  edi::Flaw flaw;
  flaw.cause = cause;
  flaw.segment = 1;
  flaw.element = static_cast<std::uint16_t>(element);
  flaw.id = taken.head.standard == edi::Standard::x12 ? "ISA" : "UNB";
  flaw.path = "/" + flaw.id;
  flaw.offset = taken.head.offset;
  flaw.bad = std::move(bad);
  flaw.message = std::move(message);
  flaw.fix = std::move(fix);
  return flaw;
}

void InterchangeFlow::check_parties(const Inbound& inbound, TakenInterchange& taken) const {
  const auto* partner = inbound.site->partner(inbound.partner);
  const bool x12 = taken.head.standard == edi::Standard::x12;
  if (!partner || !any_stands_for(partner->identities, taken.head.standard, taken.head.sender))
    taken.end.flaws.push_back(envelope_flaw(taken, edi::Cause::bad_sender, x12 ? 6 : 2, taken.head.sender.id, "the sender " + taken.head.sender.id + " is not a number by which we know you",
                                            "send with the qualifier and number that we agreed on"));
  if (!any_stands_for(inbound.site->config.gateway.self, taken.head.standard, taken.head.receiver))
    taken.end.flaws.push_back(envelope_flaw(taken, edi::Cause::unknown_receiver, x12 ? 8 : 3, taken.head.receiver.id, "the receiver " + taken.head.receiver.id + " is not us",
                                            "send to the qualifier and number that we gave you"));
}

void add_duplicate(TakenInterchange& taken, const std::string& receipt) {
  taken.end.flaws.push_back(envelope_flaw(taken, edi::Cause::duplicate_interchange, taken.head.standard == edi::Standard::x12 ? 13 : 5, taken.head.control,
                                          "the control number " + taken.head.control + " was used before with other content (receipt " + receipt + ")", "give every interchange a number of its own"));
}

/// What a repeat is recognised by, beside the bytes.
std::string InterchangeFlow::identity_of(const Inbound& inbound, const edi::InterchangeHead& head) const {
  return std::string(head.standard == edi::Standard::x12 ? "x12" : "edifact") + "|" + head.sender.qualifier + "|" + head.sender.id + "|" + head.receiver.qualifier + "|" + head.receiver.id +
         "|" + head.control + (inbound.test ? "|test" : "");
}

/// Documents that were accepted before by the same business number, here or in an earlier submission.
InterchangeFlow::Judged InterchangeFlow::judge(const Inbound& inbound, TakenInterchange& taken, std::string_view own) const {
  Judged judged;
  const auto context = make_context(inbound, store_);
  const auto mine = inbound.site->agreements.find(inbound.partner);
  std::map<std::pair<std::string, std::string>, std::string> seen;
  for (auto& set : taken.sets) {
    auto& fate = judged.sets.emplace_back();
    fate.kind = (taken.head.standard == edi::Standard::x12 ? "x12-" : "edifact-") + set.head.set;
    if (!set.acknowledged.empty() || edi::is_acknowledgment(taken.head.standard, set.head.set)) {
      fate.acknowledgment = true;
      fate.accepted = set.accepted;
      continue;
    }
    std::vector<const Agreement*> candidates;
    if (mine != inbound.site->agreements.end())
      for (const auto& agreement : mine->second) {
        const auto& usage = agreement.config->usage;
        if (!speaks(agreement, taken.head.standard, set.head) || (!inbound.kind.empty() && agreement.config->document != inbound.kind)) continue;
        if (usage.empty() || (usage == "test") == inbound.test) candidates.push_back(&agreement);
      }
    if (!candidates.empty()) {
      fate.kind = candidates.front()->config->document;
      fate.agreement = candidates.front()->id;
      if (candidates.front()->config->acknowledge == "997") judged.ack = edi::AckKind::f997;
      if (candidates.front()->config->acknowledge == "999") judged.ack = edi::AckKind::f999;
    }
    Findings ignored;
    if (candidates.size() > 1 && set.document)
      std::erase_if(candidates, [&](const Agreement* a) { return a->when && !a->when->test(*set.document, context, ignored); });
    else if (candidates.size() == 1 && set.accepted && set.document && candidates[0]->when && !candidates[0]->when->test(*set.document, context, ignored))
      candidates.clear();
    if (candidates.empty() || (set.accepted && candidates.size() > 1)) {
      auto flaw = envelope_flaw(taken, edi::Cause::set_not_supported, 0, set.head.set, "no agreement of yours covers " + set.head.set + " " + set.head.version, "ask us to agree on it");
      flaw.id = taken.head.standard == edi::Standard::x12 ? "ST" : "UNH";
      flaw.path = "/" + flaw.id;
      flaw.offset = set.head.offset;
      set.flaws.push_back(std::move(flaw));
      set.accepted = false;
    }
    const auto& agreement = candidates.empty() ? nullptr : candidates.front();
    if (agreement && set.document && agreement->source_key) fate.key = agreement->source_key->value(*set.document, context, ignored).value_or("");
    if (taken.groups[set.group].end.refused() || !set.accepted || !set.document) continue;
    fate.accepted = true;
    fate.kind = agreement->config->document;
    fate.agreement = agreement->id;
    fate.admitted = agreement;
    const std::string source(set.document->source());
    Validated validated;
    validated.inbound = inbound;
    validated.agreement = agreement;
    validated.document = std::move(*set.document);
    set.document.reset();
    auto mapped = map(std::move(validated), context);
    if (!mapped) {
      auto& refusal = mapped.refusal();
      fate.refused = true;
      if (!refusal.key.empty()) fate.key = refusal.key;
      fate.findings = std::move(refusal.findings);
      for (auto& finding : fate.findings) place(finding, source, taken.head.delimiters.segment);
      continue;
    }
    fate.documents = std::move(mapped->documents);
    fate.key = fate.documents.front().key;
    if (agreement->config->duplicates == config::Duplicates::allow) continue;
    std::vector<Canonical> fresh_ones;     // of a set that became several, some may be known
    for (auto& document : fate.documents) {
      if (document.key.empty()) {
        fresh_ones.push_back(std::move(document));
        continue;
      }
      store::First first;
      const auto before = seen.find({fate.kind, document.key});
      bool same = before != seen.end() && before->second == document.digest, other = before != seen.end() && !same;
      if (before == seen.end()) {
        store::DocumentQuery query{inbound.partner, fate.kind, document.key, {}, inbound.received - store::duplicate_window, 100, inbound.test, {store::Status::rejected}};
        if (auto found = store_.documents(query))
          for (const auto& earlier : *found) {
            if (earlier.receipt == own) continue;
            first.receipt = earlier.receipt;
            (earlier.canonical_digest == document.digest ? same : other) = true;
          }
      } else {
        first.receipt = inbound.receipt;
      }
      if ((other && !same) || (same && agreement->config->duplicates == config::Duplicates::refuse)) {
        fate.refused = true;
        fate.findings.push_back(contradiction(first, fate.kind, document.key));
      }
      if (!same) fresh_ones.push_back(std::move(document));
    }
    fate.duplicate = fresh_ones.empty() && !fate.refused;
    if (fate.refused) fresh_ones.clear();
    // Only what is taken makes a later one a repeat.
    for (const auto& document : fresh_ones)
      if (!document.key.empty()) seen.emplace(std::pair{fate.kind, document.key}, document.digest);
    fate.documents = std::move(fresh_ones);
  }
  return judged;
}

}  // namespace wayleave::pipeline
