#include "gateway/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace wayleave::gateway {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<std::pair<std::string, std::string>>;

/// Families made from figures that others keep.
class Gathered {
 public:
  void add(const std::string& name, const std::string& help, MetricType type, double value, const Labels& labels = {}) {
    auto& family = this->family(name, help, type);
    auto& metric = family.metric.emplace_back();
    for (const auto& [key, text] : labels) metric.label.push_back({key, text});
    if (type == MetricType::Counter) metric.counter.value = value;
    else metric.gauge.value = value;
  }

  void latency(const process::DeliveryCounters::StepLatency& step) {
    auto& family = this->family("wayleave_step_seconds", "time from sending a step to its answer", MetricType::Histogram);
    auto& metric = family.metric.emplace_back();
    metric.label = {{"process", step.process}, {"step", step.step}};
    metric.histogram.sample_count = step.count;
    metric.histogram.sample_sum = step.sum_seconds;
    const auto& bounds = process::latency_bounds();
    std::uint64_t running = 0;
    for (std::size_t i = 0; i < step.buckets.size(); ++i) {
      running += step.buckets[i];
      ClientMetric::Bucket bucket;
      bucket.cumulative_count = running;
      bucket.upper_bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back(bucket);
    }
  }

  std::vector<MetricFamily> take() { return std::move(families_); }

 private:
  MetricFamily& family(const std::string& name, const std::string& help, MetricType type) {
    for (auto& family : families_)
      if (family.name == name) return family;
    auto& fresh = families_.emplace_back();
    fresh.name = name;
    fresh.help = help;
    fresh.type = type;
    return fresh;
  }
  std::vector<MetricFamily> families_;
};

void gather_listener(Gathered& out, const std::string& name, const net::ServerCounters& counters) {
  const Labels labels{{"listener", name}};
  out.add("wayleave_connections_accepted_total", "connections accepted", MetricType::Counter, static_cast<double>(counters.accepted), labels);
  out.add("wayleave_connections_open", "connections open now", MetricType::Gauge, static_cast<double>(counters.open), labels);
  out.add("wayleave_requests_total", "requests read", MetricType::Counter, static_cast<double>(counters.requests), labels);
  out.add("wayleave_request_heads_refused_total", "request heads that broke the rules of HTTP or our limits", MetricType::Counter,
          static_cast<double>(counters.refused_heads), labels);
  out.add("wayleave_escaped_exceptions_total", "exceptions caught around an I/O thread", MetricType::Counter,
          static_cast<double>(counters.escaped_exceptions), labels);
  out.add("wayleave_tls_handshake_failures_total", "TLS handshakes that failed", MetricType::Counter,
          static_cast<double>(counters.handshake_failures), labels);
}

void gather_delivery(Gathered& out, const process::DeliveryCounters& delivery) {
  const std::pair<const char*, std::uint64_t> outcomes[] = {
    {"delivered", delivery.delivered}, {"confirmed", delivery.confirmed}, {"refused", delivery.refused},
    {"retried", delivery.retried}, {"parked", delivery.parked}, {"unknown", delivery.unknown}};
  for (const auto& [outcome, value] : outcomes)
    out.add("wayleave_deliveries_total", "attempts to deliver, by what they came to", MetricType::Counter, static_cast<double>(value), {{"outcome", outcome}});
  out.add("wayleave_deliveries_under_way", "attempts under way now", MetricType::Gauge, static_cast<double>(delivery.under_way));
  for (const auto& target : delivery.targets) {
    out.add("wayleave_breaker_open", "1 while calls to the target are held back", MetricType::Gauge, target.open ? 1 : 0, {{"target", target.name}});
    out.add("wayleave_target_failures_total", "failed attempts at the target", MetricType::Counter, static_cast<double>(target.failures), {{"target", target.name}});
  }
  for (const auto& step : delivery.latencies) out.latency(step);
}

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& documents =
    prometheus::BuildCounter().Name("wayleave_documents_total").Help("documents judged, by partner, kind and outcome").Register(registry);
  prometheus::Family<prometheus::Histogram>& judging =
    prometheus::BuildHistogram().Name("wayleave_document_seconds").Help("time from the last byte to the durable answer").Register(registry);
  prometheus::Histogram& judged = judging.Add({}, prometheus::Histogram::BucketBoundaries{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5});
  prometheus::Family<prometheus::Counter>& events =
    prometheus::BuildCounter().Name("wayleave_events_total").Help("events from back ends, by outcome").Register(registry);
  prometheus::Family<prometheus::Counter>& reloads =
    prometheus::BuildCounter().Name("wayleave_reloads_total").Help("reloads of the site, by outcome").Register(registry);
  prometheus::Family<prometheus::Gauge>& site =
    prometheus::BuildGauge().Name("wayleave_site_version").Help("version of the site in force; counts reloads").Register(registry);
  prometheus::Gauge& version = site.Add({});
  prometheus::Gauge& streams =
    prometheus::BuildGauge().Name("wayleave_streams_open").Help("server-sent event streams open now").Register(registry).Add({});
  prometheus::Family<prometheus::Counter>& refusals =
    prometheus::BuildCounter().Name("wayleave_requests_refused_total").Help("requests refused, by status").Register(registry);
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::document(const std::string& partner, const std::string& kind, const std::string& outcome, double seconds) {
  state_->documents.Add({{"partner", partner}, {"kind", kind.empty() ? "unknown" : kind}, {"outcome", outcome}}).Increment();
  state_->judged.Observe(seconds);
}
void Metrics::event(const std::string& backend, const std::string& outcome) {
  state_->events.Add({{"backend", backend}, {"outcome", outcome}}).Increment();
}
void Metrics::reload(bool ok, std::uint64_t version) {
  state_->reloads.Add({{"outcome", ok ? "ok" : "failed"}}).Increment();
  state_->version.Set(static_cast<double>(version));
}
void Metrics::stream_opened() { state_->streams.Increment(); }
void Metrics::stream_closed() { state_->streams.Decrement(); }
void Metrics::refused(const std::string& listener, int status) {
  state_->refusals.Add({{"listener", listener}, {"status", std::to_string(status)}}).Increment();
}

