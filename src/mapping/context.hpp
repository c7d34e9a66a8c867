#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "document/document.hpp"

namespace wayleave::mapping {

/// What an expression may ask beside its document. Values are owned by the caller and outlive the evaluation.
/// Everything that is not a pure function of the document goes through here, so that a run can be repeated exactly.
struct Context {
  Time now{};                                                    ///< now(), frozen per message
  std::map<std::string, std::string, std::less<>> partner;      ///< partner('erpCustomer'); `id` and `name` included
  std::map<std::string, std::string, std::less<>> message;      ///< message('id'), 'kind', 'receipt', 'sender' …
  /// state('shipment', id): the current state as seen by the submitting partner, or null. Null function: always absent.
  std::function<std::shared_ptr<const Document>(std::string_view kind, std::string_view id)> state;
  /// seq(name): the next number, the same for the same message. Null function: always 1.
  std::function<std::uint64_t(std::string_view name)> sequence;
  /// linked(name): the latest canonical document with that root element and business key that the partner may see, or null.
  std::function<std::shared_ptr<const Document>(std::string_view name, std::string_view root, std::string_view key)> linked;
  /// Values of the map's m:param, as the place that uses the map gives them.
  std::map<std::string, std::string, std::less<>> parameters;
};

/// What one evaluation may cost; exceeding any is R801, which names the construct.
struct Budget {
  std::size_t value = 1u << 20;        ///< bytes of one value
  std::size_t output = 64u << 20;      ///< bytes of output
  std::size_t nodes = 50'000'000;      ///< evaluated nodes
};

}  // namespace wayleave::mapping
