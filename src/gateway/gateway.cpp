#include "gateway/gateway.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <condition_variable>
#include <fstream>
#include <iostream>
#include <thread>

#include "adapters/directory/poster.hpp"
#include "adapters/webhook/poster.hpp"
#include "base/crash.hpp"
#include "base/log.hpp"
#include "crypto/digest.hpp"
#include "formats/xml/read.hpp"
#include "gateway/build_site.hpp"
#include "gateway/drops.hpp"
#include "gateway/internal_api.hpp"
#include "gateway/outbound.hpp"
#include "gateway/public_api.hpp"
#include "gateway/services.hpp"
#include "gateway/site_version.hpp"

namespace wayleave::gateway {
namespace {

namespace asio = boost::asio;

std::pair<std::string, std::uint16_t> split_listen(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return {text, 0};
  auto address = text.substr(0, colon);
  if (address.size() > 2 && address.front() == '[') address = address.substr(1, address.size() - 2);
  return {address, static_cast<std::uint16_t>(std::strtoul(text.c_str() + colon + 1, nullptr, 10))};
}

std::string bracketed(const std::string& address) { return address.find(':') == std::string::npos ? address : "[" + address + "]"; }

std::string url_of(const config::Listener& listener, const std::string& address, std::uint16_t port) {
  return std::string(listener.tls ? "https://" : "http://") + bracketed(address) + ":" + std::to_string(port);
}

net::TlsOptions tls_options(const config::Tls& tls) {
  net::TlsOptions options;
  options.certificate = tls.certificate;
  options.key = tls.key;
  options.ca = tls.ca;
  switch (tls.clients) {
    case config::Tls::Clients::none: options.clients = net::TlsOptions::Clients::none; break;
    case config::Tls::Clients::offered: options.clients = net::TlsOptions::Clients::offered; break;
    case config::Tls::Clients::required: options.clients = net::TlsOptions::Clients::required; break;
  }
  return options;
}

/// The operator's token, made at first start, readable by its owner only.
Result<std::string> operator_token(const std::filesystem::path& data) {
  const auto file = data / "operator.token";
  std::ifstream in(file);
  std::string token;
  if (in >> token && !token.empty()) return token;
  token = partners::new_token("operator", "").token;
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return Problem{Errc::storage, "cannot write " + file.string() + ": make the store's directory writable"};
  const auto line = token + "\n";
  const bool ok = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fchmod(fd, 0600) == 0;
  ::close(fd);
  if (!ok) return Problem{Errc::storage, "cannot write " + file.string()};
  return token;
}

void print_findings(const Findings& findings) {
  for (const auto& finding : findings) {
    if (finding.severity == Severity::info) continue;
    std::cerr << render_text(finding, finding.in, "");
  }
}

class GatewayImpl final : public Gateway {
 public:
  explicit GatewayImpl(GatewayOptions options)
      : options_(std::move(options)),
        threads_(options_.threads ? options_.threads : std::max(1u, std::thread::hardware_concurrency())),
        workers_(std::max(1u, std::thread::hardware_concurrency())) {}

  Result<bool> start() {
    const auto version = site_version(options_.site);
    auto built = build_site(options_.site, threads_.executor(0));
    print_findings(built.findings);
    if (!built.site) return Problem{Errc::unusable, "the site " + options_.site.string() + " has errors; nothing was started"};
    apply_overrides(*built.site);
    built.site->version = version;
    const auto& gateway = built.site->config.gateway;
    data_ = gateway.store;

    store::SqliteOptions sqlite;
    sqlite.directory = data_.string();
    auto store = store::open_sqlite(std::move(sqlite));
    if (!store) return store.error();
    store_ = std::move(*store);
    auto token = operator_token(data_);
    if (!token) return token.error();
    site_.set(built.site);
    make_services(std::move(*token));
    // Before the first event can come: what a partner is to receive begins now.
    follow_receives();
    outbound_->sent().load();
    auto listening = listen(gateway);
    if (!listening) return listening.error();
    if (!options_.hold_delivery) delivery_->start();
    webhooks_->start();
    drops_->apply(*built.site);
    retention_ = std::jthread([this](std::stop_token stop) { retain(stop); });
    metrics_.reload(true, loads_);
    log::info("started", {{"public", public_url_}, {"internal", internal_url_}, {"partners", built.site->config.partners.size()}});
    return true;
  }

