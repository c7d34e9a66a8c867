#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "net/server.hpp"

namespace wayleave::net {

namespace {

struct Context : asio::io_context {
  using asio::execution_context::shutdown;
  using asio::io_context::io_context;
};

struct IoThread {
  Context context{1};  // one thread runs it
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;
};

}  // namespace

struct IoThreads::State {
  std::vector<std::unique_ptr<IoThread>> threads;
  std::atomic<unsigned> turn{0};
  std::atomic<std::uint64_t> escaped{0};

  /// Beast and handlers may throw through run(): one broken operation must not end the others.
  void run(IoThread& io) {
    for (;;) {
      try {
        io.context.run();
        return;
      } catch (const std::exception& error) {
        ++escaped;
        log::error("io-exception", {{"type", typeid(error).name()}});
      } catch (...) {
        ++escaped;
        log::error("io-exception", {{"type", "unknown"}});
      }
    }
  }
};

IoThreads::IoThreads(unsigned threads) : state_(std::make_unique<State>()) {
  for (unsigned i = 0; i < std::max(threads, 1u); ++i) state_->threads.push_back(std::make_unique<IoThread>());
  for (auto& io : state_->threads) {
    io->thread = std::thread([state = state_.get(), io = io.get()] { state->run(*io); });
  }
}

IoThreads::~IoThreads() {
  stop();
  // What waits in one context may own sockets of another: let all go before any context is gone.
  for (auto& io : state_->threads) {
    io->work.reset();
    io->context.shutdown();
  }
}

unsigned IoThreads::size() const {
  return static_cast<unsigned>(state_->threads.size());
}

asio::any_io_executor IoThreads::executor(unsigned index) const {
  return state_->threads[index % state_->threads.size()]->context.get_executor();
}

asio::any_io_executor IoThreads::next() {
  return executor(state_->turn.fetch_add(1, std::memory_order_relaxed));
}

void IoThreads::stop() {
  for (auto& io : state_->threads) io->context.stop();
  for (auto& io : state_->threads) {
    if (io->thread.joinable()) io->thread.join();
  }
}

std::uint64_t IoThreads::escaped_exceptions() const {
  return state_->escaped;
}

}  // namespace wayleave::net
