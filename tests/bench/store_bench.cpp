// What the store alone can do: durable accepts from many coroutines at once, and events with a large audience.
//   store_bench [--directory D] [--units N] [--coroutines N] [--audience N] [--events N] [--partners N] [--lanes] [--keys] [--random]

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/id.hpp"
#include "store/store.hpp"

namespace {

using namespace wayleave;
using namespace wayleave::store;
using Steady = std::chrono::steady_clock;

struct Options {
  std::string directory = (std::filesystem::temp_directory_path() / "wayleave-store-bench").string();
  std::size_t units = 200'000, coroutines = 64, audience = 1000, events = 200;
  bool lanes = false;                    // a process and a lane each, as real orders have
  bool keys = false;                     // an idempotency key each
  bool random = false;                   // business and idempotency keys in no order
  std::size_t partners = 1;
};

struct Figures {
  std::vector<std::uint32_t> micros;
  std::uint64_t refused = 0;
};

std::string hex(std::uint64_t value) { return fmt::format("{:064x}", value * 0x9e3779b97f4a7c15u); }

Acceptance acceptance(std::uint64_t i, const Bytes& content, const Bytes& canonical, const Options& options) {
  auto now = Clock::system().now();
  Acceptance a;
  a.receipt = new_id(now);
  a.partner = "partner-" + std::to_string(1000 + i * 7919 % options.partners);
  a.received = now;
  a.path = "/v1/documents";
  a.content = content;
  a.content_digest = hex(i);
  a.fingerprint = options.keys ? hex(i) : "";
  if (options.keys) a.idempotency_key = options.random ? fmt::format("{:016x}", (i + 1) * 0xbf58476d1ce4e5b9u) : a.receipt;
  a.site_version = 1;
  auto& document = a.documents.emplace_back();
  document.id = new_id(now);
  document.kind = "order";
  document.key = "PO-" + std::to_string(options.random ? (i * 0x9e3779b97f4a7c15u) >> 8 : 1'000'000'000 + i);
  document.canonical = canonical;
  document.canonical_digest = hex(i);
  document.process = options.lanes ? "place-order" : "";
  document.lane = options.lanes ? "order:" + document.key : "";
  document.agreement = "acme/1";
  a.answer = std::make_shared<const std::string>(fmt::format(
    R"(<receipt xmlns="urn:wayleave:receipt:1" id="{}" received="2026-11-21T09:12:04.118Z" status="accepted"><document id="{}" kind="order" key="{}" status="accepted"/></receipt>)",
    a.receipt, document.id, document.key
  ));
  auto& entry = a.entries.emplace_back();
  entry.feed = "documents";
  entry.key = document.id;
  entry.event_id = new_id(now);
  entry.audience = {a.partner};
  entry.body = std::make_shared<const std::string>(fmt::format(
    R"(<document xmlns="urn:wayleave:document:1" id="{}" receipt="{}" partner="acme" kind="order" key="{}" status="accepted" test="false"/>)",
    document.id, a.receipt, document.key
  ));
  return a;
}

asio::awaitable<void> submit(Store& store, std::uint64_t& next, const Options& options, Bytes content, Bytes canonical, Figures& figures) {
  while (next < options.units) {
    auto unit = acceptance(next++, content, canonical, options);
    auto began = Steady::now();
    auto outcome = co_await store.accept(std::move(unit));
    if (!outcome || outcome->kind != AcceptOutcome::Kind::accepted) ++figures.refused;
    figures.micros.push_back(static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - began).count()));
  }
}

asio::awaitable<void> publish(Store& store, const Options& options, std::size_t audience, Figures& figures) {
  std::vector<std::string> partners;
  for (std::size_t i = 0; i < audience; ++i) partners.push_back(fmt::format("partner-{:04}", i));
  auto body = std::make_shared<const std::string>(1000, 'e');
  for (std::size_t i = 0; i < options.events; ++i) {
    EventBatch batch;
    auto& event = batch.events.emplace_back();
    event.id = new_id(Clock::system().now());
    event.publisher = "tms";
    event.digest = hex(i);
    event.entry = NewEntry{"network-status", "situation-1", event.id, body, partners};
    auto began = Steady::now();
    auto outcome = co_await store.append(std::move(batch));
    if (!outcome || outcome->kind != AppendOutcome::Kind::appended) ++figures.refused;
    figures.micros.push_back(static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - began).count()));
  }
}

