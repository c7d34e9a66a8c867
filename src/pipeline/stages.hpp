#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/finding.hpp"
#include "document/document.hpp"
#include "pipeline/live_site.hpp"
#include "store/store.hpp"

/// The stages a submission passes, each its own type, so that skipping one does not compile:
/// Inbound → Identified → Validated → Mapped → Accepted. A step that says no gives a Refusal instead.
namespace wayleave::pipeline {

/// One submission as it came: who sent it is certain, what it is is not.
struct Inbound {
  std::string partner;
  std::string path;                      ///< route, for the fingerprint
  std::string kind;                      ///< the only kind this route takes; empty: any
  std::string idempotency_key;
  std::shared_ptr<const std::string> bytes;
  std::string receipt;                   ///< id, made on arrival
  Time received{};
  bool test = false;
  bool dry_run = false;
  std::string fingerprint;               ///< SHA-256 of route and bytes
  std::string digest;                    ///< SHA-256 of the bytes
  LiveSitePtr site;                      ///< the site it is judged by, whatever is reloaded meanwhile
};

struct Identified {
  Inbound inbound;
  std::vector<const Agreement*> candidates;   ///< share root and schema; `when` decides after reading
};

struct Validated {
  Inbound inbound;
  const Agreement* agreement = nullptr;
  Document document;
};

/// One canonical document of a submission; a map that splits makes several.
struct Canonical {
  std::shared_ptr<const std::string> xml;
  std::string id;                        ///< of the document
  std::string key, lane;
  std::string digest;                    ///< of the canonical form: same content or not
};

struct Mapped {
  Inbound inbound;
  const Agreement* agreement = nullptr;
  std::vector<Canonical> documents;      ///< at least one; accepted together or not at all
};

/// The answer as it goes out, in XML; the HTTP layer makes the twins.
struct Answer {
  int http_status = 202;
  std::string receipt;                   ///< for Location; empty when nothing was kept
  std::vector<std::string> receipts;     ///< of several interchanges: all of them, in their order
  std::string document;                  ///< the one document's id; empty when there is none
  std::shared_ptr<const std::string> body;     ///< receipt, report, or empty
  std::shared_ptr<const std::string> report, acknowledgment;   ///< as they were kept with it, unless it is a repeat
  std::shared_ptr<const std::string> judged;   ///< what the places in a report mean: one interchange of several; null: all that was sent
  std::string problem;                   ///< problem detail when there is no body
  bool replayed = false;
  int retry_after = 0;                   ///< seconds; 0: none
  std::string kind, outcome;             ///< for counting: accepted rejected duplicate repeated refused failed
  /// Not the last word: the same bytes may get another answer in a moment.
  bool for_now() const { return http_status >= 500 || retry_after > 0; }
};

/// Why a submission went no further. `findings` empty: a plain problem with `detail`.
struct Refusal {
  Inbound inbound;
  int http_status = 422;
  std::string kind, key;                 ///< as far as they could be told
  std::string detail;
  Findings findings;
  std::vector<mapping::TextAt> origins;  ///< of the first findings: the places in the map that they came from; for operators
  std::string agreement;
};

/// A stage or the refusal that ended the way.
template <class T>
class Step {
 public:
  Step(T stage) : value_(std::move(stage)) {}
  Step(Refusal refusal) : value_(std::move(refusal)) {}
  explicit operator bool() const { return value_.index() == 0; }
  T& operator*() { return std::get<0>(value_); }
  T* operator->() { return &std::get<0>(value_); }
  Refusal& refusal() { return std::get<1>(value_); }

 private:
  std::variant<T, Refusal> value_;
};

/// Who sends what: format from the bytes, agreement from the root element. 403: no agreement; 415: none of our formats.
Step<Identified> identify(Inbound inbound);
/// Bytes → Document with every finding; then the one agreement whose `when` is true.
Step<Validated> validate(Identified identified, const mapping::Context& context);
/// Document → canonical documents with key, lane and digest; the map's and the process's rejections are findings.
Step<Mapped> map(Validated validated, const mapping::Context& context);

/// What `state()`, `partner()`, `message()` and `now()` give while this submission is judged. `store` outlives it.
mapping::Context make_context(const Inbound& inbound, store::Store& store);
/// The same for a document in the store: replays and deliveries.
mapping::Context make_context(const LiveSite& site, const store::DocumentRecord& document, store::Store& store);

}  // namespace wayleave::pipeline
