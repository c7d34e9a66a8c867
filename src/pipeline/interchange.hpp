#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <functional>

#include "formats/edi/acknowledge.hpp"
#include "pipeline/in_flight.hpp"
#include "pipeline/report.hpp"
#include "pipeline/stages.hpp"
#include "pipeline/take.hpp"
#include "store/store.hpp"

namespace wayleave::pipeline {

namespace asio = boost::asio;

/// What a trading partner said of something we sent.
struct Heard {
  std::string partner;
  edi::Standard standard{};
  edi::Acknowledged said;
};

/// The way of EDI: a submission is one or several interchanges, each with its own receipt and acknowledgment; an
/// interchange is split into documents, each with its own fate. Everything of an interchange is one unit of work.
/// One for the gateway, any number of submissions at once.
class InterchangeFlow {
 public:
  InterchangeFlow(store::Store& store, InFlight& in_flight, asio::any_io_executor pool, std::function<void()> wake_delivery)
      : store_(store), in_flight_(in_flight), pool_(std::move(pool)), wake_delivery_(std::move(wake_delivery)) {}

  /// 202 when every envelope could be read and was ours and taken; 400 with a report when one was not (what could be taken
  /// of the others is). Never throws for what the bytes say.
  asio::awaitable<Answer> process(Inbound inbound);

  /// The same for a file of any size, in bounded memory: it is read twice. The first time nothing is kept, and only an
  /// interchange whose trailer agrees goes on; the second time its sets are taken in portions, each a unit of work of its
  /// own that a repeat recognises, so that a crash in between costs nothing and doubles nothing; the last unit is the
  /// receipt with the acknowledgment. `inbound.bytes` is not looked at. The file must not change meanwhile.
  asio::awaitable<Answer> process_file(Inbound inbound, std::filesystem::path file);

  /// Told after the commit of the interchange that said it; set once before the first submission.
  void on_heard(std::function<asio::awaitable<void>(Heard)> told) { heard_ = std::move(told); }

 private:
  struct Judged;
  struct Tally;
  struct Outcome {
    Answer answer;
    bool taken = false;
  };
  asio::awaitable<Outcome> one(const Inbound& submission, TakenInterchange& taken);
  asio::awaitable<Outcome> keep(Inbound inbound, TakenInterchange& taken, std::string identity);
  /// `own`: the receipt that an earlier, interrupted taking of these very sets has left; what stands in it is no duplicate.
  Judged judge(const Inbound& inbound, TakenInterchange& taken, std::string_view own = {}) const;
  asio::awaitable<Result<std::string>> acknowledgment(const Inbound& inbound, TakenInterchange& taken, const Judged& judged, std::string numbered, std::string& kind);
  asio::awaitable<Result<std::string>> write_acknowledgment(
    const Inbound& inbound, const TakenInterchange& taken, edi::Acknowledger& ack, edi::AckKind as, std::string numbered, std::string& kind
  );
  struct Fate;
  static void tell_fate(edi::Acknowledger& ack, const TakenSet& set, const Fate& fate);
  struct Surveyed;
  static Result<std::vector<Surveyed>> survey(const std::filesystem::path& file, const edi::Guides& guides, edi::Flaws& strays);
  asio::awaitable<Outcome> file_interchange(Inbound inbound, const std::filesystem::path& file, Surveyed& surveyed);
  static void as_before(Judged& judged, const store::ReceiptRecord& stored);
  std::string identity_of(const Inbound& inbound, const edi::InterchangeHead& head) const;
  void reject(const Inbound& inbound, store::Acceptance& unit, Tally& tally, JudgedDocument what, const std::string& agreement) const;
  void settle(const Inbound& inbound, TakenInterchange& taken, Judged& judged, store::Acceptance& unit, Tally& tally, const LineIndex* lines) const;
  static bool believed(const TakenInterchange& taken, const TakenSet& set);
  static store::NewEntry acknowledged(const Inbound& inbound, const TakenInterchange& taken, const std::string& ack, const std::string& kind);
  asio::awaitable<void> hear(const Inbound& inbound, TakenInterchange& taken);
  void check_parties(const Inbound& inbound, TakenInterchange& taken) const;

  store::Store& store_;
  InFlight& in_flight_;
  asio::any_io_executor pool_;
  std::function<void()> wake_delivery_;
  std::function<asio::awaitable<void>(Heard)> heard_;
};

}  // namespace wayleave::pipeline
