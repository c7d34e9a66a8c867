// Posts distinct 2 KB orders over keep-alive connections as fast as they are answered, one thread, epoll: little enough
// work of its own that the server is what is measured. The same client drives the baseline.
//   post_load PORT CONNECTIONS SECONDS PREFIX [LINES]
// Prints one line: rate p50_us p99_us answered bad
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

std::string order(const std::string& number, int lines) {
  std::string out =
    "<PurchaseOrder xmlns=\"urn:acme:po:3\">\n  <Header>\n    <Number>" + number +
    "</Number>\n    <Date>2026-11-20</Date>\n    <Currency>USD</Currency>\n    <DeliverBy>2026-12-01</DeliverBy>\n    <Note>Receiving 06:00 to "
    "14:00 only.</Note>\n  </Header>\n  <ShipTo>\n    <Code>0012</Code>\n    <Name>ACME DC 12</Name>\n    <Street>1 Dock Rd</Street>\n    "
    "<City>Joliet</City>\n    <State>IL</State>\n    <Zip>60431</Zip>\n    <Country>US</Country>\n  </ShipTo>\n";
  for (int line = 1; line <= lines; ++line)
    out += "  <Line no=\"" + std::to_string(line) + "\">\n    <Item>SKU-" + std::to_string(1000 + line) + "</Item>\n    <Text>Widget, steel, galvanized, 40 mm, number " +
           std::to_string(line) + "</Text>\n    <Quantity uom=\"EA\">" + std::to_string(12 + line) + "</Quantity>\n    <Price>9.95</Price>\n  </Line>\n";
  return out + "</PurchaseOrder>\n";
}

struct Connection {
  int fd = -1;
  std::string out, in;
  std::size_t sent = 0;
  Clock::time_point began;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const int port = std::atoi(argv[1]);
  const int count = std::atoi(argv[2]);
  const double seconds = std::atof(argv[3]);
  const std::string prefix = argv[4];
  const int lines = argc > 5 ? std::atoi(argv[5]) : 8;
  const int poll = epoll_create1(0);
  std::vector<Connection> connections(static_cast<std::size_t>(count));
  std::vector<float> latencies;
  latencies.reserve(1 << 20);
  std::uint64_t next = 0, bad = 0;

  const auto submit = [&](Connection& c) {
    const auto body = order(prefix + std::to_string(++next), lines);
    c.out = "POST /v1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer demo-acme-token\r\nContent-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body;
    c.sent = 0;
    c.in.clear();
    c.began = Clock::now();
    const auto n = ::send(c.fd, c.out.data(), c.out.size(), MSG_NOSIGNAL);
    c.sent = n > 0 ? static_cast<std::size_t>(n) : 0;
  };
  for (auto& c : connections) {
    c.fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(c.fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return std::perror("connect"), 1;
    const int on = 1;
    setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{EPOLLIN, {.ptr = &c}};
    epoll_ctl(poll, EPOLL_CTL_ADD, c.fd, &event);
  }
  const auto start = Clock::now();
  const auto warm = start + std::chrono::milliseconds(500);
  const auto end = warm + std::chrono::milliseconds(static_cast<long>(seconds * 1000));
  for (auto& c : connections) submit(c);
  char buffer[16384];
  while (Clock::now() < end) {
    epoll_event events[64];
    const int ready = epoll_wait(poll, events, 64, 100);
    for (int i = 0; i < ready; ++i) {
      auto& c = *static_cast<Connection*>(events[i].data.ptr);
      const auto n = ::recv(c.fd, buffer, sizeof buffer, 0);
      if (n <= 0) return std::fprintf(stderr, "the server closed a connection\n"), 1;
      c.in.append(buffer, static_cast<std::size_t>(n));
      const auto head = c.in.find("\r\n\r\n");
      if (head == std::string::npos) continue;
      auto at = c.in.find("Content-Length: ");
      if (at == std::string::npos) at = c.in.find("content-length: ");
      const auto length = at < head ? std::strtoul(c.in.c_str() + at + 16, nullptr, 10) : 0;
      if (c.in.size() < head + 4 + length) continue;
      if (std::memcmp(c.in.data() + 9, "202", 3) != 0 && ++bad == 1) std::fprintf(stderr, "%.400s\n", c.in.c_str());
      const auto now = Clock::now();
      if (now >= warm) latencies.push_back(std::chrono::duration<float, std::micro>(now - c.began).count());
      submit(c);
    }
  }
  std::sort(latencies.begin(), latencies.end());
  const auto at = [&](double q) { return latencies.empty() ? 0.f : latencies[static_cast<std::size_t>(q * static_cast<double>(latencies.size() - 1))]; };
  std::printf("%.0f %.0f %.0f %zu %lu\n", static_cast<double>(latencies.size()) / seconds, at(0.5), at(0.99), latencies.size(), bad);
}
