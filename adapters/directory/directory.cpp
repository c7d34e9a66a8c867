#include "adapters/directory/directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "adapters/options.hpp"

namespace wayleave::adapter::directory {

namespace {

constexpr std::array<AdapterType::OptionDoc, 2> option_docs{{
  {"path", true, "the folder that files are put into; relative to the site"},
  {"name", false, "the files' name, with {document} and, if wanted, {kind} {partner} {key} {step}; {kind}-{document}.xml by default"},
}};
constexpr std::size_t longest_part = 40;      // of what a placeholder stands for
constexpr std::array<std::string_view, 5> placeholders{"document", "kind", "partner", "key", "step"};

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// Letters, digits, `.`, `_`, `-` as they are, everything else as =XX: no slash, no leading dot, no surprise in a shell.
std::string file_safe(std::string_view text) {
  constexpr char hex[] = "0123456789ABCDEF";
  std::string safe;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
                       (c == '.' && !safe.empty());
    const auto byte = static_cast<unsigned char>(c);
    const std::string piece = plain ? std::string(1, c) : std::string{'=', hex[byte >> 4], hex[byte & 15]};
    if (safe.size() + piece.size() > longest_part) break;
    safe += piece;
  }
  return safe;
}

std::string file_name(std::string_view name, const Call& call) {
  const auto value = [&call](std::string_view placeholder) -> std::string_view {
    if (placeholder == "document") return call.document;
    if (placeholder == "kind") return call.kind;
    if (placeholder == "partner") return call.partner;
    if (placeholder == "key") return call.key;
    return call.step;
  };
  std::string made;
  for (std::size_t i = 0; i < name.size();) {
    const auto end = name[i] == '{' ? name.find('}', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      made += name[i++];
    } else {
      made += file_safe(value(name.substr(i + 1, end - i - 1)));
      i = end + 1;
    }
  }
  return made;
}

/// By what the operating system said: a path that is wrong parks, a disk that is full or away is tried again.
Reply problem(const char* what, const std::string& path, int error) {
  Reply reply;
  const bool ours = error == ENOENT || error == ENOTDIR || error == EACCES || error == EPERM || error == ELOOP ||
                    error == ENAMETOOLONG || error == EROFS || error == EEXIST || error == EISDIR || error == EINVAL;
  reply.kind = ours ? Reply::Kind::misconfigured : Reply::Kind::broken;
  reply.detail = std::string(what) + " " + path + ": " + std::strerror(error);
  return reply;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// Whether the file that is there already is an ordinary one with exactly these bytes.
bool same_content(int directory, const std::string& name, std::string_view bytes) {
  const Fd file(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat about {};
  if (!file.ok() || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) return false;
  if (static_cast<std::size_t>(about.st_size) != bytes.size()) return false;
  std::array<char, 65536> buffer{};
  while (!bytes.empty()) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || bytes.substr(0, static_cast<std::size_t>(got)) != std::string_view(buffer.data(), static_cast<std::size_t>(got))) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(got));
  }
  return true;
}

Reply durable(int directory, const std::string& path) {
  if (::fsync(directory) != 0) return problem("cannot sync", path, errno);
  Reply reply;
  reply.kind = Reply::Kind::delivered;
  reply.sent = true;
  return reply;
}

/// The whole file under a name that nobody looks for, then renamed to a name that must be free. A reader sees all of it or
/// nothing; a second attempt finds the first one's file and is content.
Reply put(const std::string& path, const std::string& name, std::string_view bytes) {
  const Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.ok()) return problem("cannot open folder", path, errno);
  if (same_content(directory.get(), name, bytes)) return durable(directory.get(), path);
  const std::string hidden = "." + name + ".part";
  ::unlinkat(directory.get(), hidden.c_str(), 0);    // of an attempt that was cut off
  {
    const Fd file(::openat(directory.get(), hidden.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640));
    if (!file.ok()) return problem("cannot write in", path, errno);
    if (!write_all(file.get(), bytes) || ::fsync(file.get()) != 0) {
      const int error = errno;
      ::unlinkat(directory.get(), hidden.c_str(), 0);
      return problem("cannot write", path + "/" + name, error);
    }
  }
  int renamed = ::renameat2(directory.get(), hidden.c_str(), directory.get(), name.c_str(), RENAME_NOREPLACE);
  if (renamed != 0 && (errno == EINVAL || errno == ENOSYS)) {
    // A file system without RENAME_NOREPLACE: a link refuses a taken name just as well.
    renamed = ::linkat(directory.get(), hidden.c_str(), directory.get(), name.c_str(), 0);
    if (renamed == 0) ::unlinkat(directory.get(), hidden.c_str(), 0);
  }
  if (renamed != 0) {
    const int error = errno;
    ::unlinkat(directory.get(), hidden.c_str(), 0);
    return problem(error == EEXIST ? "something else is already at" : "cannot name", path + "/" + name, error);
  }
  return durable(directory.get(), path);
}

