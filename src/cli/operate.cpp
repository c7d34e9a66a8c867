#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <iostream>

#include "cli/commands.hpp"
#include "formats/xml/read.hpp"
#include "net/client.hpp"

namespace wayleave::cli {
namespace {

namespace asio = boost::asio;

/// How the operator's commands reach the running gateway.
struct Access {
  std::string gateway = "http://127.0.0.1:8081";
  std::string token_file = "data/operator.token";
  std::string format = "text";
};

struct Reply {
  int status = 0;
  std::string body;
};

std::optional<Reply> call(const Access& access, const std::string& method, const std::string& path) {
  std::ifstream file(access.token_file);
  std::string token;
  if (!(file >> token)) {
    std::cerr << "wayleave: cannot read the operator's token from " << access.token_file << " (--token-file)\n";
    return std::nullopt;
  }
  asio::io_context io;
  std::optional<Reply> reply;
  auto client = net::make_client(io.get_executor(), {});
  auto job = [](std::shared_ptr<net::Client> with, net::ClientRequest request, std::optional<Reply>* out) -> asio::awaitable<void> {
    auto answer = co_await with->send(std::move(request));
    if (answer) *out = Reply{answer->status, answer->body};
    else std::cerr << "wayleave: " << answer.error().problem.detail << '\n';
    with->close();
  };
  net::ClientRequest request;
  request.method = method;
  request.url = access.gateway + path;
  request.headers.add("Authorization", "Bearer " + token);
  request.response_limit = 64u << 20;
  asio::co_spawn(io, job(client, std::move(request), &reply), asio::detached);
  io.run();
  return reply;
}

std::string percent(const std::string& text) {
  static const char hex[] = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : text) {
    if (std::isalnum(c) || c == '-' || c == '_' || c == '.') {
      out += static_cast<char>(c);
    } else {
      out += '%';
      out += hex[c >> 4];
      out += hex[c & 15];
    }
  }
  return out;
}

/// One line an element, its attributes as `name=value`, children indented: enough to read and to grep.
void print(const Document& document, Document::Index node, int depth) {
  std::cout << std::string(static_cast<std::size_t>(depth) * 2, ' ') << document.local_name(document.node(node).name);
  const auto* attributes = document.attributes(node);
  for (std::uint16_t i = 0; i < document.node(node).attribute_count; ++i)
    if (const auto value = document.text(attributes[i]); !value.empty())
      std::cout << ' ' << document.local_name(attributes[i].name) << '=' << value;
  if (const auto text = document.text(node); !text.empty()) std::cout << ": " << text;
  std::cout << '\n';
  for (auto child = document.first_child(node); child != Document::none; child = document.next(child)) print(document, child, depth + 1);
}

int show(const Access& access, const std::string& method, const std::string& path) {
  const auto reply = call(access, method, path);
  if (!reply) return 2;
  auto reading = xml::read_wellformed(reply->body);
  const bool fine = reply->status >= 200 && reply->status < 300;
  if (!reading.document) {
    (fine ? std::cout : std::cerr) << reply->body << '\n';
    return fine ? 0 : 2;
  }
  if (!fine) {
    const auto& document = *reading.document;
    std::string detail;
    for (auto child = document.first_child(0); child != Document::none; child = document.next(child))
      if (document.local_name(document.node(child).name) == "detail") detail = document.text(child);
    std::cerr << "wayleave: " << reply->status << ' ' << detail << '\n';
    return reply->status == 401 || reply->status >= 500 ? 2 : 1;
  }
  if (access.format == "json") {
    std::cout << reply->body << '\n';
    return 0;
  }
  const auto& document = *reading.document;
  if (document.first_child(0) == Document::none) {
    print(document, 0, 0);
    return 0;
  }
  for (auto child = document.first_child(0); child != Document::none; child = document.next(child)) print(document, child, 0);
  return 0;
}

/// Every parked and unknown document, once.
int replay_parked(const Access& access, const std::string& query) {
  const auto reply = call(access, "GET", "/v1/parked");
  if (!reply || reply->status != 200) return 2;
  auto reading = xml::read_wellformed(reply->body);
  if (!reading.document) return 2;
  int code = 0;
  const auto& document = *reading.document;
  for (auto child = document.first_child(0); child != Document::none; child = document.next(child)) {
    const auto* attributes = document.attributes(child);
    for (std::uint16_t i = 0; i < document.node(child).attribute_count; ++i)
      if (document.local_name(attributes[i].name) == "id")
        code = std::max(code, show(access, "POST", "/v1/messages/" + std::string(document.text(attributes[i])) + "/replay?" + query));
  }
  return code;
}

struct Filters {
  std::string partner, kind, key, status, since, overdue;
  std::string query() const {
    std::string out;
    const std::pair<const char*, const std::string*> all[] = {{"partner", &partner}, {"kind", &kind},   {"key", &key},
                                                              {"status", &status},   {"since", &since}, {"overdue", &overdue}};
    for (const auto& [name, value] : all)
      if (!value->empty()) out += (out.empty() ? "?" : "&") + std::string(name) + "=" + percent(*value);
    return out;
  }
};

CLI::App* subcommand(CLI::App& app, const std::shared_ptr<Access>& access, const char* name, const char* text) {
  auto* command = app.add_subcommand(name, text);
  command->add_option("--gateway", access->gateway, "the running gateway's internal listener")->capture_default_str();
  command->add_option("--token-file", access->token_file, "the operator's token")->capture_default_str();
  command->add_option("--format", access->format, "text, or xml for the answer as it came")->check(CLI::IsMember({"text", "json", "xml"}));
  return command;
}

}  // namespace

