#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include "base/clock.hpp"

/// A thin, owning layer over SQLite's C interface for this room alone. Failures are thrown as sqlite::Failure and become
/// values where the room ends: the writer turns them into the outcome of a unit, a read into a Problem.
namespace wayleave::store::sqlite {

struct Failure : std::exception {
  Failure(int code, std::string message) : code(code), message(std::move(message)) {}
  const char* what() const noexcept override { return message.c_str(); }
  int primary() const { return code & 0xff; }
  /// The unit contradicts what is stored; other units are not concerned.
  bool constraint() const { return primary() == SQLITE_CONSTRAINT; }
  /// What was written may or may not be on disk, and asking again would not tell.
  bool sync() const { return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC; }

  int code;                              ///< extended result code
  std::string message;
};

/// Bytes to be bound as a blob; not copied, must live until the statement was run.
struct Blob {
  std::string_view bytes;
};
/// Room for a blob that Connection::write_blob() fills in the same transaction. The last column of its table, or SQLite would
/// build the whole row in memory.
struct RoomFor {
  std::uint64_t bytes = 0;
};
/// A digest in lower-case hex, kept as 32 bytes when it is one, else as text.
struct Digest {
  std::string_view hex;
};
/// An empty text is kept as NULL.
struct OrNull {
  std::string_view text;
};

/// The rows of one run; gives the statement back when it goes out of scope. Column texts live until the next next().
class Rows {
 public:
  explicit Rows(sqlite3_stmt* statement) : statement_(statement) {}
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows() { sqlite3_reset(statement_); }

  bool next();
  bool null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  Time time(int column) const { return Time{std::chrono::milliseconds{integer(column)}}; }
  std::optional<std::int64_t> maybe(int column) const { return null(column) ? std::nullopt : std::optional{integer(column)}; }
  std::string_view view(int column) const;
  std::string text(int column) const { return std::string{view(column)}; }
  std::string digest(int column) const;
  /// Null for NULL.
  std::shared_ptr<const std::string> bytes(int column) const;

 private:
  sqlite3_stmt* statement_;
};

/// One connection, used by one thread at a time, with the statements it has prepared so far.
class Connection {
 public:
  Connection(const std::string& path, int flags);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Fills a blob that was inserted as RoomFor, in the same transaction, without another copy of it.
  void write_blob(const char* table, const char* column, std::int64_t row, std::string_view bytes);
  /// One or several statements without parameters or rows.
  void execute(const char* sql);
  /// Prepared once per literal: `sql` must be a string literal.
  template <class... Values>
  Rows query(const char* sql, const Values&... values) {
    sqlite3_stmt* statement = prepared(sql);
    int place = 0;
    (bind(statement, ++place, values), ...);
    return Rows{statement};
  }
  /// Runs a statement that gives no rows; how many rows it changed.
  template <class... Values>
  std::int64_t run(const char* sql, const Values&... values) {
    auto rows = query(sql, values...);
    rows.next();
    return sqlite3_changes64(handle_);
  }
  std::int64_t last_row() const { return sqlite3_last_insert_rowid(handle_); }
  /// Rows changed since the connection was opened.
  std::int64_t changes() const { return sqlite3_total_changes64(handle_); }
  bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  /// Ends a transaction whatever state its statements are in. Never throws.
  void roll_back() noexcept;
  sqlite3* handle() const { return handle_; }

 private:
  sqlite3_stmt* prepared(const char* sql);
  static void bind(sqlite3_stmt* s, int place, std::string_view text);
  static void bind(sqlite3_stmt* s, int place, Blob blob);
  static void bind(sqlite3_stmt* s, int place, RoomFor room);
  static void bind(sqlite3_stmt* s, int place, Digest digest);
  static void bind(sqlite3_stmt* s, int place, OrNull text);
  static void bind(sqlite3_stmt* s, int place, std::nullptr_t);
  static void bind(sqlite3_stmt* s, int place, const std::shared_ptr<const std::string>& bytes);
  static void bind(sqlite3_stmt* s, int place, Time time) { bind(s, place, static_cast<std::int64_t>(time.time_since_epoch().count())); }
  template <class T>
    requires std::is_integral_v<T>
  static void bind(sqlite3_stmt* s, int place, T value) {
    check(s, sqlite3_bind_int64(s, place, static_cast<std::int64_t>(value)));
  }
  template <class T>
  static void bind(sqlite3_stmt* s, int place, const std::optional<T>& value) {
    if (value) {
      bind(s, place, *value);
    } else {
      bind(s, place, nullptr);
    }
  }
  static void check(sqlite3_stmt* s, int code);

  sqlite3* handle_ = nullptr;
  std::unordered_map<const char*, sqlite3_stmt*> prepared_;
};

/// Throws what the connection says about `code` unless it is SQLITE_OK.
void check(sqlite3* handle, int code);

}  // namespace wayleave::store::sqlite
