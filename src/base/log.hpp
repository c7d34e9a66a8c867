#pragma once

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace wayleave::log {

/// Structured lines on stderr: `time level event key=value …`. Values are ids, sizes, codes and reasons of our own;
/// never document content, never a credential. A value with blanks or quotes is quoted, control characters are escaped.
struct Field {
  const char* key;
  std::string value;
  template <class T>
  Field(const char* k, const T& v) : key(k), value(fmt::format("{}", v)) {}
};

/// `level`: trace debug info warning error off. Called once by main.
void start(const std::string& level);
void write(spdlog::level::level_enum level, std::string_view event, std::initializer_list<Field> fields);

inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(spdlog::level::info, event, fields);
}
inline void warning(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(spdlog::level::warn, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(spdlog::level::err, event, fields);
}
inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(spdlog::level::debug, event, fields);
}

}  // namespace wayleave::log
