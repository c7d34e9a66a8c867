#pragma once

#include "store/sqlite.hpp"
#include "store/store.hpp"

// A DocumentRecord in SQL: the columns, what they are joined from, and how a row of them is read. A macro, because
// statements are literals.
#define WAYLEAVE_DOCUMENT_COLUMNS                                                                                      \
  "d.id, r.id, p.text, k.text, d.key, x.text, d.lane, a.text, d.status, r.test, d.received, d.updated, d.step,"        \
  " d.attempts, d.next_attempt, d.blocked, d.digest, v.accepted, v.code, v.reason, v.at, v.response, d.n, d.sending"
#define WAYLEAVE_DOCUMENT_JOINS                                                                                        \
  " JOIN receipt r ON r.n=d.receipt JOIN name p ON p.n=d.partner JOIN name k ON k.n=d.kind"                            \
  " LEFT JOIN name x ON x.n=d.process LEFT JOIN name a ON a.n=d.agreement LEFT JOIN verdict v ON v.document=d.n"

namespace wayleave::store {

inline constexpr int document_n_column = 22;
inline constexpr int document_sending_column = 23;

/// Reads the current row of a SELECT of WAYLEAVE_DOCUMENT_COLUMNS.
DocumentRecord document_record(const sqlite::Rows& row);

/// Lists of short texts in one column, as length:text; what was never written by us reads as empty.
std::string pack_texts(const std::vector<std::string_view>& texts);
std::vector<std::string> unpack_texts(std::string_view packed);

}  // namespace wayleave::store
