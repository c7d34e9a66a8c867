#include "gateway/drops.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <thread>

#include "adapters/directory/receive.hpp"
#include "base/crash.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "crypto/digest.hpp"
#include "formats/edi/interchange.hpp"
#include "pipeline/report.hpp"

namespace wayleave::gateway {

namespace asio = boost::asio;
using adapter::directory::DropFolder;
using adapter::directory::Receiver;
using adapter::directory::TakenFile;
using Place = Receiver::Place;

namespace {

constexpr std::chrono::milliseconds longest_pause{60'000};
constexpr std::size_t enough_to_tell = 4096;     // of a file: is it EDI
constexpr std::size_t most_told = 1000;          // files that cannot be read, told once each

struct Drop {
  std::string partner;
  DropFolder folder;
  std::chrono::milliseconds every{2000};
  bool test = false;
  std::uint64_t document_limit = 0;
  bool operator==(const Drop&) const = default;
};

std::filesystem::path in_site(const config::Site& site, const std::string& path) { return (site.directory / path).lexically_normal(); }

std::vector<Drop> drops_of(const config::Site& site) {
  std::vector<Drop> all;
  for (const auto& partner : site.partners)
    for (const auto& config : partner.drops) {
      Drop drop;
      drop.partner = partner.id;
      drop.folder.path = in_site(site, config.path.value);
      drop.folder.done = in_site(site, config.done.value);
      drop.folder.failed = in_site(site, config.failed.value);
      drop.folder.make_missing = std::filesystem::path(config.path.value).is_relative();
      drop.folder.patterns = config.patterns;
      drop.folder.stable = config.stable;
      drop.folder.limit = config.limit ? config.limit : site.gateway.limits.document;
      drop.every = config.every;
      drop.test = config.test;
      drop.document_limit = site.gateway.limits.document;
      all.push_back(std::move(drop));
    }
  return all;
}

/// `20261121T091204.118Z`: what is not kept under a receipt.
std::string stamp_of(Time time) {
  std::string stamp;
  for (const char c : to_iso(time))
    if (c != '-' && c != ':') stamp += c;
  return stamp;
}

/// A folder whose partner is gone, or that is no longer the partner's, is not taken from any more.
bool still_there(const pipeline::LiveSite& site, const Drop& drop) {
  const auto* partner = site.partner(drop.partner);
  const auto same = [&](const config::Drops& each) { return in_site(site.config, each.path.value) == drop.folder.path; };
  return partner && std::ranges::any_of(partner->drops, same);
}

using Text = std::shared_ptr<const std::string>;

}  // namespace

// Shared with threads that may outlive Drops: those that hang on a drive when the gateway ends.
struct Drops::State {
  explicit State(Services& s) : services(&s) {}

  /// Held while the services are used; false: they are gone.
  std::shared_mutex use;
  bool gone = false;
  Services* services;

  /// What is shown of a folder; as long as a thread works there.
  struct Figures {
    std::atomic<std::int64_t> waiting{0}, oldest{0};   // files, ms
    std::atomic<bool> usable{false};
  };
  std::shared_ptr<Figures> figures_of(const std::string& partner, const std::string& folder) {
    const std::scoped_lock lock(mutex);
    auto& known = figures[{partner, folder}];
    auto mine = known.lock();
    if (!mine) known = mine = std::make_shared<Figures>();
    return mine;
  }
  std::mutex mutex;
  std::map<std::pair<std::string, std::string>, std::weak_ptr<Figures>> figures;

  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& files =
    prometheus::BuildCounter().Name("wayleave_drops_total").Help("files that partners dropped, by what became of them").Register(registry);
};

// --------------------------------------------------------------------------------------------------------- one folder

class Drops::Folder {
 public:
  Folder(std::shared_ptr<State> state, Drop drop, asio::any_io_executor executor)
      : state_(std::move(state)),
        drop_(std::move(drop)),
        executor_(std::move(executor)),
        receiver_(drop_.folder),
        figures_(state_->figures_of(drop_.partner, drop_.folder.path.string())) {}

  static void begin(const std::shared_ptr<Folder>& folder) {
    std::thread([folder] {
      folder->run();
      const std::scoped_lock lock(folder->mutex_);
      folder->ended_ = true;
      folder->changed_.notify_all();
    }).detach();
  }
  const Drop& drop() const { return drop_; }
  void ask_to_stop() {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  bool ended_by(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, until, [this] { return ended_; });
  }

 private:
  enum class Came : std::uint8_t { to_an_end, later, stop };

