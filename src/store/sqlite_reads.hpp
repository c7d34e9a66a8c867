#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/sqlite.hpp"
#include "store/store.hpp"

namespace wayleave::store {

/// Read-only connections for whoever asks: at most `most`, opened when first needed, handed out one caller at a time.
class ReaderPool {
 public:
  explicit ReaderPool(std::string path, std::size_t most = 4) : path_(std::move(path)), most_(most) {}

  /// Held while reading. Blocks while all are taken; throws sqlite::Failure.
  class Loan {
   public:
    explicit Loan(ReaderPool& pool) : pool_(pool), connection_(pool.take()) {}
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan() { pool_.give_back(std::move(connection_)); }
    sqlite::Connection& operator*() const { return *connection_; }

   private:
    ReaderPool& pool_;
    std::unique_ptr<sqlite::Connection> connection_;
  };

  /// Closes those at rest; nobody may be reading.
  void close();

 private:
  std::unique_ptr<sqlite::Connection> take();
  void give_back(std::unique_ptr<sqlite::Connection> connection);

  std::string path_;
  std::size_t most_;
  std::size_t open_ = 0;
  std::vector<std::unique_ptr<sqlite::Connection>> idle_;
  std::mutex mutex_;
  std::condition_variable returned_;
};

/// What Store's reads ask, each on one connection; what SQLite says no to is thrown as sqlite::Failure.
namespace reads {

std::optional<ReceiptRecord> receipt(sqlite::Connection& db, const std::string& id);
std::optional<Bytes> receipt_content(sqlite::Connection& db, const std::string& id);
std::optional<DocumentRecord> document(sqlite::Connection& db, const std::string& id);
std::optional<Bytes> document_canonical(sqlite::Connection& db, const std::string& id);
std::vector<Stage> stages(sqlite::Connection& db, const std::string& document);
std::vector<DocumentRecord> documents(sqlite::Connection& db, const DocumentQuery& query);
std::optional<First> idempotency(
  sqlite::Connection& db, const std::string& partner, const std::string& key, Time now, std::string& fingerprint
);
std::vector<Entry> read_line(
  sqlite::Connection& db, const Line& line, std::uint64_t after, std::size_t limit, std::size_t max_bytes
);
std::optional<Object> object(sqlite::Connection& db, const std::string& kind, const std::string& id);
std::vector<Object> objects(sqlite::Connection& db, const Store::ObjectQuery& query);
std::vector<KnownEvent> known_events(sqlite::Connection& db, const std::string& publisher, const std::vector<std::string>& ids);
std::vector<Subscription> subscriptions(sqlite::Connection& db, const std::string& partner);
std::optional<Subscription> subscription(sqlite::Connection& db, const std::string& id);

}  // namespace reads

}  // namespace wayleave::store
