#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/finding.hpp"
#include "base/result.hpp"

/// What an adapter implements: the contract between back-end processes and the protocols that reach a back end.
/// An adapter translates; retries, order, breaker, limits and metrics are written once around it, in process/.
namespace wayleave::adapter {

namespace asio = boost::asio;

/// One attempt to hand one document to a back end.
struct Call {
  std::string document, partner, kind, key, step;
  std::string idempotency_key;           ///< `{document}.{step}`, the same on retry and replay
  int attempt = 1;
  bool repeatable = true;                ///< false: rather fail before anything is sent than leave the outcome unknown
  std::string content_type = "application/xml; charset=utf-8";
  std::shared_ptr<const std::string> body;
  std::chrono::milliseconds timeout{30'000};
};

/// What came of it, as the protocol tells it. What it *means* is judged in process/verdict.
struct Reply {
  enum class Kind : std::uint8_t {
    answered,            ///< `status` and `body` are the back end's
    delivered,           ///< a protocol without answers took it durably (directory)
    no_connection,       ///< nothing was sent: refused, no route, name not found
    broken,              ///< the connection broke or the answer was garbage after something was sent
    timeout,             ///< no whole answer in time
    misconfigured,       ///< our fault and not curable by repeating (bad path, no permission)
  } kind = Kind::answered;
  bool sent = false;                     ///< false: certainly nothing of it reached the back end
  int status = 0;
  std::string body;
  std::string content_type;
  std::optional<std::chrono::milliseconds> retry_after;
  std::string detail;                    ///< for operators; never shown to partners
};

/// Hands documents to one configured target. Made at start and reload, used by many coroutines at once.
class Sender {
 public:
  virtual ~Sender() = default;
  virtual asio::awaitable<Reply> send(Call call) = 0;
  /// What breaker and bulkhead are kept by: `http://host:port`, `directory:/path`.
  virtual std::string target() const = 0;
};

/// A step's own attributes as the site gives them, with where each stands.
struct Option {
  std::string value;
  Where where = {};
};
using Options = std::map<std::string, Option, std::less<>>;

/// What an adapter may use while it lives.
struct Surroundings {
  asio::any_io_executor executor;        ///< null executor when only checking (`wayleave check`): make nothing that runs
  std::filesystem::path site;            ///< relative paths start here
};

/// One kind of adapter. Adding one: a folder under adapters/, one entry in adapters/builtin.cpp.
struct AdapterType {
  const char* name;
  const char* summary;
  struct OptionDoc {
    const char* name;
    bool required;
    const char* text;
  };
  std::span<const OptionDoc> options;
  /// Null with findings when an option is missing, unknown or wrong. Opens nothing.
  std::shared_ptr<Sender> (*make_sender)(const Options& options, const Where& step, const Surroundings& around, Findings& findings);
};

}  // namespace wayleave::adapter