  void run() {
    std::chrono::milliseconds pause = drop_.every;
    while (!stopping()) {
      auto came = Came::to_an_end;
      try {
        came = round();
      } catch (const std::exception& problem) {
        // Memory, or the gateway is ending: the file lies in .taking and is offered again.
        log::error("drops-interrupted", {{"partner", drop_.partner}, {"why", problem.what()}});
        came = Came::later;
      }
      if (came == Came::stop) return;
      pause = came == Came::later ? std::clamp(pause * 2, drop_.every, std::max(longest_pause, drop_.every)) : drop_.every;
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, pause, [this] { return stopping_; });
    }
  }

  bool stopping() {
    const std::scoped_lock lock(mutex_);
    return stopping_;
  }

  Came round() {
    const auto look = receiver_.look(Clock::system().now(), std::chrono::steady_clock::now());
    note_trouble(look.trouble);
    if (!look.trouble.empty()) return Came::later;
    figures_->waiting = static_cast<std::int64_t>(look.waiting);
    figures_->oldest = look.oldest.count();
    for (const auto& candidate : look.ready) {
      if (stopping()) return Came::stop;
      const auto came = one(candidate);
      if (came != Came::to_an_end) return came;
    }
    return Came::to_an_end;
  }

  /// Told when it begins, when it becomes another, and when it is over.
  void note_trouble(const std::string& trouble) {
    figures_->usable = trouble.empty();
    if (trouble == trouble_) return;
    if (trouble.empty()) log::info("drops-usable", {{"partner", drop_.partner}, {"folder", drop_.folder.path.string()}});
    else log::error("drops-not-usable", {{"partner", drop_.partner}, {"folder", drop_.folder.path.string()}, {"why", trouble}});
    trouble_ = trouble;
  }

  Came one(const Receiver::Candidate& candidate) {
    auto attempt = receiver_.take(candidate);
    if (!attempt.refused.empty()) {
      const auto problem = receiver_.put_away(candidate, stamp_of(Clock::system().now()), attempt.refused);
      if (!problem.empty()) return stuck(candidate.name, problem);
      count("refused");
      log::warning("drop-refused", {{"partner", drop_.partner}, {"file", candidate.name}, {"why", attempt.refused}});
      return Came::to_an_end;
    }
    if (told_.size() > most_told) told_.clear();
    if (!attempt.trouble.empty() && told_.insert(attempt.trouble).second)
      log::error("drop-not-taken", {{"partner", drop_.partner}, {"file", candidate.name}, {"why", attempt.trouble}});
    if (!attempt.file) return Came::to_an_end;
    crash_point("drop-taken");
    return submit(*attempt.file);
  }

  Came stuck(const std::string& name, const std::string& why) {
    log::error("drop-not-put-away", {{"partner", drop_.partner}, {"file", name}, {"why", why}});
    return Came::later;
  }

  Came submit(const TakenFile& file) {
    pipeline::Inbound inbound;
    inbound.partner = drop_.partner;
    inbound.path = "drop";
    inbound.test = drop_.test;
    inbound.received = Clock::system().now();
    inbound.receipt = new_id(inbound.received);
    const auto received = inbound.received;
    const auto started = std::chrono::steady_clock::now();
    const bool edi = edi::sniff(file.begin(enough_to_tell)).has_value();
    if (file.size() > drop_.document_limit) {
      if (edi) return submit_large(file, std::move(inbound));
      const auto most = std::to_string(drop_.document_limit);
      const auto why = "it has " + std::to_string(file.size()) + " bytes; what is no interchange may have at most " + most + " (limits document=)";
      const auto problem = receiver_.put_away(file, Place::failed, stamp_of(received), {not_taken(file, why)});
      if (!problem.empty()) return stuck(file.name(), problem);
      count("refused");
      log::warning("drop-refused", {{"partner", drop_.partner}, {"file", file.name()}, {"why", why}});
      return Came::to_an_end;
    }
    auto bytes = file.read();
    if (!bytes) {
      if (bytes.error().code != Errc::conflict) return stuck(file.name(), bytes.error().detail);
      receiver_.put_back(file);
      return Came::to_an_end;
    }
    inbound.digest = crypto::sha256_hex(*bytes);
    inbound.fingerprint = inbound.digest;
    // After a crash the same file gets the same answer, whatever the agreement says of duplicates. Interchanges are known
    // by their control numbers. No header can have such a key.
    if (!edi) inbound.idempotency_key = "\x02" "drop|" + file.identity() + '|' + inbound.digest;
    inbound.bytes = std::make_shared<const std::string>(std::move(*bytes));
    const auto source = inbound.bytes;
    const auto answer = answered(std::move(inbound), {});
    if (!answer) return leave(file);
    return finish(file, *answer, *source, received, std::chrono::steady_clock::now() - started);
  }

