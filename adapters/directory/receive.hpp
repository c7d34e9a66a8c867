#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace wayleave::adapter::directory {

/// A folder that somebody drops files into. All paths absolute; `done` and `failed` on the same file system.
struct DropFolder {
  std::filesystem::path path, done, failed;
  bool make_missing = false;                 ///< the folder itself; the other two are always made
  std::vector<std::string> patterns;         ///< shell patterns, in any case; at least one
  std::chrono::milliseconds stable{5000};    ///< a file is whole when it did not change for so long
  std::uint64_t limit = 0;                   ///< bytes

  bool operator==(const DropFolder&) const = default;
};

/// An open file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// What tells one state of a file from another, whatever the file is called.
struct FileState {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified = 0;                 ///< ns since 1970
  bool operator==(const FileState&) const = default;
};

/// A file in Receiver's hands: moved out of sight, locked and open until this object ends. One thread at a time.
class TakenFile {
 public:
  const std::string& name() const { return name_; }
  std::uint64_t size() const { return state_.size; }
  /// The same for this file in this state after a restart and a second taking; another for every other drop.
  std::string identity() const;
  /// Leads to this very file as long as the object lives, whatever is done to names.
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }
  /// At most so many bytes from the beginning.
  std::string begin(std::size_t most) const;
  /// All of it. Errc::conflict when it was written to meanwhile; Errc::storage when it cannot be read.
  Result<std::string> read() const;
  /// Whether it is still as it was when it was taken.
  bool unchanged() const;

 private:
  friend class Receiver;
  std::string name_;
  FileState state_;
  Fd fd_;
};

/// Takes files out of a folder that others write to, and puts them away when it is known what became of them. Nothing is
/// ever deleted or overwritten, and no link in the folder is followed. A file on its way lies in the hidden folder `.taking`;
/// what a crash leaves there is offered again. Files have one taker each, in whatever process: the one that could rename
/// and lock it. Blocks, on a hung network drive for ever. One thread at a time.
class Receiver {
 public:
  explicit Receiver(DropFolder folder) : folder_(std::move(folder)) {}

  struct Candidate {
    std::string name;
    bool taken_before = false;               ///< lies in .taking
    FileState state;
  };
  struct Look {
    std::string trouble;                     ///< why the folder cannot be used now; empty: it can
    std::vector<Candidate> ready;            ///< left over ones first, then the oldest
    std::size_t waiting = 0;                 ///< whole or not
    std::chrono::milliseconds oldest{};      ///< how long the one that waits longest has been there
  };
  /// `tick` measures, `now` is compared with the files' times.
  Look look(Time now, std::chrono::steady_clock::time_point tick);

  struct Attempt {
    std::unique_ptr<TakenFile> file;
    std::string refused;                     ///< what it is that we never read: a link, a device, too large …
    std::string trouble;                     ///< why it could not be taken now
    // none of them: somebody else was faster, or it changed
  };
  Attempt take(const Candidate& candidate);

  /// What lies beside a file under its name and this suffix.
  struct Beside {
    std::string suffix, bytes;
    std::shared_ptr<const std::string> large = {};         ///< instead of bytes
    const std::string& content() const { return large ? *large : bytes; }
  };
  enum class Place : std::uint8_t { done, failed };
  /// Moves it to `<stamp>-<name>`; what goes beside it is there before it. Empty, or why it could not be: it stays where it is.
  std::string put_away(const TakenFile& file, Place place, const std::string& stamp, const std::vector<Beside>& beside);
  /// The same for what was refused.
  std::string put_away(const Candidate& refused, const std::string& stamp, const std::string& reason);
  /// Back into the folder under its name where that is free.
  void put_back(const TakenFile& file);

  const DropFolder& folder() const { return folder_; }

 private:
  struct Seen {
    FileState state;
    std::chrono::steady_clock::time_point since;
    std::uint64_t round = 0;
  };
  std::string open_folders();
  void list(bool taken_before, Time now, std::chrono::steady_clock::time_point tick, Look& look);
  bool wanted(std::string_view name) const;
  std::string move(int from, const std::string& name, Place place, const std::string& stamp, const std::vector<Beside>& beside);

  const DropFolder folder_;
  Fd path_, taking_, done_, failed_;
  std::map<std::pair<bool, std::string>, Seen> seen_;
  std::uint64_t round_ = 0;
};

/// A name for people and file systems: no control characters, not too long, its end kept.
std::string shown_name(std::string_view name);

}  // namespace wayleave::adapter::directory