void add_operate(CLI::App& app, Outcome& outcome) {
  auto access = std::make_shared<Access>();
  auto filters = std::make_shared<Filters>();
  auto id = std::make_shared<std::string>();
  auto stage = std::make_shared<std::string>("deliver");
  auto reason = std::make_shared<std::string>();
  auto new_key = std::make_shared<bool>(false);
  auto all_parked = std::make_shared<bool>(false);

  auto* messages = subcommand(app, access, "messages", "list documents of a running gateway, newest first");
  messages->add_option("--partner", filters->partner);
  messages->add_option("--kind", filters->kind);
  messages->add_option("--key", filters->key);
  messages->add_option("--status", filters->status);
  messages->add_option("--since", filters->since);
  messages->callback([=, &outcome] { outcome.code = show(*access, "GET", "/v1/messages" + filters->query()); });

  auto* shown = subcommand(app, access, "show", "the life of one document");
  shown->add_option("ID", *id)->required();
  shown->callback([=, &outcome] { outcome.code = show(*access, "GET", "/v1/messages/" + percent(*id)); });

  auto* replay = subcommand(app, access, "replay", "send a document, or all parked ones, to the back end again");
  replay->add_option("ID", *id);
  replay->add_option("--stage", *stage, "received: judge and map anew; mapped: all steps again; deliver: from the failed step")
    ->check(CLI::IsMember({"received", "mapped", "deliver"}))
    ->capture_default_str();
  replay->add_flag("--new-key", *new_key, "with a new idempotency key: the back end will take it as another document");
  replay->add_flag("--parked", *all_parked, "every parked document");
  replay->callback([=, &outcome] {
    const auto query = "stage=" + *stage + (*new_key ? "&new-key=1" : "");
    if (*all_parked) outcome.code = replay_parked(*access, query);
    else if (id->empty()) std::cerr << "wayleave: say which document, or --parked\n", outcome.code = 2;
    else outcome.code = show(*access, "POST", "/v1/messages/" + percent(*id) + "/replay?" + query);
  });

  auto* discard = subcommand(app, access, "discard", "give up a document for good; its lane goes on");
  discard->add_option("ID", *id)->required();
  discard->add_option("--reason", *reason, "kept with the document")->required();
  discard->callback([=, &outcome] {
    outcome.code = show(*access, "POST", "/v1/messages/" + percent(*id) + "/discard?reason=" + percent(*reason));
  });

  auto* park = subcommand(app, access, "park", "list what waits for an operator; with an id, take a document out of delivery");
  park->add_option("ID", *id);
  park->callback([=, &outcome] {
    outcome.code = id->empty() ? show(*access, "GET", "/v1/parked") : show(*access, "POST", "/v1/messages/" + percent(*id) + "/park");
  });

  auto* sent = subcommand(app, access, "sent", "list the interchanges that we sent, and what came back");
  sent->add_option("--partner", filters->partner);
  sent->add_option("--status", filters->status, "sending sent accepted partly rejected");
  sent->add_option("--overdue", filters->overdue, "only those that nobody answered for so long, such as 24h");
  sent->callback([=, &outcome] { outcome.code = show(*access, "GET", "/v1/sent" + filters->query()); });

  auto* subscriptions = subcommand(app, access, "subscriptions", "list webhook subscriptions and where they stand");
  subscriptions->add_option("--partner", filters->partner);
  subscriptions->callback([=, &outcome] {
    if (subscriptions->get_subcommands().empty()) outcome.code = show(*access, "GET", "/v1/subscriptions" + filters->query());
  });
  auto seq = std::make_shared<std::string>();
  auto* again = subcommand(*subscriptions, access, "replay", "send what is parked of one subscription again, in order");
  again->add_option("ID", *id)->required();
  again->add_option("--seq", *seq, "only the entry with this number")->check(CLI::NonNegativeNumber);
  again->callback([=, &outcome] {
    outcome.code = show(*access, "POST", "/v1/subscriptions/" + percent(*id) + "/replay" + (seq->empty() ? "" : "?seq=" + percent(*seq)));
  });
  auto* remove = subcommand(*subscriptions, access, "remove", "end a subscription for good, such as one of a partner that is gone");
  remove->add_option("ID", *id)->required();
  remove->callback([=, &outcome] { outcome.code = show(*access, "DELETE", "/v1/subscriptions/" + percent(*id)); });
}

}  // namespace wayleave::cli