  /// An interchange that is read from the disk, not from memory.
  Came submit_large(const TakenFile& file, pipeline::Inbound inbound) {
    const auto received = inbound.received;
    const auto started = std::chrono::steady_clock::now();
    const auto answer = answered(std::move(inbound), file.path());
    if (!answer) return leave(file);
    if (!file.unchanged()) log::warning("drop-changed", {{"partner", drop_.partner}, {"file", file.name()}, {"why", "written to while it was read"}});
    return finish(file, *answer, {}, received, std::chrono::steady_clock::now() - started);
  }

  /// Nothing when the folder is the partner's no more.
  std::optional<pipeline::Answer> answered(pipeline::Inbound inbound, const std::filesystem::path& large) {
    std::future<pipeline::Answer> coming;
    {
      const std::shared_lock lock(state_->use);
      if (state_->gone) return std::nullopt;
      inbound.site = state_->services->site.get();
      if (!still_there(*inbound.site, drop_)) return std::nullopt;
      auto& flow = state_->services->inbound;
      auto work = large.empty() ? flow.process(std::move(inbound)) : flow.interchanges().process_file(std::move(inbound), large);
      coming = asio::co_spawn(executor_, std::move(work), asio::use_future);
    }
    auto answer = coming.get();                  // the gateway's end breaks it
    crash_point("drop-answered");
    return answer;
  }

  Came leave(const TakenFile& file) {
    receiver_.put_back(file);
    return Came::stop;
  }

  Came finish(const TakenFile& file, const pipeline::Answer& answer, const std::string& source, Time received, std::chrono::duration<double> took) {
    Text acknowledgment = answer.acknowledgment, report = answer.report;
    std::string reports;
    bool refused = answer.outcome == "rejected";                  // an interchange is taken even then, and acknowledged
    {
      const std::shared_lock lock(state_->use);
      if (state_->gone) return Came::stop;
      state_->services->metrics.document(drop_.partner, answer.kind, answer.outcome, took.count());
      if (!answer.receipts.empty()) {
        acknowledgment = all_acknowledgments(answer.receipts);
        reports = all_reports(answer.receipts, received);
      } else if (!answer.receipt.empty() && !acknowledgment && !report)
        if (const auto record = state_->services->store.receipt(answer.receipt); record && *record) {
          acknowledgment = (*record)->acknowledgment;
          report = (*record)->report;
          const auto& documents = (*record)->documents;
          refused |= answer.replayed && !documents.empty() && std::ranges::all_of(documents, [](const auto& d) { return d.status == store::Status::rejected; });
        }
    }
    const int status = answer.http_status;
    if (answer.for_now()) {
      // It stays in .taking, ahead of those that came later.
      count("retried");
      log::warning("drop-retried", {{"partner", drop_.partner}, {"file", file.name()}, {"status", status}, {"why", answer.problem}});
      return Came::later;
    }
    const bool done = status < 400 && !refused;
    if (!report && !done) report = answer.body;
    std::vector<Receiver::Beside> beside;
    if (!reports.empty()) beside.push_back({".report.txt", std::move(reports)});
    else if (report) beside.push_back({".report.txt", pipeline::report_text(*report, source, received)});
    else if (!done) beside.push_back(not_taken(file, answer.problem));
    if (acknowledgment) beside.push_back({".ack.edi", {}, acknowledgment});
    const auto stamp = answer.receipt.empty() ? stamp_of(received) : answer.receipt;
    const auto problem = receiver_.put_away(file, done ? Place::done : Place::failed, stamp, beside);
    if (!problem.empty()) return stuck(file.name(), problem);
    count(done ? "accepted" : refused ? "rejected" : "failed");
    log::info("drop", {{"partner", drop_.partner}, {"file", file.name()}, {"bytes", file.size()}, {"status", status}, {"outcome", answer.outcome},
                       {"receipt", answer.receipt}});
    return Came::to_an_end;
  }

  /// One behind the other: that is a file of interchanges, too.
  Text all_acknowledgments(const std::vector<std::string>& receipts) const {
    std::string all;
    for (const auto& id : receipts)
      if (const auto record = state_->services->store.receipt(id); record && *record && (*record)->acknowledgment) all += *(*record)->acknowledgment;
    return all.empty() ? nullptr : std::make_shared<const std::string>(std::move(all));
  }

