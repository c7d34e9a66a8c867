#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>

#include <memory>

#include "base/clock.hpp"

namespace wayleave::log {

namespace {

std::shared_ptr<spdlog::logger> make_logger() {
  auto logger = std::make_shared<spdlog::logger>("wayleave", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::info);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

spdlog::logger& logger() {
  static std::shared_ptr<spdlog::logger> instance = make_logger();
  return *instance;
}

bool is_plain(std::string_view value) {
  if (value.empty()) return false;
  for (char c : value) {
    auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '"' || c == '\\' || c == '=') return false;
  }
  return true;
}

void append_value(std::string& line, std::string_view value) {
  if (is_plain(value)) {
    line += value;
    return;
  }
  line += '"';
  for (char c : value) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (c == '\n') {
      line += "\\n";
    } else if (byte < 0x20 || byte >= 0x7f) {
      // Bytes above ASCII too: a log line must not depend on whose encoding the text was in.
      line += fmt::format("\\x{:02x}", byte);
    } else {
      line += c;
    }
  }
  line += '"';
}

}  // namespace

void start(const std::string& level) {
  logger().set_level(spdlog::level::from_str(level));
}

void write(spdlog::level::level_enum level, std::string_view event, std::initializer_list<Field> fields) {
  if (!logger().should_log(level)) return;
  std::string line = to_iso(Clock::system().now());
  line += ' ';
  auto name = spdlog::level::to_string_view(level);
  line.append(name.data(), name.size());
  line += ' ';
  line += event;
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, field.value);
  }
  logger().log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace wayleave::log
