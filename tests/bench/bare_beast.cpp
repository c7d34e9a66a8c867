// The baseline of the durable-orders benchmark: a Beast server that reads each POST whole and answers 202 with nothing
// done. As many threads as asked for, one io_context each, SO_REUSEPORT: the shape of our own server without our work.
//   bare_beast PORT THREADS
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

asio::awaitable<void> serve(tcp::socket socket) {
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> answer{http::status::accepted, 11};
  answer.body() = "<receipt/>";
  answer.prepare_payload();
  try {
    for (;;) {
      http::request<http::string_body> request;
      co_await http::async_read(socket, buffer, request, asio::use_awaitable);
      co_await http::async_write(socket, answer, asio::use_awaitable);
    }
  } catch (const std::exception&) {
  }
}

asio::awaitable<void> accept(tcp::acceptor acceptor) {
  for (;;) {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), asio::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto port = static_cast<unsigned short>(argc > 1 ? std::atoi(argv[1]) : 0);
  const int count = argc > 2 ? std::atoi(argv[2]) : 2;
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([port] {
      asio::io_context io(1);
      tcp::acceptor acceptor(io);
      acceptor.open(tcp::v4());
      const int on = 1;
      setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
      acceptor.set_option(tcp::acceptor::reuse_address(true));
      acceptor.bind({asio::ip::make_address("127.0.0.1"), port});
      acceptor.listen();
      asio::co_spawn(io, accept(std::move(acceptor)), asio::detached);
      io.run();
    });
  std::puts("ready");
  std::fflush(stdout);
}
