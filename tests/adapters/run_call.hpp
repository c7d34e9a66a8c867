#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "adapter/adapter.hpp"
#include "adapters/builtin.hpp"

namespace wayleave::adapter::testing {

inline Call order(std::string body = "<Order/>") {
  Call call;
  call.document = "01JDB40000000000000000000A";
  call.partner = "acme";
  call.kind = "order";
  call.key = "PO-4711";
  call.step = "place";
  call.idempotency_key = call.document + ".place";
  call.body = std::make_shared<const std::string>(std::move(body));
  call.timeout = std::chrono::seconds(5);
  return call;
}

inline Options options(std::initializer_list<std::pair<const char*, std::string>> given) {
  Options all;
  for (const auto& [name, value] : given) all[name] = Option{value, Where{"processes/place.xml", 7, 3}};
  return all;
}

/// What `adapter` says of these options; the codes in order.
inline std::vector<std::string> codes(const std::string& adapter, const Options& options) {
  Findings findings;
  const auto sender = find(adapter)->make_sender(options, {"processes/place.xml", 6, 3}, {}, findings);
  std::vector<std::string> codes;
  for (const auto& finding : findings) codes.push_back(finding.code);
  CHECK(static_cast<bool>(sender) == codes.empty());
  return codes;
}

inline Reply run(asio::io_context& io, Sender& sender, Call call) {
  std::optional<Reply> reply;
  asio::co_spawn(io, sender.send(std::move(call)), [&](std::exception_ptr problem, Reply given) {
    if (problem) std::rethrow_exception(problem);
    reply = std::move(given);
  });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!reply && std::chrono::steady_clock::now() < deadline) {
    io.restart();
    io.run_one_for(std::chrono::milliseconds(100));
  }
  REQUIRE(reply);
  return std::move(*reply);
}

}  // namespace wayleave::adapter::testing
