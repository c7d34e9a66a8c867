#include "gateway/access.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/log.hpp"
#include "crypto/digest.hpp"

namespace wayleave::gateway {
namespace {

std::string credentials(const net::RequestHead& head, std::string_view scheme) {
  const auto value = head.headers.get("Authorization");
  if (value.size() <= scheme.size() || value[scheme.size()] != ' ') return {};
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b)); };
  if (!std::equal(scheme.begin(), scheme.end(), value.begin(), same)) return {};
  auto rest = value.substr(scheme.size() + 1);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  return std::string(rest);
}

}  // namespace

std::string bearer(const net::RequestHead& head) { return credentials(head, "Bearer"); }

std::optional<partners::Caller> authenticate(const net::RequestHead& head, const partners::Directory& directory, Time now) {
  std::string why;
  std::optional<partners::Caller> caller;
  if (const auto token = bearer(head); !token.empty()) {
    caller = directory.by_token(token, now, &why);
  } else if (const auto basic = credentials(head, "Basic"); !basic.empty()) {
    const auto pair = crypto::from_base64(basic);
    const auto colon = pair ? pair->find(':') : std::string::npos;
    if (colon != std::string::npos) caller = directory.by_password(pair->substr(0, colon), pair->substr(colon + 1), now, &why);
  } else if (!head.headers.has("Authorization") && !head.certificate_sha256.empty()) {
    caller = directory.by_certificate(head.certificate_sha256, now, &why);
  }
  if (!caller) log::info("unauthenticated", {{"peer", head.peer}, {"why", why}});
  return caller;
}

int RateLimit::take(const std::string& partner, double rate) {
  if (rate <= 0) return 0;
  const auto now = std::chrono::steady_clock::now();
  const double capacity = std::max(10.0, rate * 2);
  std::lock_guard lock(mutex_);
  auto [it, fresh] = buckets_.try_emplace(partner, Bucket{capacity, now});
  auto& bucket = it->second;
  if (!fresh) {
    bucket.tokens = std::min(capacity, bucket.tokens + rate * std::chrono::duration<double>(now - bucket.filled).count());
    bucket.filled = now;
  }
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return 0;
  }
  return std::max(1, static_cast<int>(std::ceil((1 - bucket.tokens) / rate)));
}

bool StreamCount::enter(const std::string& partner, std::uint32_t most) {
  std::lock_guard lock(mutex_);
  auto& count = open_[partner];
  if (count >= most) return false;
  ++count;
  return true;
}

void StreamCount::leave(const std::string& partner) {
  std::lock_guard lock(mutex_);
  const auto it = open_.find(partner);
  if (it != open_.end() && --it->second == 0) open_.erase(it);
}

}  // namespace wayleave::gateway