class DirectorySender : public Sender {
 public:
  DirectorySender(std::filesystem::path path, bool make_missing, std::string name, bool running)
      : path_(path.string()), make_missing_(make_missing), name_(std::move(name)) {
    if (running) files_ = std::make_unique<asio::thread_pool>(2);
  }

  std::string target() const override { return "directory:" + path_; }

  asio::awaitable<Reply> send(Call call) override {
    // Files block, a hung network drive for ever: on threads of their own, so that only this folder's documents wait.
    auto work = write(std::move(call));
    Reply reply = co_await asio::co_spawn(*files_, std::move(work), asio::use_awaitable);
    co_return reply;
  }

 private:
  asio::awaitable<Reply> write(Call call) {
    if (make_missing_) {
      std::error_code ignored;         // opening it says what is wrong
      std::filesystem::create_directories(path_, ignored);
    }
    const bool json = call.content_type.starts_with("application/json");
    const std::string pattern = !name_.empty() ? name_ : json ? "{kind}-{document}.json" : "{kind}-{document}.xml";
    co_return put(path_, file_name(pattern, call), *call.body);
  }

  const std::string path_;
  const bool make_missing_;
  const std::string name_;
  std::unique_ptr<asio::thread_pool> files_;
};

bool well_formed(std::string_view name, std::string& why) {
  bool unique = false;
  if (name.empty() || name.front() == '.') why = "a file's name begins with a letter or a placeholder";
  for (std::size_t i = 0; i < name.size() && why.empty(); ++i) {
    const char c = name[i];
    if (c == '{') {
      const auto end = name.find('}', i);
      const auto inside = name.substr(i + 1, end == std::string_view::npos ? end : end - i - 1);
      if (end == std::string_view::npos || std::ranges::find(placeholders, inside) == placeholders.end()) {
        why = "{" + std::string(inside.substr(0, 40)) + " is no placeholder";
        break;
      }
      unique = unique || inside == "document";
      i = end;
    } else if (c == '/' || c == '}' || static_cast<unsigned char>(c) < ' ' || c == 0x7F) {
      why = "a file's name has no slash, brace or control character";
    }
  }
  if (why.empty() && !unique) why = "without {document} two documents would get the same name";
  if (why.empty() && name.size() > 100) why = "the name is too long";
  return why.empty();
}

std::shared_ptr<Sender> make_sender(const Options& options, const Where& step, const Surroundings& around, Findings& findings) {
  Findings own;
  check_names(type(), options, step, own);
  const auto path = options.find("path");
  if (path != options.end() && path->second.value.empty()) {
    wrong_value("path", path->second, "it is empty", "write a folder, such as outbox/erp", own);
  }
  std::string why;
  const auto name = options.find("name");
  if (name != options.end() && !well_formed(name->second.value, why)) {
    wrong_value("name", name->second, why, "write a name such as {kind}-{document}.xml", own);
  }
  findings.insert(findings.end(), own.begin(), own.end());
  if (has_errors(own)) return nullptr;
  const std::filesystem::path given(path->second.value);
  auto full = (around.site / given).lexically_normal();
  const bool running = static_cast<bool>(around.executor);
  return std::make_shared<DirectorySender>(std::move(full), given.is_relative(), value_of(options, "name", ""), running);
}

}  // namespace

const AdapterType& type() {
  static const AdapterType type{"directory", "writes each document as a file into a folder", option_docs, &make_sender};
  return type;
}

}  // namespace wayleave::adapter::directory
