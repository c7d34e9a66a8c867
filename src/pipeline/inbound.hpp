#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "pipeline/in_flight.hpp"
#include "pipeline/interchange.hpp"
#include "pipeline/stages.hpp"
#include "store/store.hpp"

namespace wayleave::pipeline {

namespace asio = boost::asio;

/// The way of a document from its bytes to its durable answer. One for the gateway; any number of submissions at once,
/// each on its own executor. Documents above `big` bytes are read, judged and mapped on `pool`.
class InboundFlow {
 public:
  InboundFlow(store::Store& store, const Clock& clock, asio::any_io_executor pool, std::function<void()> wake_delivery)
      : store_(store), clock_(clock), pool_(pool), wake_delivery_(wake_delivery), interchanges_(store, in_flight_, pool, wake_delivery) {}

  /// Nothing is answered 2xx before it is on disk. Never throws for what a document says.
  asio::awaitable<Answer> process(Inbound inbound);
  InterchangeFlow& interchanges() { return interchanges_; }

 private:
  asio::awaitable<Answer> judge_and_keep(Inbound inbound);
  asio::awaitable<Answer> keep(Mapped mapped);
  asio::awaitable<Answer> refuse(Refusal refusal);
  Step<Mapped> judge(Inbound inbound);

  store::Store& store_;
  const Clock& clock_;
  asio::any_io_executor pool_;
  std::function<void()> wake_delivery_;
  InFlight in_flight_;
  InterchangeFlow interchanges_;
};

}  // namespace wayleave::pipeline