  std::string all_reports(const std::vector<std::string>& receipts, Time received) const {
    std::string all, accepted;
    for (const auto& id : receipts) {
      const auto record = state_->services->store.receipt(id);
      if (!record || !*record) continue;
      if (!(*record)->report) {
        accepted += "INTERCHANGE ACCEPTED   received " + to_iso((*record)->received) + ", reference " + id + "\n";
        continue;
      }
      const auto content = state_->services->store.receipt_content(id);
      const std::string_view source = content && *content ? std::string_view(**content) : std::string_view();
      all += pipeline::report_text(*(*record)->report, source, received) + "\n";
    }
    return all.empty() ? all : all + accepted;
  }

  static Receiver::Beside not_taken(const TakenFile& file, const std::string& why) {
    return {".report.txt", adapter::directory::shown_name(file.name()) + " was not taken: " + why + "\n"};
  }

  void count(const char* outcome) { state_->files.Add({{"partner", drop_.partner}, {"outcome", outcome}}).Increment(); }

  const std::shared_ptr<State> state_;
  const Drop drop_;
  const asio::any_io_executor executor_;
  Receiver receiver_;
  const std::shared_ptr<State::Figures> figures_;
  std::string trouble_;
  std::set<std::string> told_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false, ended_ = false;
};

// ------------------------------------------------------------------------------------------------------------ all of them

Drops::Drops(Services& services, net::IoThreads& threads) : state_(std::make_shared<State>(services)), threads_(threads) {}

Drops::~Drops() { stop(std::chrono::milliseconds(0)); }

void Drops::apply(const pipeline::LiveSite& site) {
  const auto wanted = drops_of(site.config);
  std::vector<std::shared_ptr<Folder>> kept;
  std::erase_if(ending_, [](const auto& folder) { return folder->ended_by({}); });
  for (auto& folder : folders_) {
    if (std::ranges::find(wanted, folder->drop()) != wanted.end()) {
      kept.push_back(folder);
    } else {
      folder->ask_to_stop();
      ending_.push_back(folder);
    }
  }
  for (const auto& drop : wanted) {
    if (std::ranges::any_of(kept, [&](const auto& folder) { return folder->drop() == drop; })) continue;
    kept.push_back(std::make_shared<Folder>(state_, drop, threads_.next()));
    Folder::begin(kept.back());
  }
  folders_ = std::move(kept);
}

void Drops::begin_stop() {
  for (auto& folder : folders_) folder->ask_to_stop();
}

void Drops::stop(std::chrono::milliseconds grace) {
  begin_stop();
  const auto until = std::chrono::steady_clock::now() + grace;
  folders_.insert(folders_.end(), ending_.begin(), ending_.end());
  ending_.clear();
  for (auto& folder : folders_)
    if (!folder->ended_by(until)) log::warning("drops-left", {{"partner", folder->drop().partner}, {"folder", folder->drop().folder.path.string()}});
  const std::unique_lock lock(state_->use);
  state_->gone = true;
  folders_.clear();
}

std::string Drops::metrics_text() const {
  prometheus::Registry now;
  auto& waiting = prometheus::BuildGauge().Name("wayleave_drops_waiting").Help("files that are to be taken, whole or not").Register(now);
  auto& oldest = prometheus::BuildGauge().Name("wayleave_drops_oldest_seconds").Help("how long the oldest of them has been there").Register(now);
  auto& usable = prometheus::BuildGauge().Name("wayleave_drops_folder_usable").Help("1 while files can be taken from the folder").Register(now);
  {
    const std::scoped_lock lock(state_->mutex);
    std::erase_if(state_->figures, [](const auto& each) { return each.second.expired(); });
    for (const auto& [whose, known] : state_->figures) {
      const auto figures = known.lock();
      if (!figures) continue;
      const std::map<std::string, std::string> labels{{"partner", whose.first}, {"folder", whose.second}};
      waiting.Add(labels).Set(static_cast<double>(figures->waiting));
      oldest.Add(labels).Set(static_cast<double>(figures->oldest) / 1000);
      usable.Add(labels).Set(figures->usable ? 1 : 0);
    }
  }
  const prometheus::TextSerializer text;
  return text.Serialize(state_->registry.Collect()) + text.Serialize(now.Collect());
}

}  // namespace wayleave::gateway