std::string Metrics::text(const Snapshot& snapshot) {
  Gathered out;
  gather_listener(out, "public", snapshot.public_listener);
  gather_listener(out, "internal", snapshot.internal_listener);
  gather_delivery(out, snapshot.delivery);
  out.add("wayleave_documents_waiting", "documents on their way to a back end", MetricType::Gauge, static_cast<double>(snapshot.counts.waiting));
  out.add("wayleave_documents_parked", "documents that wait for an operator", MetricType::Gauge, static_cast<double>(snapshot.counts.parked));
  out.add("wayleave_documents_unknown", "documents whose outcome at the back end is not known", MetricType::Gauge, static_cast<double>(snapshot.counts.unknown));
  out.add("wayleave_store_writable", "1 while the store takes new work", MetricType::Gauge, snapshot.store.writable ? 1 : 0);
  out.add("wayleave_store_queue", "units of work waiting for a commit", MetricType::Gauge, static_cast<double>(snapshot.store.waiting));
  out.add("wayleave_store_commits_total", "commits", MetricType::Counter, static_cast<double>(snapshot.store.commits));
  out.add("wayleave_store_units_total", "units of work committed", MetricType::Counter, static_cast<double>(snapshot.store.units));
  out.add("wayleave_feed_readers", "readers of feeds now", MetricType::Gauge, static_cast<double>(snapshot.hub.readers));
  out.add("wayleave_feed_delivered_total", "entries handed to readers", MetricType::Counter, static_cast<double>(snapshot.hub.delivered));
  out.add("wayleave_feed_from_store_total", "entries that had to be read from the store again", MetricType::Counter, static_cast<double>(snapshot.hub.from_store));
  out.add("wayleave_verdict_disagreements_total", "documents on which the two validators disagreed", MetricType::Counter, static_cast<double>(snapshot.disagreements));
  for (const auto& [partner, count] : snapshot.sent_waiting)
    out.add("wayleave_sent_waiting", "interchanges of ours that were sent and are not acknowledged", MetricType::Gauge, static_cast<double>(count), {{"partner", partner}});
  for (const auto& lag : snapshot.subscriptions) {
    const Labels labels{{"subscription", lag.subscription}, {"partner", lag.partner}, {"feed", lag.feed}};
    out.add("wayleave_subscriber_lag_events", "entries not yet delivered", MetricType::Gauge, static_cast<double>(lag.events), labels);
    out.add("wayleave_subscriber_blocked_keys", "keys that wait for a retry", MetricType::Gauge, static_cast<double>(lag.blocked_keys), labels);
    out.add("wayleave_subscriber_delivered_total", "entries the endpoint took", MetricType::Counter, static_cast<double>(lag.delivered), labels);
    out.add("wayleave_subscriber_failed_total", "attempts that failed", MetricType::Counter, static_cast<double>(lag.failed), labels);
    out.add("wayleave_subscriber_parked", "entries given up, for an operator to replay", MetricType::Gauge, static_cast<double>(lag.parked), labels);
    out.add("wayleave_subscriber_lost_total", "entries that retention removed before they were sent", MetricType::Counter, static_cast<double>(lag.lost), labels);
  }
  auto families = state_->registry.Collect();
  for (auto& family : out.take()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace wayleave::gateway
