#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/store.hpp"

/// What the tests put into a store.
namespace wayleave::store::test {

Bytes bytes(std::string_view text);
/// 64 hex digits that differ when the text does.
std::string digest(std::string_view text);

/// An accepted order: receipt `R-id`, document `id`, to be delivered in lane `order:key`.
Acceptance order(std::string id, std::string key, Time received, std::string partner = "acme");
NewEntry entry(std::string feed, std::string key, std::vector<std::string> audience);
Stage stage(std::string name, Time at, std::string outcome = "ok");
Verdict verdict(bool accepted, std::string code, Time at);

}  // namespace wayleave::store::test
