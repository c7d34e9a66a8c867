#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/log.hpp"
#include "cli/commands.hpp"
#include "gateway/gateway.hpp"

namespace wayleave::cli {
namespace {

/// Documents and secrets are in memory: no core files, no other process of the user's may look.
void keep_memory_private() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/// As many files as the system lets us have: sockets are files.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 1u << 20);
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

int serve(const gateway::GatewayOptions& options, const std::string& level) {
  // Signals are taken by this thread alone; blocked before any other thread starts, so all inherit it.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int each : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, each);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  keep_memory_private();
  log::start(level);

  auto gateway = gateway::start_gateway(options);
  if (!gateway) {
    std::cerr << "wayleave: " << gateway.error().detail << '\n';
    return 2;
  }
  std::cout << "ready public=" << (*gateway)->public_url() << " internal=" << (*gateway)->internal_url() << std::endl;
  for (;;) {
    int which = 0;
    if (sigwait(&signals, &which) != 0) continue;
    if (which == SIGHUP) {
      (*gateway)->reload();
      continue;
    }
    (*gateway)->stop(std::chrono::seconds(9));
    // What is still suspended in the I/O threads refers to the gateway's parts: all of it ends with the process.
    (void)gateway->release();
    return 0;
  }
}

}  // namespace

void add_serve(CLI::App& app, Outcome& outcome) {
  auto* command = app.add_subcommand("serve", "run the gateway of a site");
  auto options = std::make_shared<gateway::GatewayOptions>();
  auto level = std::make_shared<std::string>("info");
  command->add_option("SITE", options->site, "folder with gateway.xml")->required();
  command->add_option("--listen", options->public_listen, "public listener instead of the site's, A:P; port 0 picks one");
  command->add_option("--internal", options->internal_listen, "internal listener instead of the site's, A:P");
  command->add_option("--data", options->data, "the store's directory instead of the site's");
  command->add_option("--threads", options->threads, "threads that do I/O; default: one a core");
  command->add_flag("--hold-delivery", options->hold_delivery, "accept documents, deliver none (maintenance)");
  command->add_option("--log-level", *level, "trace debug info warning error off")->capture_default_str();
  command->callback([options, level, &outcome] { outcome.code = serve(*options, *level); });
}

}  // namespace wayleave::cli
