#include "feed/progress.hpp"

#include <nlohmann/json.hpp>

namespace wayleave::feed {
namespace {

using nlohmann::json;

std::int64_t number(Time time) { return time.time_since_epoch().count(); }
Time moment(const json& value) { return Time(std::chrono::milliseconds(value.get<std::int64_t>())); }

}  // namespace

std::string write_progress(const Progress& progress) {
  if (progress.high == 0 && progress.keys.empty() && progress.parked_total == 0) return {};
  json out = {{"high", progress.high}};
  for (const auto& key : progress.keys)
    out["keys"].push_back(
      {{"key", key.key}, {"seqs", key.seqs}, {"attempts", key.attempts}, {"due", number(key.due)}, {"since", number(key.since)}}
    );
  for (const auto& parked : progress.parked)
    out["parked"].push_back(
      {{"seq", parked.seq}, {"event", parked.event_id}, {"key", parked.key}, {"at", number(parked.at)}, {"reason", parked.reason}}
    );
  if (progress.parked_total) out["parkedTotal"] = progress.parked_total;
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Progress read_progress(const std::string& text) {
  if (text.empty()) return {};
  try {
    Progress progress;
    const auto in = json::parse(text);
    progress.high = in.at("high").get<std::uint64_t>();
    for (const auto& key : in.value("keys", json::array()))
      progress.keys.push_back(
        {key.at("key").get<std::string>(), key.at("seqs").get<std::vector<std::uint64_t>>(), key.at("attempts").get<unsigned>(),
         moment(key.at("due")), moment(key.at("since"))}
      );
    for (const auto& parked : in.value("parked", json::array()))
      progress.parked.push_back(
        {parked.at("seq").get<std::uint64_t>(), parked.at("event").get<std::string>(), parked.at("key").get<std::string>(),
         moment(parked.at("at")), parked.at("reason").get<std::string>()}
      );
    progress.parked_total = in.value("parkedTotal", progress.parked.size());
    return progress;
  } catch (const json::exception&) {
    return {};
  }
}

}  // namespace wayleave::feed
