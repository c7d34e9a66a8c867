#include "document/names.hpp"

#include <atomic>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "document/name_hash.hpp"

namespace wayleave {

namespace {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t add(std::uint64_t hash, std::string_view text) {
  const char* at = text.data();
  std::size_t left = text.size();
  std::uint64_t word = 0;
  for (; left > 8; at += 8, left -= 8) {
    std::memcpy(&word, at, 8);
    hash = mix(hash ^ word, 0x9e3779b97f4a7c15ull);
  }
  word = 0;
  if (left != 0) std::memcpy(&word, at, left);
  return mix(hash ^ word, 0xd6e8feb86659fd93ull ^ text.size());
}

}  // namespace

std::uint64_t namespace_hash(std::string_view ns) {
  static const std::uint64_t seed = (std::uint64_t{std::random_device{}()} << 32) ^ std::random_device{}();
  return add(seed, ns);
}

std::uint64_t name_hash(std::uint64_t namespace_hash, std::string_view local) {
  return add(namespace_hash, local);
}

namespace names {
namespace {

struct Entry {
  std::uint64_t hash;
  std::string_view ns;
  std::string_view local;
};

/// Entries lie in blocks that never move. The slots are replaced as a whole when they fill up; readers may still probe
/// the old ones, so those stay (their sizes form a geometric series: at most as much again).
class Table {
 public:
  Table() { grow(1u << 10); }

  NameId find(std::uint64_t hash, std::string_view ns, std::string_view local) const {
    return find(*slots_.load(std::memory_order_acquire), hash, ns, local);
  }

  NameId intern(std::string_view ns, std::string_view local) {
    std::lock_guard lock(mutex_);
    const auto hash = name_hash(namespace_hash(ns), local);
    Slots* slots = slots_.load(std::memory_order_relaxed);
    if (NameId id = find(*slots, hash, ns, local); id != no_name) return id;
    if (std::size_t{size_} * 2 >= slots->cells.size()) slots = grow(slots->cells.size() * 2);
    const NameId id = size_;
    if (id >= max_blocks * block_size) throw std::length_error("too many names in schemas and maps");
    block(id / block_size)[id % block_size] = {hash, keep_namespace(ns), texts_.emplace_back(local)};
    ++size_;
    place(*slots, hash, id);
    return id;
  }

  const Entry& entry(NameId id) const {
    return blocks_[id / block_size].load(std::memory_order_acquire)[id % block_size];
  }

 private:
  static constexpr std::uint32_t block_size = 1u << 12;
  static constexpr std::uint32_t max_blocks = 1u << 12;
  struct Slots {
    explicit Slots(std::size_t n) : cells(n) {}
    std::vector<std::atomic<std::uint32_t>> cells;  // id + 1; 0: free
  };

  NameId find(const Slots& slots, std::uint64_t hash, std::string_view ns, std::string_view local) const {
    const std::size_t mask = slots.cells.size() - 1;
    for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
      const std::uint32_t cell = slots.cells[i].load(std::memory_order_acquire);
      if (cell == 0) return no_name;
      const Entry& e = entry(cell - 1);
      if (e.hash == hash && e.local == local && e.ns == ns) return cell - 1;
    }
  }

  static void place(Slots& slots, std::uint64_t hash, NameId id) {
    const std::size_t mask = slots.cells.size() - 1;
    std::size_t i = hash & mask;
    while (slots.cells[i].load(std::memory_order_relaxed) != 0) i = (i + 1) & mask;
    slots.cells[i].store(id + 1, std::memory_order_release);
  }

  Slots* grow(std::size_t cells) {
    all_slots_.push_back(std::make_unique<Slots>(cells));
    Slots* fresh = all_slots_.back().get();
    for (NameId id = 0; id < size_; ++id) place(*fresh, entry(id).hash, id);
    slots_.store(fresh, std::memory_order_release);
    return fresh;
  }

  Entry* block(std::uint32_t index) {
    if (index == entries_.size()) {
      entries_.push_back(std::make_unique<Entry[]>(block_size));
      blocks_[index].store(entries_.back().get(), std::memory_order_release);
    }
    return entries_[index].get();
  }

  std::string_view keep_namespace(std::string_view ns) {
    for (std::string_view known : namespaces_)
      if (known == ns) return known;
    return namespaces_.emplace_back(texts_.emplace_back(ns));
  }

  std::mutex mutex_;
  std::uint32_t size_ = 0;
  std::deque<std::string> texts_;
  std::vector<std::string_view> namespaces_;
  std::vector<std::unique_ptr<Slots>> all_slots_;
  std::vector<std::unique_ptr<Entry[]>> entries_;
  std::atomic<Slots*> slots_{nullptr};
  std::atomic<Entry*> blocks_[max_blocks] = {};
};

/// Never destroyed: views into it are handed out for the life of the process.
Table& table() {
  static Table& instance = *new Table;
  return instance;
}

}  // namespace

NameId intern(std::string_view ns, std::string_view local) {
  return table().intern(ns, local);
}
NameId find(std::string_view ns, std::string_view local) {
  return find(name_hash(namespace_hash(ns), local), ns, local);
}
NameId find(std::uint64_t name_hash, std::string_view ns, std::string_view local) {
  return table().find(name_hash, ns, local);
}
std::string_view local(NameId id) {
  return table().entry(id).local;
}
std::string_view ns(NameId id) {
  return table().entry(id).ns;
}

}  // namespace names
}  // namespace wayleave
