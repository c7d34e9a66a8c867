#pragma once

#include <optional>
#include <string>

#include "feed/webhooks.hpp"

namespace wayleave::feed {

/// What an attempt is told apart by.
struct Attempt {
  std::string epoch;
  std::optional<std::uint64_t> previous;    ///< seq of the last entry of this key that this subscription was sent
  int number = 1;
  Time now{};
};

/// The POST of one entry, signed. Headers: Content-Type, webhook-id, webhook-timestamp, webhook-signature, ce-specversion,
/// ce-id, ce-source, ce-type, ce-subject, ce-time, ce-dataschema, ce-sequence, ce-partitionkey, Subscription-ID,
/// Content-Digest, Feed-Cursor, Feed-Previous (when known), Feed-Attempt. The signature is over what is sent: of a
/// rendering that is `made`, its body.
Post make_post(const store::Subscription& subscription, const store::Entry& entry, const Attempt& attempt, const Rendering& rendering = {});
/// A test event: `<test xmlns="urn:wayleave:test:1">`, ce-type wayleave.test, no place in the feed.
Post make_test_post(const store::Subscription& subscription, Time now);

/// `msg_` and the event id; what is not a letter, digit, hyphen or underscore is written `~XX`, so there is never a point.
std::string message_id(std::string_view event_id);
/// As CloudEvents 1.0.2, HTTP binding 3.1.3.2: blank, `"`, `%` and what is not printable ASCII as %XX of its UTF-8 bytes.
std::string header_value(std::string_view text);

}  // namespace wayleave::feed