  std::string public_url() const override { return public_url_; }
  std::string internal_url() const override { return internal_url_; }

  bool reload() override {
    const auto version = site_version(options_.site);
    auto built = build_site(options_.site, threads_.executor(0));
    crash_point("mid-reload");
    const auto old = site_.get();
    if (built.site) {
      apply_overrides(*built.site);
      if (auto why = cannot_change(*old, *built.site); !why.empty()) {
        log::error("reload-refused", {{"why", why}});
        metrics_.reload(false, loads_);
        return false;
      }
      const auto& tls = built.site->config.gateway.public_listener.tls;
      if (tls && public_)
        if (auto done = public_->reload_tls(tls_options(*tls)); !done) {
          log::error("reload-refused", {{"why", done.error().detail}});
          metrics_.reload(false, loads_);
          return false;
        }
      built.site->version = version;
      site_.set(built.site);
      ++loads_;
      follow_receives();
      metrics_.reload(true, loads_);
      drops_->apply(*built.site);
      log::info("reloaded", {{"version", loads_}});
      delivery_->wake();
      return true;
    }
    print_findings(built.findings);
    for (const auto& finding : built.findings)
      if (finding.severity == Severity::error)
        log::error("reload-refused", {{"file", finding.in}, {"line", finding.line}, {"code", finding.code}});
    metrics_.reload(false, loads_);
    return false;
  }

  void stop(std::chrono::milliseconds grace) override {
    if (stopped_) return;
    stopped_ = true;
    stopping_ = true;
    const auto until = std::chrono::steady_clock::now() + grace;
    const auto left = [&](std::chrono::milliseconds most) {
      const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      return std::clamp(rest, std::chrono::milliseconds(100), most);
    };
    if (drops_) drops_->begin_stop();
    if (retention_.joinable()) retention_.request_stop(), retention_.join();
    following_.request_stop();
    if (hub_) hub_->stop();                                  // long polls and streams end
    if (public_) public_->stop(left(std::chrono::milliseconds(3000)));
    if (internal_) internal_->stop(left(std::chrono::milliseconds(1500)));
    if (drops_) drops_->stop(left(std::chrono::milliseconds(3000)));
    if (webhooks_) webhooks_->stop(left(std::chrono::milliseconds(1500)));
    if (delivery_) delivery_->stop(left(std::chrono::milliseconds(3000)));
    if (following_.joinable()) following_.join();            // waits for the store at most
    workers_.join();
    if (store_) store_->stop();
    threads_.stop();
    log::info("stopped");
  }

  ~GatewayImpl() override { stop(std::chrono::milliseconds(5000)); }

 private:
  void apply_overrides(pipeline::LiveSite& site) const {
    auto& gateway = site.config.gateway;
    if (!options_.public_listen.empty()) std::tie(gateway.public_listener.address, gateway.public_listener.port) = split_listen(options_.public_listen);
    if (!options_.internal_listen.empty())
      std::tie(gateway.internal_listener.address, gateway.internal_listener.port) = split_listen(options_.internal_listen);
    if (!options_.data.empty()) gateway.store = std::filesystem::absolute(options_.data);
  }

  /// Listeners and store stay as they were opened: changing them needs a restart, and saying so beats half a change.
  std::string cannot_change(const pipeline::LiveSite& old, const pipeline::LiveSite& fresh) const {
    const auto& a = old.config.gateway;
    const auto& b = fresh.config.gateway;
    const auto moved = [](const config::Listener& x, const config::Listener& y) {
      return x.address != y.address || x.port != y.port || x.tls.has_value() != y.tls.has_value();
    };
    if (moved(a.public_listener, b.public_listener)) return "the public listener changed: restart for that";
    if (moved(a.internal_listener, b.internal_listener)) return "the internal listener changed: restart for that";
    if (a.store != b.store) return "the store's directory changed: restart for that";
    return {};
  }

  /// Now, or as soon as the store takes it.
  void follow_receives() {
    following_ = std::jthread();           // it would follow the site of before
    if (follow_once()) return;
    following_ = std::jthread([this](std::stop_token stop) {
      std::mutex mutex;
      std::condition_variable_any waiting;
      std::unique_lock lock(mutex);
      do waiting.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
      while (!stop.stop_requested() && !follow_once());
    });
  }

