#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "mapping/context.hpp"
#include "process/process.hpp"
#include "store/store.hpp"

namespace wayleave::process {

/// What the delivery engine needs to know of the site in force. Asked anew for every step, so a reload takes effect at once.
struct SiteView {
  std::function<ProcessPtr(const std::string& name)> process;
  /// Context for a step's map: partner properties, message fields, now = when the document was received.
  std::function<mapping::Context(const store::DocumentRecord& document)> context;
  std::function<schema::SchemaPtr(const std::string& reference)> schema;     ///< `wayleave/result-1.xsd#result`, canonical responses
};

struct DeliveryOptions {
  std::string node = "single";
  std::chrono::milliseconds lease{60'000};
  std::size_t per_target = 16;           ///< calls under way to one target
  std::size_t lanes = 256;               ///< lanes worked on at once
  unsigned breaker_failures = 5;
  std::chrono::milliseconds breaker_probe{30'000};
  bool held = false;                     ///< claims nothing (benchmarks, maintenance)
  std::uint64_t seed = 0;                ///< of the retries' jitter; 0: random
  /// What breaker and bulkhead measure by; null: the steady clock. Tests hand in their own.
  std::function<std::chrono::steady_clock::time_point()> steady;
};

/// Numbers for /metrics; monotonic except where said. Any thread.
struct DeliveryCounters {
  std::uint64_t attempts = 0, delivered = 0, confirmed = 0, refused = 0, retried = 0, parked = 0, unknown = 0;
  std::uint64_t under_way = 0;           ///< now
  struct Target {
    std::string name;
    bool open = false;                   ///< its breaker
    std::uint64_t failures = 0;
  };
  std::vector<Target> targets;
  struct StepLatency {
    std::string process, step;
    std::vector<std::uint64_t> buckets;  ///< each on its own (not cumulative): up to each of latency_bounds(), then above
    std::uint64_t count = 0;
    double sum_seconds = 0;
  };
  std::vector<StepLatency> latencies;
};
const std::vector<double>& latency_bounds();

/// Brings accepted documents to their back ends: lanes in order, retries, parking, breaker, verdicts ("Calls to a back
/// end" in docs/operations.md). Owns no document: everything is in the store, so a crash loses nothing.
class Delivery {
 public:
  virtual ~Delivery() = default;
  virtual void start() = 0;
  /// Something may be due: called after every accept, settle and replay. Any thread, cheap.
  virtual void wake() = 0;
  /// Stops claiming, lets attempts under way end within `grace`, then gives their lanes back. Blocks; the executor must
  /// still run.
  virtual void stop(std::chrono::milliseconds grace) = 0;
  virtual DeliveryCounters counters() const = 0;
};

std::unique_ptr<Delivery> make_delivery(
  boost::asio::any_io_executor executor, store::Store& store, SiteView site, const Clock& clock, DeliveryOptions options
);

/// What a reply means, by interfaces "Calls to a back end". Pure.
struct Judgement {
  enum class Kind : std::uint8_t { delivered, verdict, park, retry, unknown } kind = Kind::delivered;
  store::Verdict verdict;                ///< of Kind::verdict
  bool opens_breaker = false;            ///< refused connection, time-out, 503; counts whatever the kind
  std::optional<std::chrono::milliseconds> retry_after;
  std::string detail;                    ///< for operators
};
/// `reply.body` read as <result>, its JSON twin, a canonical response, or through the step's answer map.
Judgement judge(const adapter::Reply& reply, const Step& step, const SiteView& site, const mapping::Context& context, Time now);

/// Reads a body as the back end's word: <result>, JSON twin, or canonical OrderResponse/RerouteResponse.
/// Problem when it is none of these: Errc::invalid; Errc::busy for a valid RerouteResponse that says `pending`, which is
/// no verdict yet; Errc::too_large over 1 MiB. Shared with the internal listener's …/result route.
Result<store::Verdict> read_verdict(const std::string& body, const SiteView& site, Time now);

/// The `<document>` of a record, as GET /v1/documents/{id} and the feed `documents` give it: XML on one line. A partner
/// reads neutral words where a stage's own detail names addresses, codes or findings.
enum class Audience : std::uint8_t { partner, operators };
std::string document_xml(
  const store::DocumentRecord& document, const std::vector<store::Stage>& stages, Audience audience = Audience::partner
);
/// The stage to give to Store::replay: attempts are counted anew from it, and with `with_new_key` the back end gets another
/// idempotency key from then on (`{document}.{step}.2`, `.3` …).
store::Stage replay_stage(const std::vector<store::Stage>& before, bool with_new_key, Time now);
/// The entry of the feed `order-response` for a verdict on an order or a change of one: the response that the back end
/// gave, else one made of the verdict and the canonical document. nullopt for any other kind, for tests, and where the
/// document cannot be read. `record` as it was when the verdict came.
std::optional<store::NewEntry> order_response_entry(
  const store::DocumentRecord& record, const store::Verdict& verdict, const store::Bytes& canonical, Time now
);
/// The feed entry that tells a partner of a change of status. `document` has the new status already.
store::NewEntry document_entry(const store::DocumentRecord& document, const std::vector<store::Stage>& stages, Time now);

}  // namespace wayleave::process
