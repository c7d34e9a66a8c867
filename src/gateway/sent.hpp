#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "formats/edi/guide.hpp"
#include "store/store.hpp"

namespace wayleave::gateway {

namespace asio = boost::asio;

/// What a partner's acknowledgment says of an interchange of ours.
enum class Answer : std::uint8_t {
  arrived,               ///< a TA1 or CONTRL that accepts the envelope only: the answer to what is in it is still to come
  accepted, partly, rejected,
};

/// Of what it is said. Once a set had a word of its own, the word on its group or interchange counts only when it rejects.
struct About {
  enum class Level : std::uint8_t { interchange, group, set } level = Level::interchange;
  std::string set, control;              ///< of a set; empty: the acknowledgment does not name it
};

/// The interchanges that we sent, each an object of the store (kind `sent`, id `acme:x12:17`), until they are answered for.
/// Status: sending (drawn up, not known to have left), sent, accepted, partly, rejected. No partner ever sees one. Any thread.
class SentLog {
 public:
  SentLog(store::Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  struct Interchange {
    std::string partner;
    edi::Standard standard = edi::Standard::x12;
    std::uint64_t control = 0;           ///< of interchange and group
    std::string set, version, set_control;
    std::string feed, event, key, cursor;
    std::string via;                     ///< directory, webhook
    Time made{};                         ///< what it is dated
    std::string id() const;
  };
  static std::string id(const std::string& partner, edi::Standard standard, std::string_view control);

  /// Counts those that wait. Before any of the others.
  void load();
  /// Its status; nullopt: it was never drawn up.
  Result<std::optional<std::string>> status(const std::string& id);
  enum class Known : std::uint8_t {
    no,                  ///< never drawn up
    sending,             ///< drawn up, not known to have left
    left,
    another,             ///< its number is that of another interchange
  };
  Result<Known> known(const Interchange& interchange);
  /// Durable before it leaves, so that no answer can be faster. Nothing changes when it is there already.
  asio::awaitable<bool> begin(Interchange interchange);
  /// It left: sending becomes sent.
  asio::awaitable<bool> left(std::string id);
  /// What came back. False: no interchange of that number is known, or it has no such set (both logged). `control` as the
  /// acknowledgment writes it.
  asio::awaitable<Result<bool>> acknowledged(
    std::string partner, edi::Standard standard, std::string control, Answer answer, std::string note, About about = {}
  );

  struct Query {
    std::string partner, status;         ///< empty: any
    std::optional<std::chrono::milliseconds> overdue;   ///< not answered for so long
  };
  /// `<interchange>` elements by schemas/wayleave/sent-1.xsd, the oldest change first, at most 1000.
  Result<std::vector<std::string>> find(const Query& query);
  /// Removes those that nothing was said of, or to, since then. How many.
  asio::awaitable<Result<std::uint64_t>> forget(Time before);
  /// How many are sent and not answered for, by partner.
  std::map<std::string, std::uint64_t> waiting() const;

 private:
  /// Reads, edits (false: leave it), writes; again when somebody else was faster.
  asio::awaitable<Result<bool>> change(std::string id, std::function<bool(store::Object&)> edit);
  void count(const std::string& partner, int by);

  store::Store& store_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> waiting_;
};

}  // namespace wayleave::gateway
