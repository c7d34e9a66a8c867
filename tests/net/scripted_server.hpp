#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "raw_socket.hpp"

namespace wayleave::net::test {

/// Listens on a free port of 127.0.0.1 and runs `script` on each connection, one after the other, on a thread of its
/// own.
class ScriptedServer {
 public:
  using Script = std::function<void(RawSocket&, int number)>;

  explicit ScriptedServer(Script script) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 64);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, script = std::move(script)] {
      for (;;) {
        int handle = ::accept(listener_, nullptr, nullptr);
        if (handle < 0) return;
        RawSocket socket(handle);
        int number = ++connections_;
        try {
          script(socket, number);
        } catch (const std::exception&) {
          // The client left early; what it got is what the test looks at.
        }
      }
    });
  }
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  std::uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  int connections() const { return connections_; }

 private:
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

}  // namespace wayleave::net::test