  /// On this thread, which is none of those that do the work.
  bool follow_once() {
    auto work = outbound_->follow(site_.get());
    const auto followed = asio::co_spawn(threads_.next(), std::move(work), asio::use_future).get();
    for (const auto& subscription : followed.changed) webhooks_->changed(subscription);
    return followed.whole;
  }

  void make_services(std::string token) {
    hub_ = feed::make_hub(*store_);
    store_->on_appended([hub = hub_](auto entries) { hub->appended(std::move(entries)); });

    process::SiteView view;
    view.process = [this](const std::string& name) -> process::ProcessPtr {
      const auto site = site_.get();
      const auto it = site->processes.find(name);
      return it == site->processes.end() ? nullptr : it->second;
    };
    view.context = [this](const store::DocumentRecord& document) { return pipeline::make_context(*site_.get(), document, *store_); };
    view.schema = [this](const std::string& reference) { return site_.get()->schema_of(reference); };
    process::DeliveryOptions delivery;
    delivery.held = options_.hold_delivery;
    delivery_ = process::make_delivery(threads_.next(), *store_, std::move(view), Clock::system(), delivery);
    inbound_ = std::make_unique<pipeline::InboundFlow>(*store_, Clock::system(), workers_.get_executor(), [this] { delivery_->wake(); });
    fanout_ = std::make_unique<pipeline::FanoutFlow>(*store_, Clock::system());

    auto policy = [this] {
      webhook::Policy policy;
      policy.allow = site_.get()->config.gateway.webhook_allow;
      policy.own = own_listeners_;
      return policy;
    };
    outbound_ = std::make_unique<Outbound>(*store_, site_, Clock::system());
    inbound_->interchanges().on_heard([this](pipeline::Heard heard) { return outbound_->heard(std::move(heard)); });
    auto poster = either(webhook::make_poster(threads_.next(), policy), adapter::directory::make_poster(site_.get()->config.directory));
    feed::WebhookOptions pushing;
    pushing.renderer = outbound_->renderer();
    webhooks_ = feed::make_webhooks(threads_.next(), *store_, hub_, std::move(poster), Clock::system(), std::move(pushing));

    services_ = std::make_unique<Services>(Services{
      Clock::system(), site_, *store_, *hub_, *delivery_, *webhooks_, *outbound_, *inbound_, *fanout_, metrics_,
      [policy](const std::string& url) { return webhook::check_endpoint(url, policy()); },
      std::move(token), [this] { return not_ready(); }, [this] { return metrics_text(); },
    });
    public_api_ = std::make_unique<PublicApi>(*services_);
    drops_ = std::make_unique<Drops>(*services_, threads_);
  }

  Result<bool> listen(const config::Gateway& gateway) {
    net::ServerOptions options;
    options.name = "internal";
    options.address = gateway.internal_listener.address;
    options.port = gateway.internal_listener.port;
    if (gateway.internal_listener.tls) options.tls = tls_options(*gateway.internal_listener.tls);
    internal_ = net::make_server(threads_, options, [this](net::Exchange& exchange) -> asio::awaitable<void> {
      return open_.load(std::memory_order_acquire) ? internal_api_->handle(exchange) : not_yet(exchange);
    });
    options.name = "public";
    options.address = gateway.public_listener.address;
    options.port = gateway.public_listener.port;
    options.tls.reset();
    if (gateway.public_listener.tls) options.tls = tls_options(*gateway.public_listener.tls);
    public_ = net::make_server(threads_, options, [this](net::Exchange& exchange) -> asio::awaitable<void> {
      return open_.load(std::memory_order_acquire) ? public_api_->handle(exchange) : not_yet(exchange);
    });

    auto internal_port = internal_->start();
    if (!internal_port) return internal_port.error();
    internal_api_ = std::make_unique<InternalApi>(*services_, host_names(gateway.internal_listener, *internal_port));
    auto public_port = public_->start();
    if (!public_port) return public_port.error();
    internal_url_ = url_of(gateway.internal_listener, gateway.internal_listener.address, *internal_port);
    public_url_ = url_of(gateway.public_listener, gateway.public_listener.address, *public_port);
    own_listeners_ = {{gateway.public_listener.address, *public_port}, {gateway.internal_listener.address, *internal_port}};
    open_.store(true, std::memory_order_release);
    return true;
  }

