#include "process/delivery.hpp"

#include "base/log.hpp"
#include "process/engine.hpp"

namespace wayleave::process {

namespace {

class EngineDelivery : public Delivery {
 public:
  explicit EngineDelivery(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

  void start() override { engine_->start(); }
  void wake() override { engine_->wake(); }
  DeliveryCounters counters() const override { return engine_->counters(); }

  void stop(std::chrono::milliseconds grace) override {
    using namespace std::chrono_literals;
    if (stopped_) return;
    stopped_ = true;
    auto idle = engine_->stop(grace);
    // Beyond the grace only store units are left; a store that does not answer must not hang the shutdown.
    if (idle.wait_for(grace + 5s) != std::future_status::ready) log::error("delivery.stop", {{"problem", "lanes are still held"}});
  }

 private:
  std::shared_ptr<Engine> engine_;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<Delivery> make_delivery(
  boost::asio::any_io_executor executor, store::Store& store, SiteView site, const Clock& clock, DeliveryOptions options
) {
  auto engine = std::make_shared<Engine>(std::move(executor), store, std::move(site), clock, std::move(options));
  return std::make_unique<EngineDelivery>(std::move(engine));
}

}  // namespace wayleave::process
