#include "net/server.hpp"

#include <fmt/format.h>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "net/shard.hpp"

namespace wayleave::net {

namespace {

using namespace std::chrono_literals;

class BeastServer final : public Server {
 public:
  BeastServer(IoThreads& threads, ServerOptions options, Handler handler) : core_(std::make_shared<ServerCore>()) {
    core_->options = std::move(options);
    core_->handler = std::move(handler);
    for (unsigned i = 0; i < threads.size(); ++i) {
      // Always one: IoThreads makes nothing else. The concrete type spares every operation a virtual call.
      auto executor = threads.executor(i);
      core_->shards.push_back(std::make_unique<Shard>(*core_, *executor.target<IoExecutor>()));
    }
  }

  ~BeastServer() override { stop(0ms); }

  Result<std::uint16_t> start() override {
    const auto& options = core_->options;
    if (options.tls) {
      auto context = make_server_context(*options.tls);
      if (!context) return context.error();
      core_->tls = std::move(*context);
    }
    boost::system::error_code error;
    auto address = asio::ip::make_address(options.address, error);
    if (error) return Problem{Errc::unusable, fmt::format("'{}' is not an IP address", options.address)};
    Tcp::endpoint endpoint(address, options.port);
    if (auto problem = occupied(endpoint)) return *problem;
    for (auto& shard : core_->shards) {
      auto port = shard->listen(endpoint);
      if (!port) return cannot_listen(endpoint, port.error().detail);
      endpoint.port(*port);
    }
    for (auto& shard : core_->shards) {
      asio::post(shard->executor(), [core = core_, one = shard.get()] { one->start(core); });
    }
    started_ = true;
    return endpoint.port();
  }

  Result<bool> reload_tls(const TlsOptions& tls) override {
    auto context = make_server_context(tls);
    if (!context) return context.error();
    core_->tls = std::move(*context);
    return true;
  }

  void stop(std::chrono::milliseconds grace) override {
    if (!std::exchange(started_, false)) return;
    core_->stopping = true;
    on_all([](Shard& shard) { shard.wind_up(); });
    if (!core_->wait_until_empty(grace)) {
      on_all([](Shard& shard) { shard.cut(); });
      core_->wait_until_empty(1s);
    }
    on_all([](Shard& shard) { shard.release(); });
  }

  ServerCounters counters() const override {
    ServerCounters sum;
    for (const auto& shard : core_->shards) {
      sum.accepted += shard->counters.accepted;
      sum.requests += shard->counters.requests;
      sum.refused_heads += shard->counters.refused_heads;
      sum.escaped_exceptions += shard->counters.escaped_exceptions;
      sum.handshake_failures += shard->counters.handshake_failures;
    }
    sum.open = core_->open;
    return sum;
  }

 private:
  static Problem cannot_listen(const Tcp::endpoint& endpoint, const std::string& why) {
    auto where = endpoint.address().to_string();
    return {Errc::unusable, fmt::format("cannot listen on {}:{}: {}", where, endpoint.port(), why)};
  }

  /// SO_REUSEPORT would let two gateways share a port in silence: ask for it once without.
  std::optional<Problem> occupied(const Tcp::endpoint& endpoint) const {
    if (endpoint.port() == 0) return std::nullopt;
    boost::system::error_code error;
    Acceptor probe(core_->shards.front()->executor());
    probe.open(endpoint.protocol(), error);
    if (!error) probe.set_option(Acceptor::reuse_address(true), error);
    if (!error) probe.bind(endpoint, error);
    if (!error) return std::nullopt;
    return cannot_listen(endpoint, error.message());
  }

  /// Runs `step` on every shard's thread and waits for it; not for ever, in case a thread is stuck or gone.
  template <class Step>
  void on_all(Step step) {
    struct Pending {
      std::mutex mutex;
      std::condition_variable done;
      std::size_t left;
    };
    auto pending = std::make_shared<Pending>();
    pending->left = core_->shards.size();
    for (auto& shard : core_->shards) {
      asio::post(shard->executor(), [core = core_, one = shard.get(), step, pending] {
        step(*one);
        std::lock_guard lock(pending->mutex);
        if (--pending->left == 0) pending->done.notify_all();
      });
    }
    std::unique_lock lock(pending->mutex);
    pending->done.wait_for(lock, 5s, [&] { return pending->left == 0; });
  }

  std::shared_ptr<ServerCore> core_;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<Server> make_server(IoThreads& threads, ServerOptions options, Handler handler) {
  return std::make_unique<BeastServer>(threads, std::move(options), std::move(handler));
}

}  // namespace wayleave::net