  /// Between the first listener's bind and the last one's: nothing is answered by halves.
  static asio::awaitable<void> not_yet(net::Exchange& exchange) {
    auto response = problem(503, "starting", Form::xml);
    response.headers.add("Retry-After", "1");
    co_await exchange.respond(std::move(response));
  }

  static std::vector<std::string> host_names(const config::Listener& listener, std::uint16_t port) {
    const auto suffix = ":" + std::to_string(port);
    std::vector<std::string> names{bracketed(listener.address) + suffix};
    if (listener.address == "127.0.0.1" || listener.address == "::1") names.push_back("localhost" + suffix);
    for (const auto& name : listener.names) names.push_back(name), names.push_back(name + suffix);
    return names;
  }

  std::string not_ready() const {
    if (stopping_) return "stopping";
    const auto health = store_->health();
    return health.writable ? "" : "the store takes no new work: " + health.reason;
  }

  std::string metrics_text() {
    Metrics::Snapshot snapshot;
    snapshot.delivery = delivery_->counters();
    snapshot.store = store_->health();
    if (auto counts = store_->counts()) snapshot.counts = *counts;
    snapshot.subscriptions = webhooks_->lag();
    snapshot.sent_waiting = outbound_->sent().waiting();
    snapshot.hub = hub_->counters();
    snapshot.public_listener = public_->counters();
    snapshot.internal_listener = internal_->counters();
    snapshot.disagreements = xml::disagreements();
    return metrics_.text(snapshot) + drops_->metrics_text();
  }

  /// Once an hour: what is older than the site keeps goes.
  void retain(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any waiting;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      waiting.wait_for(lock, stop, std::chrono::hours(1), [] { return false; });
      if (stop.stop_requested()) return;
      const auto site = site_.get();
      const auto now = Clock::system().now();
      const auto documents = now - site->config.gateway.keep_documents;
      const auto feeds = now - site->config.gateway.keep_feeds;
      auto job = [](store::Store* store, SentLog* sent, Time documents_before, Time feeds_before) -> asio::awaitable<void> {
        auto removed = co_await store->retain(documents_before, feeds_before);
        auto forgetting = sent->forget(documents_before);
        const auto forgotten = co_await std::move(forgetting);
        if (removed && forgotten) log::info("retained", {{"removed", *removed + *forgotten}});
      }(store_.get(), &outbound_->sent(), documents, feeds);
      asio::co_spawn(threads_.next(), std::move(job), asio::detached);
    }
  }

  GatewayOptions options_;
  std::filesystem::path data_;
  net::IoThreads threads_;
  asio::thread_pool workers_;
  CurrentSite site_;
  Metrics metrics_;
  std::unique_ptr<store::Store> store_;
  std::shared_ptr<feed::Hub> hub_;
  std::unique_ptr<process::Delivery> delivery_;
  std::unique_ptr<pipeline::InboundFlow> inbound_;
  std::unique_ptr<pipeline::FanoutFlow> fanout_;
  std::unique_ptr<Outbound> outbound_;
  std::unique_ptr<feed::Webhooks> webhooks_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<Drops> drops_;
  std::unique_ptr<PublicApi> public_api_;
  std::unique_ptr<InternalApi> internal_api_;
  std::unique_ptr<net::Server> public_, internal_;
  std::vector<std::pair<std::string, std::uint16_t>> own_listeners_;
  std::string public_url_, internal_url_;
  std::atomic<bool> open_{false}, stopping_{false};
  bool stopped_ = false;
  std::uint64_t loads_ = 1;              ///< sites put in force since start
  std::jthread retention_, following_;
};

}  // namespace

Result<std::unique_ptr<Gateway>> start_gateway(GatewayOptions options) {
  auto gateway = std::make_unique<GatewayImpl>(std::move(options));
  auto started = gateway->start();
  if (!started) return started.error();
  return std::unique_ptr<Gateway>(std::move(gateway));
}

}  // namespace wayleave::gateway
