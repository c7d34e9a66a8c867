#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace wayleave::gateway {

struct GatewayOptions {
  std::filesystem::path site;
  std::string public_listen;             ///< `address:port` instead of the site's; empty: the site's
  std::string internal_listen;
  std::filesystem::path data;            ///< store directory instead of the site's
  unsigned threads = 0;                  ///< io threads; 0: one a core
  bool hold_delivery = false;            ///< accepts, delivers nothing (maintenance, benchmarks)
};

/// The whole thing: built from a site, started, reloaded, stopped. Used from one thread (main's).
class Gateway {
 public:
  virtual ~Gateway() = default;
  /// `http://127.0.0.1:41233`
  virtual std::string public_url() const = 0;
  virtual std::string internal_url() const = 0;
  /// Reads the site anew; all of it takes effect, or nothing and the reason is logged and counted.
  virtual bool reload() = 0;
  /// Stops accepting, finishes what is under way (within `grace` in all), closes the store.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

/// Builds and starts. On failure: Errc::unusable for a site with errors (they are printed on stderr), else what could
/// not be opened.
Result<std::unique_ptr<Gateway>> start_gateway(GatewayOptions options);

}  // namespace wayleave::gateway
