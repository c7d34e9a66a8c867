#pragma once

#include <memory>
#include <string>

#include "store/sqlite.hpp"

namespace wayleave::store {

/// The layout this program reads and writes; kept in the file's user_version. A newer one is refused.
inline constexpr int schema_version = 5;

/// The one connection that writes and checkpoints: pragmas set, schema made or brought up to date, content checked.
/// Throws sqlite::Failure when SQLite fails, ProblemError (Errc::unusable) for a foreign, newer or damaged file.
std::unique_ptr<sqlite::Connection> open_writer(const std::string& path, bool synchronous);

/// A connection that can only read and never checkpoints. Throws sqlite::Failure.
std::unique_ptr<sqlite::Connection> open_reader(const std::string& path);

}  // namespace wayleave::store