std::uint32_t quantile(std::vector<std::uint32_t>& values, double q) {
  if (values.empty()) return 0;
  auto at = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

std::string text_like(std::size_t size, unsigned seed) {
  std::mt19937 random{seed};
  std::string text(size, ' ');
  for (auto& c : text) c = static_cast<char>('a' + random() % 26);
  return text;
}

}  // namespace

int main(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    std::string word = words[i];
    auto number = [&] { return ++i < count ? std::strtoull(words[i], nullptr, 10) : 0; };
    if (word == "--directory" && i + 1 < count) options.directory = words[++i];
    else if (word == "--units") options.units = number();
    else if (word == "--coroutines") options.coroutines = number();
    else if (word == "--audience") options.audience = number();
    else if (word == "--events") options.events = number();
    else if (word == "--partners") options.partners = std::max<std::size_t>(number(), 1);
    else if (word == "--lanes") options.lanes = true;
    else if (word == "--keys") options.keys = true;
    else if (word == "--random") options.random = true;
    else {
      fmt::print(stderr, "store_bench: what is {}?\n", word);
      return 2;
    }
  }
  std::filesystem::remove_all(options.directory);
  SqliteOptions where;
  where.directory = options.directory;
  auto opened = open_sqlite(where);
  if (!opened) {
    fmt::print(stderr, "store_bench: {}\n", opened.error().detail);
    return 2;
  }
  auto& store = **opened;
  auto content = std::make_shared<const std::string>(text_like(2048, 1));
  auto canonical = std::make_shared<const std::string>(text_like(1536, 2));

  Figures accepts;
  accepts.micros.reserve(options.units);
  std::uint64_t next = 0;
  asio::io_context io{1};
  for (std::size_t i = 0; i < options.coroutines; ++i) {
    asio::co_spawn(io, submit(store, next, options, content, canonical, accepts), asio::detached);
  }
  auto began = Steady::now();
  auto cpu = cpu_seconds();
  io.run();
  auto seconds = std::chrono::duration<double>(Steady::now() - began).count();
  cpu = cpu_seconds() - cpu;
  auto health = store.health();
  fmt::print(
    "accept: {} units from {} coroutines, {:.0f}/s, group {:.1f}, p50 {} us, p99 {} us, {:.1f} us CPU each, {} refused, {} MB on disk\n",
    options.units, options.coroutines, static_cast<double>(options.units) / seconds, health.mean_group, quantile(accepts.micros, 0.5),
    quantile(accepts.micros, 0.99), cpu / static_cast<double>(options.units) * 1e6, accepts.refused,
    std::filesystem::file_size(options.directory + "/wayleave.db") >> 20
  );

  for (std::size_t audience : {std::size_t{1}, options.audience}) {
    Figures appends;
    io.restart();
    asio::co_spawn(io, publish(store, options, audience, appends), asio::detached);
    began = Steady::now();
    cpu = cpu_seconds();
    io.run();
    seconds = std::chrono::duration<double>(Steady::now() - began).count();
    cpu = cpu_seconds() - cpu;
    fmt::print(
      "append: one event to {} partners, p50 {} us, p99 {} us, {:.0f} us CPU each, {:.2f} us a partner, {} refused\n", audience,
      quantile(appends.micros, 0.5), quantile(appends.micros, 0.99), cpu / static_cast<double>(options.events) * 1e6,
      cpu / static_cast<double>(options.events * audience) * 1e6, appends.refused
    );
  }
  store.stop();
  opened->reset();
  std::filesystem::remove_all(options.directory);
  return accepts.refused == 0 ? 0 : 1;
}
