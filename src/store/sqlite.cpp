#include "store/sqlite.hpp"

namespace wayleave::store::sqlite {

namespace {

constexpr std::size_t digest_size = 32;

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool pack(std::string_view hex, char* out) {
  if (hex.size() != digest_size * 2) return false;
  for (std::size_t i = 0; i < digest_size; ++i) {
    int high = nibble(hex[2 * i]);
    int low = nibble(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<char>(high << 4 | low);
  }
  return true;
}

std::string unpack(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex(bytes.size() * 2, '0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto byte = static_cast<unsigned char>(bytes[i]);
    hex[2 * i] = digits[byte >> 4];
    hex[2 * i + 1] = digits[byte & 15];
  }
  return hex;
}

}  // namespace

void check(sqlite3* handle, int code) {
  if (code != SQLITE_OK) throw Failure{sqlite3_extended_errcode(handle), sqlite3_errmsg(handle)};
}

bool Rows::next() {
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  auto* handle = sqlite3_db_handle(statement_);
  throw Failure{sqlite3_extended_errcode(handle), sqlite3_errmsg(handle)};
}

std::string_view Rows::view(int column) const {
  // Blob first: its bytes need no conversion, and NULL gives an empty view.
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {data, data == nullptr ? 0 : static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string Rows::digest(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_BLOB ? unpack(view(column)) : text(column);
}

std::shared_ptr<const std::string> Rows::bytes(int column) const {
  if (null(column)) return nullptr;
  return std::make_shared<const std::string>(view(column));
}

Connection::Connection(const std::string& path, int flags) {
  int code = sqlite3_open_v2(path.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    Failure failure{code, handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_)};
    sqlite3_close(handle_);
    throw failure;
  }
  sqlite3_extended_result_codes(handle_, 1);
}

Connection::~Connection() {
  for (auto& [sql, statement] : prepared_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

void Connection::execute(const char* sql) { sqlite::check(handle_, sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr)); }

void Connection::roll_back() noexcept {
  for (auto& [sql, statement] : prepared_) sqlite3_reset(statement);
  if (in_transaction()) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

sqlite3_stmt* Connection::prepared(const char* sql) {
  auto [place, fresh] = prepared_.try_emplace(sql, nullptr);
  if (place->second == nullptr) {
    sqlite::check(handle_, sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &place->second, nullptr));
  }
  return place->second;
}

void Connection::bind(sqlite3_stmt* s, int place, std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  check(s, sqlite3_bind_text64(s, place, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Connection::bind(sqlite3_stmt* s, int place, Blob blob) {
  const char* data = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
  check(s, sqlite3_bind_blob64(s, place, data, blob.bytes.size(), SQLITE_STATIC));
}

void Connection::bind(sqlite3_stmt* s, int place, RoomFor room) { check(s, sqlite3_bind_zeroblob64(s, place, room.bytes)); }

void Connection::write_blob(const char* table, const char* column, std::int64_t row, std::string_view bytes) {
  sqlite3_blob* blob = nullptr;
  sqlite::check(handle_, sqlite3_blob_open(handle_, "main", table, column, row, 1, &blob));
  constexpr std::size_t step = 256u << 10;
  int code = SQLITE_OK;
  for (std::size_t at = 0; at < bytes.size() && code == SQLITE_OK; at += step) {
    const auto part = bytes.substr(at, step);
    code = sqlite3_blob_write(blob, part.data(), static_cast<int>(part.size()), static_cast<int>(at));
  }
  const int closed = sqlite3_blob_close(blob);
  sqlite::check(handle_, code == SQLITE_OK ? closed : code);
}

void Connection::bind(sqlite3_stmt* s, int place, Digest digest) {
  char packed[digest_size];
  if (pack(digest.hex, packed)) {
    check(s, sqlite3_bind_blob64(s, place, packed, digest_size, SQLITE_TRANSIENT));
  } else {
    bind(s, place, OrNull{digest.hex});
  }
}

void Connection::bind(sqlite3_stmt* s, int place, OrNull text) {
  if (text.text.empty()) {
    bind(s, place, nullptr);
  } else {
    bind(s, place, text.text);
  }
}

void Connection::bind(sqlite3_stmt* s, int place, std::nullptr_t) { check(s, sqlite3_bind_null(s, place)); }

void Connection::bind(sqlite3_stmt* s, int place, const std::shared_ptr<const std::string>& bytes) {
  if (bytes) {
    bind(s, place, Blob{*bytes});
  } else {
    bind(s, place, nullptr);
  }
}

void Connection::check(sqlite3_stmt* s, int code) {
  if (code != SQLITE_OK) sqlite::check(sqlite3_db_handle(s), code);
}

}  // namespace wayleave::store::sqlite
