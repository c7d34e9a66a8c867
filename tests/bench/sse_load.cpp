// Many server-sent event readers in one thread, epoll. Checks that each reader gets every number of its line in order, and
// measures from `<Recorded>` in the event (taken by the gateway before the commit) to the receipt of the event's last byte.
//   sse_load PORT FEED SECONDS TOKEN:READERS …
// Prints one line: readers delivered out_of_order p50_ms p99_ms max_ms
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

namespace {

struct Reader {
  int fd = -1;
  std::string in;
  bool open = false;
  long last = -1;
};

double wall_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::system_clock::now().time_since_epoch()).count();
}

double recorded_ms(const char* text) {
  std::tm tm{};
  int ms = 0;
  if (std::sscanf(text, "%d-%d-%dT%d:%d:%d.%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &ms) != 7) return 0;
  tm.tm_year -= 1900;
  tm.tm_mon -= 1;
  return static_cast<double>(timegm(&tm)) * 1000 + ms;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const int port = std::atoi(argv[1]);
  const std::string feed = argv[2];
  const double seconds = std::atof(argv[3]);
  std::vector<std::pair<std::string, int>> groups;
  std::size_t total = 0;
  for (int i = 4; i < argc; ++i) {
    std::string each = argv[i];
    const auto colon = each.rfind(':');
    groups.emplace_back(each.substr(0, colon), std::atoi(each.c_str() + colon + 1));
    total += static_cast<std::size_t>(groups.back().second);
  }
  const int poll = epoll_create1(0);
  std::vector<Reader> readers(total);
  std::size_t at = 0;
  for (const auto& [token, count] : groups)
    for (int i = 0; i < count; ++i) {
      auto& r = readers[at++];
      r.fd = ::socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(static_cast<std::uint16_t>(port));
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      if (::connect(r.fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return std::perror("connect"), 1;
      const auto request = "GET /v1/feeds/" + feed + "/events?after=now HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer " + token + "\r\n\r\n";
      (void)!::send(r.fd, request.data(), request.size(), 0);
      epoll_event event{EPOLLIN, {.ptr = &r}};
      epoll_ctl(poll, EPOLL_CTL_ADD, r.fd, &event);
    }
  std::vector<float> delays;
  delays.reserve(1 << 21);
  std::size_t opened = 0, wrong = 0;
  bool told = false;
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::vector<char> buffer(65536);
  while (std::chrono::steady_clock::now() < end) {
    epoll_event events[256];
    const int ready = epoll_wait(poll, events, 256, 100);
    const double now = wall_ms();
    for (int i = 0; i < ready; ++i) {
      auto& r = *static_cast<Reader*>(events[i].data.ptr);
      const auto n = ::recv(r.fd, buffer.data(), buffer.size(), 0);
      if (n <= 0) return std::fprintf(stderr, "a stream ended: %.200s\n", r.in.c_str()), 1;
      r.in.append(buffer.data(), static_cast<std::size_t>(n));
      if (!r.open) {
        if (r.in.find("retry: ") == std::string::npos) continue;
        if (r.in.compare(9, 3, "200") != 0) return std::fprintf(stderr, "%.300s\n", r.in.c_str()), 1;
        r.open = true;
        ++opened;
        r.in.erase(0, r.in.find("retry: "));
      }
      std::size_t done = 0, stop;
      while ((stop = r.in.find("\n\n", done)) != std::string::npos) {
        const std::string_view event(r.in.data() + done, stop - done);
        done = stop + 2;
        if (event.substr(0, 4) != "id: ") continue;
        const auto colon = event.find(':', 4);
        const long number = std::atol(event.data() + colon + 1);
        if (r.last >= 0 && number != r.last + 1) ++wrong;
        r.last = number;
        const auto stamp = event.rfind("<Recorded>");
        if (stamp != std::string_view::npos) delays.push_back(static_cast<float>(now - recorded_ms(event.data() + stamp + 10)));
      }
      r.in.erase(0, done);
    }
    if (!told && opened == total) {
      told = true;
      std::printf("open\n");
      std::fflush(stdout);
      end = std::chrono::steady_clock::now() + std::chrono::milliseconds(static_cast<long>(seconds * 1000));
    }
  }
  std::sort(delays.begin(), delays.end());
  const auto q = [&](double p) { return delays.empty() ? 0.f : delays[static_cast<std::size_t>(p * static_cast<double>(delays.size() - 1))]; };
  std::printf("%zu %zu %zu %.1f %.1f %.1f\n", opened, delays.size(), wrong, q(0.5), q(0.99), q(1));
}
