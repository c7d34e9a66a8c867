#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "net/http.hpp"

/// Reads the head of an HTTP/1.1 request strictly: what two readers could take differently is refused, so that nothing
/// can hide in our reading that a proxy in front of us did not see. Pure functions, no I/O; fuzzed by
/// tests/fuzz/head_check_fuzz.cpp. Beast's own parser (1.81) is not used for requests: it takes unknown transfer
/// codings, folded lines, lists of lengths and missing hosts, and throws out of the read operation on fields over 64
/// KiB.
namespace wayleave::net {

inline constexpr std::size_t max_head = 16 * 1024;  ///< bytes of request line and fields together
inline constexpr std::size_t max_target = 8 * 1024;
inline constexpr std::size_t max_fields = 100;

/// Why a request is refused: the status to answer and one sentence that holds nothing of the request.
struct HeadFault {
  int status = 400;
  const char* detail = "";
};

/// What is known of the bytes read so far.
struct HeadScan {
  std::size_t size = 0;            ///< of the whole head with its empty line; 0: more bytes are needed
  std::optional<HeadFault> fault;  ///< can be told before the head is complete
};

/// Looks for the end of the head in `bytes`, of which the first `scanned` have been looked at before.
HeadScan scan_head(std::string_view bytes, std::size_t scanned);

struct CheckedHead {
  RequestHead head;    ///< `peer` and `certificate_sha256` are left empty
  bool close = false;  ///< the client wants the connection closed afterwards
  bool expects_continue = false;
};

/// Reads a complete head (as measured by scan_head) into `checked`. Nullopt: it is fine.
std::optional<HeadFault> check_head(std::string_view bytes, CheckedHead& checked);

}  // namespace wayleave::net
