#pragma once

#include <string>
#include <utility>

#include "base/result.hpp"

namespace wayleave::store {

/// One process a directory: makes the directory when it is missing and holds `<directory>/lock` until destroyed. The lock
/// goes with the process, however it ends. Errc::refused: another process has it. Errc::unusable: cannot be made or
/// written, or lies on a network file system, whose locks and syncs are not to be relied on.
class DirectoryLock {
 public:
  static Result<DirectoryLock> take(const std::string& directory);
  DirectoryLock(DirectoryLock&& other) noexcept : file_(other.file_) { other.file_ = -1; }
  DirectoryLock& operator=(DirectoryLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int file) : file_(file) {}
  int file_;
};

}  // namespace wayleave::store
