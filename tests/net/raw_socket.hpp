#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace wayleave::net::test {

/// A blocking TCP socket that says exactly what it is told to say.
class RawSocket {
 public:
  explicit RawSocket(int handle) : handle_(handle) {}
  explicit RawSocket(std::uint16_t port, int receive_buffer = 0) : handle_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) ::setsockopt(handle_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(handle_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
  }
  RawSocket(RawSocket&& other) noexcept : handle_(std::exchange(other.handle_, -1)), held_(std::move(other.held_)) {}
  ~RawSocket() { close(); }

  int handle() const { return handle_; }

  /// What the other end did not take, because it closed, is lost without complaint.
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      auto count = ::send(handle_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  /// All bytes up to the end of the connection; throws when it does not end in time.
  std::string receive_all(std::chrono::milliseconds patience = std::chrono::seconds{10}) {
    auto deadline = std::chrono::steady_clock::now() + patience;
    while (read_more(deadline)) {
    }
    return std::exchange(held_, {});
  }

  /// All bytes up to and with `mark`; throws when it does not come.
  std::string receive_until(std::string_view mark, std::chrono::milliseconds patience = std::chrono::seconds{10}) {
    auto deadline = std::chrono::steady_clock::now() + patience;
    std::size_t at;
    while ((at = held_.find(mark)) == std::string::npos) {
      if (!read_more(deadline)) throw std::runtime_error("closed before the mark, after: " + held_);
    }
    std::string taken = held_.substr(0, at + mark.size());
    held_.erase(0, taken.size());
    return taken;
  }

  std::string receive(std::size_t count) {
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (held_.size() < count) {
      if (!read_more(deadline)) throw std::runtime_error("closed early");
    }
    std::string taken = held_.substr(0, count);
    held_.erase(0, count);
    return taken;
  }

  /// Nothing comes for this long.
  bool silent_for(std::chrono::milliseconds time) {
    if (!held_.empty()) return false;
    pollfd wait{handle_, POLLIN, 0};
    return ::poll(&wait, 1, static_cast<int>(time.count())) == 0;
  }

  void shutdown_send() { ::shutdown(handle_, SHUT_WR); }
  /// Ends with a reset instead of an orderly close.
  void reset() {
    linger hard{1, 0};
    ::setsockopt(handle_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  void close() {
    if (handle_ >= 0) ::close(std::exchange(handle_, -1));
  }

 private:
  bool read_more(std::chrono::steady_clock::time_point deadline) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wait{handle_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) == 0) {
      throw std::runtime_error("nothing more came in time, after: " + held_);
    }
    char bytes[4096];
    auto count = ::recv(handle_, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    held_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  int handle_;
  std::string held_;
};

/// The status of the first answer in `bytes`; 0 for none.
inline int status_of(std::string_view bytes) {
  return bytes.starts_with("HTTP/1.1 ") && bytes.size() > 12 ? std::stoi(std::string(bytes.substr(9, 3))) : 0;
}

inline std::size_t answers_in(std::string_view bytes) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = bytes.find("HTTP/1.1 ", at)) != std::string_view::npos; ++at) {
    // Not where a sentence in a body names the protocol.
    if (at + 9 < bytes.size() && bytes[at + 9] >= '0' && bytes[at + 9] <= '9') ++count;
  }
  return count;
}

inline std::string get(std::string_view target, std::string_view fields = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

inline std::string post(std::string_view target, std::string_view body, std::string_view fields = {}) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

}  // namespace wayleave::net::test
