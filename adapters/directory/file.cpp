#include "adapters/directory/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace wayleave::adapter::directory {

namespace {

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

}  // namespace

Reply put_file(const std::string& path, const std::string& name, std::string_view bytes) {
  const Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.ok()) return problem("cannot open folder", path, errno);
  return put_file_in(directory.get(), path, name, bytes);
}

Reply put_file_in(int directory, const std::string& path, const std::string& name, std::string_view bytes) {
  if (same_content(directory, name, bytes)) return durable(directory, path);
  const std::string hidden = "." + name + ".part";
  ::unlinkat(directory, hidden.c_str(), 0);    // of an attempt that was cut off
  {
    const Fd file(::openat(directory, hidden.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640));
    if (!file.ok()) return problem("cannot write in", path, errno);
    if (!write_all(file.get(), bytes) || ::fsync(file.get()) != 0) {
      const int error = errno;
      ::unlinkat(directory, hidden.c_str(), 0);
      return problem("cannot write", path + "/" + name, error);
    }
  }
  int renamed = ::renameat2(directory, hidden.c_str(), directory, name.c_str(), RENAME_NOREPLACE);
  if (renamed != 0 && (errno == EINVAL || errno == ENOSYS)) {
    // A file system without RENAME_NOREPLACE: a link refuses a taken name just as well.
    renamed = ::linkat(directory, hidden.c_str(), directory, name.c_str(), 0);
    if (renamed == 0) ::unlinkat(directory, hidden.c_str(), 0);
  }
  if (renamed != 0) {
    const int error = errno;
    ::unlinkat(directory, hidden.c_str(), 0);
    return problem(error == EEXIST ? "something else is already at" : "cannot name", path + "/" + name, error);
  }
  return durable(directory, path);
}

}  // namespace wayleave::adapter::directory
