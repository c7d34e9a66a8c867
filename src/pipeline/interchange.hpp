#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>

#include "pipeline/in_flight.hpp"
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

  /// Told after the commit of the interchange that said it; set once before the first submission.
  void on_heard(std::function<asio::awaitable<void>(Heard)> told) { heard_ = std::move(told); }

 private:
  struct Judged;
  struct Outcome {
    Answer answer;
    bool taken = false;
  };
  asio::awaitable<Outcome> one(const Inbound& submission, TakenInterchange& taken);
  asio::awaitable<Outcome> keep(Inbound inbound, TakenInterchange& taken, std::string identity);
  Judged judge(const Inbound& inbound, TakenInterchange& taken) const;
  asio::awaitable<Result<std::string>> acknowledgment(const Inbound& inbound, TakenInterchange& taken, const Judged& judged, const std::string& identity, std::string& kind);
  void check_parties(const Inbound& inbound, TakenInterchange& taken) const;

  store::Store& store_;
  InFlight& in_flight_;
  asio::any_io_executor pool_;
  std::function<void()> wake_delivery_;
  std::function<asio::awaitable<void>(Heard)> heard_;
};

}  // namespace wayleave::pipeline
