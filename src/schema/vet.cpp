#include "schema/vet.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>

extern "C" {
#include <sys/pidfd.h>   // glibc 2.36 forgets to say so itself
}

extern char** environ;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WAYLEAVE_SHADOW_MEMORY 1   // a sanitizer reserves terabytes of address space
#else
#define WAYLEAVE_SHADOW_MEMORY 0
#endif

namespace wayleave::schema {

namespace {

constexpr rlim_t memory_limit = 512u << 20;
constexpr rlim_t seconds_limit = 20;
constexpr const char* binary_variable = "WAYLEAVE_VET_BINARY";
constexpr const char* path_variable = "WAYLEAVE_VET_PATH";
constexpr const char* command = "vet-schema";
constexpr int exit_good = 0, exit_faulty = 2, exit_too_large = 3;

std::optional<std::string> binary() {
  if (const char* named = std::getenv(binary_variable); named && *named) return std::string(named);
  std::error_code ec;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ec);
  if (!ec && self.filename() == "wayleave") return self.string();
  return std::nullopt;
}

std::string join(const std::vector<std::filesystem::path>& roots) {
  std::string out;
  for (const auto& root : roots) out += (out.empty() ? "" : ":") + root.string();
  return out;
}

SearchPath split(const char* text) {
  SearchPath path;
  std::string_view rest = text ? text : "";
  while (!rest.empty()) {
    const auto end = rest.find(':');
    path.roots.emplace_back(std::string(rest.substr(0, end)));
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  }
  return path;
}

/// -1 when it could not be started.
pid_t start(const std::string& program, const std::vector<std::string>& files, const SearchPath& path) {
  std::vector<std::string> words{program, command};
  words.insert(words.end(), files.begin(), files.end());
  std::vector<char*> arguments;
  for (auto& w : words) arguments.push_back(w.data());
  arguments.push_back(nullptr);
  std::string roots = std::string(path_variable) + "=" + join(path.roots);
  std::vector<char*> environment;
  for (char** e = environ; *e; ++e) {
    if (std::strncmp(*e, path_variable, std::strlen(path_variable)) != 0) environment.push_back(*e);
  }
  environment.push_back(roots.data());
  environment.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  pid_t child = -1;
  const int failed = posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  return failed ? -1 : child;
}

/// The status of waitpid; nullopt when the time was up and the child had to be killed.
std::optional<int> wait_for(pid_t child) {
  const int handle = pidfd_open(child, 0);
  bool in_time = true;
  if (handle >= 0) {
    pollfd ready{handle, POLLIN, 0};
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds_limit + 1);
    int got = 0;
    do {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      got = poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    } while (got < 0 && errno == EINTR);
    in_time = got > 0;
    close(handle);
  }
  if (!in_time) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return in_time ? std::optional(status) : std::nullopt;
}

Finding refusal(const std::vector<std::string>& files, std::string message) {
  Finding f;
  f.code = "S909";
  if (files.size() == 1) f.in = files.front();
  f.message = std::move(message);
  f.fix = "simplify its largest content model or pattern: finite maxOccurs in nested groups cost most";
  return f;
}

}  // namespace

std::optional<Finding> vet_in_child(const std::vector<std::string>& files, const SearchPath& path) {
  const auto program = binary();
  if (!program) return std::nullopt;
  const auto child = start(*program, files, path);
  if (child < 0) return refusal(files, "The schema could not be tried out: " + *program + " does not start.");
  const auto status = wait_for(child);
  if (!status || (WIFSIGNALED(*status) && WTERMSIG(*status) == SIGXCPU)) {
    return refusal(files, "Compiling this schema takes more than " + std::to_string(seconds_limit) + " seconds.");
  }
  if (WIFSIGNALED(*status)) {
    return refusal(files, std::string("Compiling this schema ends the process that tries it (") + strsignal(WTERMSIG(*status)) +
                            "): it needs too much memory or too deep a recursion.");
  }
  const int code = WEXITSTATUS(*status);
  if (code == exit_good || code == exit_faulty) return std::nullopt;
  if (code == exit_too_large) return refusal(files, "Compiling this schema takes more than " + std::to_string(memory_limit >> 20) + " MiB of memory.");
  return refusal(files, "The schema could not be tried out: " + *program + " " + command + " answered " + std::to_string(code) + ".");
}

int vet_main(const std::vector<std::string>& files) {
  const auto limit = [](auto what, rlim_t value) {
    const rlimit both{value, value};
    setrlimit(what, &both);
  };
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, seconds_limit);
  if (!WAYLEAVE_SHADOW_MEMORY) limit(RLIMIT_AS, memory_limit);
  const auto findings = compile_here(files, split(std::getenv(path_variable)));
  const bool too_large = std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.code == "S909"; });
  return too_large ? exit_too_large : findings.empty() ? exit_good : exit_faulty;
}

}  // namespace wayleave::schema
