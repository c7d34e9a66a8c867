#include "adapters/directory/receive.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <tuple>

#include "adapters/directory/file.hpp"
#include "base/id.hpp"
#include "base/units.hpp"

namespace wayleave::adapter::directory {

namespace fs = std::filesystem;

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.fd_;
    other.fd_ = -1;
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

namespace {

constexpr const char* taking_name = ".taking";
constexpr std::size_t longest_name = 150;    // with stamp and suffix below what file systems allow
constexpr int counted = 1000;                // files of one name and receipt; those after them get a name of their own
constexpr int tries = counted + 10;

std::string because(const char* what, const std::string& path, int error) {
  return std::string(what) + " " + path + ": " + std::strerror(error);
}

FileState state_of(const struct stat& about) {
  FileState state;
  state.device = about.st_dev;
  state.inode = about.st_ino;
  state.size = static_cast<std::uint64_t>(about.st_size);
  state.modified = static_cast<std::int64_t>(about.st_mtim.tv_sec) * 1'000'000'000 + about.st_mtim.tv_nsec;
  return state;
}

bool look_at(int folder, const std::string& name, struct stat& about) {
  return ::fstatat(folder, name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0;
}

Fd open_folder(const fs::path& path) { return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }

/// A folder below an open one, made when it is missing. Whoever may write in the upper one could have put a link there.
Fd open_below(int upper, const fs::path& relative, mode_t mode) {
  Fd current(::fcntl(upper, F_DUPFD_CLOEXEC, 0));
  for (const auto& part : relative) {
    if (part.empty() || part == ".") continue;
    (void)::mkdirat(current.get(), part.c_str(), mode);     // opening it says what is wrong
    Fd next(::openat(current.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.ok()) return next;
    current = std::move(next);
  }
  return current;
}

/// The way from `upper` down to `path`; empty: it does not lie below.
fs::path below(const fs::path& upper, const fs::path& path) {
  auto relative = path.lexically_normal().lexically_relative(upper.lexically_normal());
  return relative.empty() || *relative.begin() == ".." || relative == "." ? fs::path() : relative;
}

/// Refuses a name that is taken. 0, or errno.
int rename_to_free(int from, const char* name, int to, const char* as) {
  if (::renameat2(from, name, to, as, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // A file system that cannot do that; the folder we move to is ours alone, so that looking first is nearly as good.
  struct stat about {};
  if (look_at(to, as, about)) return EEXIST;
  return ::renameat(from, name, to, as) == 0 ? 0 : errno;
}

bool ends_in(std::string_view name, std::string_view end) {
  if (name.size() < end.size()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(end, name.substr(name.size() - end.size()), {}, {}, lower);
}

/// Why such a file is never read; empty: it may be.
std::string refusal(const struct stat& about, std::uint64_t limit) {
  if (S_ISLNK(about.st_mode)) return "it is a symbolic link: drop the file itself";
  if (!S_ISREG(about.st_mode)) return "it is no ordinary file";
  if (about.st_nlink > 1) return "it is a hard link, also known by another name: drop a copy";
  if (about.st_size == 0) return "it is empty";
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (size <= limit) return {};
  return "it has " + std::to_string(size) + " bytes; at most " + std::to_string(limit) + " (" + format_size(limit) + ") are taken here";
}

}  // namespace

std::string shown_name(std::string_view name) {
  if (name.size() > longest_name) {
    name.remove_prefix(name.size() - longest_name);
    while (!name.empty() && (static_cast<unsigned char>(name.front()) & 0xC0) == 0x80) name.remove_prefix(1);
  }
  std::string shown(name);
  for (auto& c : shown)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = '_';
  return shown;
}

// -------------------------------------------------------------------------------------------------------- a taken file

std::string TakenFile::identity() const { return std::to_string(state_.inode) + '|' + std::to_string(state_.modified) + '|' + name_; }

std::string TakenFile::begin(std::size_t most) const {
  std::string bytes(most, '\0');
  const ssize_t got = ::pread(fd_.get(), bytes.data(), most, 0);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

Result<std::string> TakenFile::read() const {
  std::string bytes(static_cast<std::size_t>(state_.size), '\0');
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t got = ::pread(fd_.get(), bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Problem{Errc::storage, because("cannot read", shown_name(name_), errno)};
    if (got == 0) break;
    at += static_cast<std::size_t>(got);
  }
  if (at != bytes.size() || !unchanged()) return Problem{Errc::conflict, shown_name(name_) + " is still being written"};
  return bytes;
}

bool TakenFile::unchanged() const {
  struct stat about {};
  return ::fstat(fd_.get(), &about) == 0 && state_of(about) == state_;
}

// ------------------------------------------------------------------------------------------------------------- looking

std::string Receiver::open_folders() {
  if (folder_.make_missing) {
    std::error_code ignored;                 // opening it says what is wrong
    fs::create_directories(folder_.path, ignored);
  }
  path_ = open_folder(folder_.path);
  if (!path_.ok()) return because("cannot open folder", folder_.path.string(), errno);
  taking_ = open_below(path_.get(), taking_name, 0700);
  if (!taking_.ok()) return because("cannot make or open folder", (folder_.path / taking_name).string(), errno);
  struct stat own {};
  if (::fstat(path_.get(), &own) != 0) return because("cannot open folder", folder_.path.string(), errno);
  for (auto [path, fd] : {std::pair(&folder_.done, &done_), std::pair(&folder_.failed, &failed_)}) {
    if (const auto relative = below(folder_.path, *path); !relative.empty()) {
      *fd = open_below(path_.get(), relative, 0777);
    } else {
      std::error_code ignored;
      fs::create_directories(*path, ignored);
      *fd = open_folder(*path);
    }
    struct stat about {};
    if (!fd->ok() || ::fstat(fd->get(), &about) != 0) return because("cannot make or open folder", path->string(), errno);
    if (about.st_dev != own.st_dev)
      return "folder " + path->string() + " is on another file system than " + folder_.path.string() + ": files cannot be moved there";
    if (::faccessat(fd->get(), ".", W_OK | X_OK, AT_EACCESS) != 0) return because("cannot write in folder", path->string(), errno);
  }
  if (::faccessat(path_.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) return because("cannot take files out of folder", folder_.path.string(), errno);
  return {};
}

bool Receiver::wanted(std::string_view name) const {
  if (name.empty() || name.front() == '.') return false;
  for (const char* unfinished : {".part", ".tmp", ".filepart"})
    if (ends_in(name, unfinished)) return false;
  const std::string text(name);
  const auto matches = [&](const std::string& pattern) { return ::fnmatch(pattern.c_str(), text.c_str(), FNM_CASEFOLD | FNM_PERIOD) == 0; };
  return std::ranges::any_of(folder_.patterns, matches);
}

void Receiver::list(bool taken_before, Time now, std::chrono::steady_clock::time_point tick, Look& look) {
  const int folder = taken_before ? taking_.get() : path_.get();
  const int again = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* open = again < 0 ? nullptr : ::fdopendir(again);
  if (!open) {
    look.trouble = because("cannot read folder", folder_.path.string(), errno);
    if (again >= 0) ::close(again);
    return;
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(open, &::closedir);
  for (;;) {
    errno = 0;
    const auto* entry = ::readdir(entries.get());
    if (!entry) {
      if (errno != 0) look.trouble = because("cannot read folder", folder_.path.string(), errno);
      return;
    }
    const std::string name = entry->d_name;
    if (taken_before ? name.front() == '.' : !wanted(name)) continue;
    struct stat about {};
    if (!look_at(folder, name, about) || S_ISDIR(about.st_mode)) continue;
    ++look.waiting;
    const Time since(std::chrono::milliseconds(static_cast<std::int64_t>(about.st_ctim.tv_sec) * 1000 + about.st_ctim.tv_nsec / 1'000'000));
    look.oldest = std::max(look.oldest, now - since);
    const auto state = state_of(about);
    auto [seen, fresh] = seen_.try_emplace({taken_before, name}, Seen{state, tick, round_});
    seen->second.round = round_;
    if (seen->second.state != state) seen->second.state = state, seen->second.since = tick;
    const Time modified(std::chrono::milliseconds(state.modified / 1'000'000));
    // A clock that runs ahead of ours, or behind, leaves the first way only.
    if (tick - seen->second.since >= folder_.stable || now - modified >= folder_.stable) look.ready.push_back({name, taken_before, state});
  }
}

Receiver::Look Receiver::look(Time now, std::chrono::steady_clock::time_point tick) {
  Look look;
  ++round_;
  look.trouble = open_folders();
  if (look.trouble.empty()) list(true, now, tick, look);
  if (look.trouble.empty()) list(false, now, tick, look);
  if (!look.trouble.empty()) {
    look.ready.clear();
    return look;
  }
  std::erase_if(seen_, [&](const auto& seen) { return seen.second.round != round_; });
  std::ranges::sort(look.ready, [](const Candidate& a, const Candidate& b) {
    return std::tuple(!a.taken_before, a.state.modified, a.name) < std::tuple(!b.taken_before, b.state.modified, b.name);
  });
  return look;
}

// -------------------------------------------------------------------------------------------------------------- taking

Receiver::Attempt Receiver::take(const Candidate& candidate) {
  Attempt attempt;
  const int from = candidate.taken_before ? taking_.get() : path_.get();
  const auto changed = [&](const struct stat& about) { return state_of(about) != candidate.state; };
  struct stat about {};
  if (!look_at(from, candidate.name, about) || S_ISDIR(about.st_mode)) return attempt;
  attempt.refused = changed(about) ? std::string() : refusal(about, folder_.limit);
  if (changed(about) || !attempt.refused.empty()) return attempt;

  Fd fd(::openat(from, candidate.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd.ok()) {
    if (errno != ENOENT && errno != ELOOP) attempt.trouble = because("cannot read", shown_name(candidate.name), errno);
    return attempt;
  }
  if (::fstat(fd.get(), &about) != 0 || changed(about)) return attempt;
  // Locks are for telling what another process is at from what a crash left; where there are none, the rename must do.
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return attempt;
  if (!candidate.taken_before) {
    const int error = rename_to_free(from, candidate.name.c_str(), taking_.get(), candidate.name.c_str());
    if (error != 0) {
      if (error != ENOENT && error != EEXIST) attempt.trouble = because("cannot take", shown_name(candidate.name), error);
      return attempt;
    }
  }
  // Whether it is what was opened that now lies there: names may have been exchanged in between.
  if (!look_at(taking_.get(), candidate.name, about) || changed(about)) return attempt;
  attempt.file = std::make_unique<TakenFile>();
  attempt.file->name_ = candidate.name;
  attempt.file->state_ = candidate.state;
  attempt.file->fd_ = std::move(fd);
  return attempt;
}

// --------------------------------------------------------------------------------------------------------- putting away

std::string Receiver::move(int from, const std::string& name, Place place, const std::string& stamp, const std::vector<Beside>& beside) {
  const int to = place == Place::done ? done_.get() : failed_.get();
  const auto& path = place == Place::done ? folder_.done : folder_.failed;
  for (int n = 1; n < tries; ++n) {
    const auto which = n == 1 ? std::string() : "-" + (n < counted ? std::to_string(n) : new_id(Clock::system().now()));
    const auto target = stamp + which + "-" + shown_name(name);
    struct stat about {};
    if (look_at(to, target, about)) continue;
    bool free = true;
    for (const auto& each : beside) {
      const auto reply = put_file_in(to, path.string(), target + each.suffix, each.content());
      if (reply.kind == Reply::Kind::delivered) continue;
      if (!look_at(to, target + each.suffix, about)) return reply.detail;
      free = false;                          // another one's
      break;
    }
    if (!free) continue;
    const int error = rename_to_free(from, name.c_str(), to, target.c_str());
    if (error == EEXIST) continue;
    return error == 0 ? std::string() : because("cannot move", shown_name(name) + " to " + (path / target).string(), error);
  }
  return "too many files are called " + (path / (stamp + "-" + shown_name(name))).string();
}

std::string Receiver::put_away(const TakenFile& file, Place place, const std::string& stamp, const std::vector<Beside>& beside) {
  return move(taking_.get(), file.name(), place, stamp, beside);
}

std::string Receiver::put_away(const Candidate& refused, const std::string& stamp, const std::string& reason) {
  const auto text = shown_name(refused.name) + " was not taken: " + reason + "\n";
  return move(refused.taken_before ? taking_.get() : path_.get(), refused.name, Place::failed, stamp, {{".report.txt", text}});
}

void Receiver::put_back(const TakenFile& file) {
  (void)rename_to_free(taking_.get(), file.name().c_str(), path_.get(), file.name().c_str());
}

}  // namespace wayleave::adapter::directory
