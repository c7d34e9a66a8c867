#include "store/directory_lock.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace wayleave::store {

namespace {

constexpr std::array<unsigned long, 5> network_file_systems{
  0x6969,        // NFS
  0x517b,        // SMB
  0xff534d42,    // CIFS
  0xfe534d42,    // SMB2
  0x5346414f     // AFS
};

Problem unusable(std::string_view what, const std::string& path) {
  return {Errc::unusable, fmt::format("cannot {} {}: {}; it must be writable by this user", what, path, std::strerror(errno))};
}

/// What was just made in `directory` survives a power failure.
void sync_directory(const std::filesystem::path& directory) {
  int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

std::string holder(int file) {
  std::array<char, 24> text{};
  auto size = ::pread(file, text.data(), text.size() - 1, 0);
  std::string pid{text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  pid.resize(std::min(pid.size(), pid.find_first_not_of("0123456789")));
  return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

Result<DirectoryLock> DirectoryLock::take(const std::string& directory) {
  std::error_code failed;
  auto path = std::filesystem::absolute(directory, failed);
  if (std::filesystem::create_directories(path, failed)) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, failed);
    sync_directory(path.parent_path());
  }
  struct statfs system {};
  if (::statfs(path.c_str(), &system) != 0) return unusable("use the directory", path);
  for (auto kind : network_file_systems) {
    if (static_cast<unsigned long>(system.f_type) == kind) {
      return Problem{Errc::unusable, fmt::format("{} lies on a network file system; the store needs a local disk", path.string())};
    }
  }
  auto lock_path = (path / "lock").string();
  int file = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return unusable("open", lock_path);
  DirectoryLock lock{file};
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return unusable("lock", lock_path);
    return Problem{Errc::refused, fmt::format("{} is in use by {}; one gateway a directory", path.string(), holder(file))};
  }
  auto pid = std::to_string(::getpid()) + "\n";
  // On a full disk the lock holds all the same.
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, pid.data(), pid.size(), 0) < 0) return lock;
  return lock;
}

DirectoryLock::~DirectoryLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace wayleave::store
