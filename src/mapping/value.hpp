#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"
#include "document/document.hpp"
#include "mapping/dates.hpp"
#include "mapping/wire.hpp"
#include "schema/model.hpp"

namespace wayleave::mapping {

/// An element or attribute of a document, or a text made on the way (a piece of chunk()).
struct Item {
  const Document* document = nullptr;      ///< null: `text` is all there is
  Document::Index node = Document::none;
  const Document::Attribute* attribute = nullptr;
  std::string_view text;
  schema::Whitespace whitespace = schema::Whitespace::collapse;
  bool structure = false;                  ///< an element that has no value of its own, or one that is made of what is in it
  Wire wire = Wire::none;
};

/// Memory for the values of one run: taken piece by piece, given back all at once down to a mark. Chunks are kept, so a
/// thread that runs many maps stops allocating.
class Arena {
 public:
  struct Mark {
    std::size_t chunk = 0, used = 0;
  };
  char* take(std::size_t size, std::size_t align = 1) {
    used_ = (used_ + align - 1) & ~(align - 1);
    if (chunk_ < chunks_.size() && used_ + size <= chunks_[chunk_].size) {
      char* at = chunks_[chunk_].bytes.get() + used_;
      used_ += size;
      return at;
    }
    return grow(size);
  }
  std::string_view keep(std::string_view text) {
    char* at = take(text.size());
    std::memcpy(at, text.data(), text.size());
    return {at, text.size()};
  }
  Mark mark() const { return {chunk_, used_}; }
  void release(Mark mark) { chunk_ = mark.chunk, used_ = mark.used; }
  /// Lets go of chunks beyond what a usual run needs.
  void reset() {
    chunk_ = used_ = 0;
    if (chunks_.size() > 16) chunks_.resize(16);
  }

 private:
  char* grow(std::size_t size) {
    if (chunk_ < chunks_.size()) ++chunk_;
    while (chunk_ < chunks_.size() && chunks_[chunk_].size < size) ++chunk_;
    if (chunk_ == chunks_.size()) {
      const auto bytes = size > chunk_size ? size : chunk_size;
      chunks_.push_back({std::make_unique<char[]>(bytes), bytes});
    }
    used_ = size;
    return chunks_[chunk_].bytes.get();
  }
  static constexpr std::size_t chunk_size = 64u << 10;
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };
  std::vector<Chunk> chunks_;
  std::size_t chunk_ = 0, used_ = 0;
};

/// What an expression gives. Texts and items point into the document, the map or the run's memory.
struct Value {
  enum class Kind : std::uint8_t { absent, boolean, string, number, date, time, datetime, item, items };
  Kind kind = Kind::absent;
  bool boolean = false;
  union {
    std::string_view text;
    Decimal number;
    Moment moment;
    Item item;
    struct {
      const Item* first;
      std::size_t count;
    } items;
  };

  Value() : text() {}
  static Value of(bool value) {
    Value made;
    made.kind = Kind::boolean;
    made.boolean = value;
    return made;
  }
  static Value of(std::string_view value) {
    Value made;
    made.kind = Kind::string;
    made.text = value;
    return made;
  }
  static Value of(const Decimal& value) {
    Value made;
    made.kind = Kind::number;
    made.number = value;
    return made;
  }
  static Value of(const Moment& value, Kind kind) {
    Value made;
    made.kind = kind;
    made.moment = value;
    return made;
  }
  static Value of(const Item& value) {
    Value made;
    made.kind = Kind::item;
    made.item = value;
    return made;
  }
  static Value of(const Item* first, std::size_t count) {
    Value made;
    made.kind = Kind::items;
    made.items = {first, count};
    return made;
  }
  bool absent() const { return kind == Kind::absent; }
};

}  // namespace wayleave::mapping
