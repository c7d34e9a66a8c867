#include "formats/xml/build.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "document/name_hash.hpp"
#include "formats/xml/characters.hpp"
#include "formats/xml/encoding.hpp"

namespace wayleave::xml {
namespace {

/// Ids of the names seen last, so that a document's few names are looked up in the process-wide table once each.
struct RecentNames {
  struct Entry {
    std::uint64_t hash = 0;
    std::uint64_t document = 0;
    std::uint32_t at = 0;
    Uri uri = 0;
    NameId id = no_name;
  };
  std::array<Entry, 512> entries;
  std::uint64_t document = 0;
  std::vector<std::uint64_t> namespace_hashes;
};

class TreeBuilder {
 public:
  TreeBuilder(std::string text, const Scan& scan, RecentNames& recent, const AttributeDefaults* defaults)
      : scan_(scan), recent_(recent), defaults_(defaults), builder_(std::move(text)), source_(builder_.source()) {
    builder_.reserve(scan.elements, scan.attributes);
    ++recent_.document;
    recent_.namespace_hashes.clear();
    for (Uri uri = 0; uri < scan.namespaces.uris(); ++uri)
      recent_.namespace_hashes.push_back(namespace_hash(scan.namespaces.uri(uri)));
  }

  Document run() {
    for (const Token& token : scan_.tokens) {
      if (defaults_) follow(token);
      switch (token.kind) {
        case Token::start:
          builder_.start(name(token), token.at - 1);
          break;
        case Token::attribute:
          attribute(token);
          break;
        case Token::text:
          text(token, Decode::text);
          break;
        case Token::cdata:
          text(token, Decode::cdata);
          break;
        case Token::end:
          builder_.end();
          break;
      }
    }
    return builder_.finish();
  }

 private:
  NameId name(const Token& token) {
    const std::string_view local = this->local(token);
    const std::uint64_t hash = name_hash(recent_.namespace_hashes[token.uri], local);
    auto& entry = recent_.entries[hash % recent_.entries.size()];
    if (entry.hash == hash && entry.document == recent_.document && entry.uri == token.uri &&
        source_.compare(entry.at, local.size(), local) == 0)
      return entry.id;
    const NameId id = builder_.name(recent_.namespace_hashes[token.uri], scan_.namespaces.uri(token.uri), local);
    entry = {hash, recent_.document, token.at + token.prefix, token.uri, id};
    return id;
  }

  std::string_view local(const Token& token) const { return source_.substr(token.at + token.prefix, token.name); }

  static std::string_view trimmed(std::string_view value) {
    while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
    while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
    return value;
  }

  std::string_view decoded(std::string_view raw, Decode how) {
    buffer_.clear();
    decode(buffer_, raw, how, scan_.entities);
    return buffer_;
  }

  void attribute(const Token& token) {
    if (token.uri == xsi_namespace) return instance_attribute(token);
    if (!token.raw) return builder_.attribute(name(token), token.value, token.length, token.at);
    builder_.attribute_decoded(
        name(token), decoded(source_.substr(token.value, token.length), Decode::attribute), token.at
    );
  }

  /// XML Schema 1.0 part 1, §2.6. schemaLocation and noNamespaceSchemaLocation are read over.
  void instance_attribute(const Token& token) {
    if (local(token) == "type") builder_.flag(Document::has_type);
    if (local(token) != "nil") return;
    const std::string_view value = trimmed(decoded(source_.substr(token.value, token.length), Decode::attribute));
    if (value == "true" || value == "1") builder_.flag(Document::is_nil);
  }

  void text(const Token& token, Decode how) {
    if (!token.raw) return builder_.text(token.at, token.length);
    builder_.text_decoded(decoded(source_.substr(token.at, token.length), how), token.at);
  }

  /// Keeps `types_` at the type of the open element and adds its defaults when its tag is over.
  void follow(const Token& token) {
    if (token.kind == Token::attribute) {
      if (token.uri != xsi_namespace)
        given_.push_back(name(token));
      else if (local(token) == "type")
        types_.back() = named_type(token);
      return;
    }
    if (in_tag_) {
      for (const auto& missing : defaults_->of_type(types_.back()))
        if (std::find(given_.begin(), given_.end(), missing.name) == given_.end())
          builder_.attribute_decoded(missing.name, missing.value, 0);
      given_.clear();
    }
    in_tag_ = token.kind == Token::start;
    if (in_tag_)
      types_.push_back(types_.empty() ? defaults_->root(name(token)) : defaults_->child(types_.back(), name(token)));
    else if (token.kind == Token::end)
      types_.pop_back();
  }

  schema::TypeId named_type(const Token& token) {
    std::string_view value = trimmed(decoded(source_.substr(token.value, token.length), Decode::attribute));
    const std::size_t colon = value.find(':');
    return defaults_->named(colon == std::string_view::npos ? value : value.substr(colon + 1));
  }

  const Scan& scan_;
  RecentNames& recent_;
  const AttributeDefaults* defaults_;
  std::vector<schema::TypeId> types_;
  std::vector<NameId> given_;
  bool in_tag_ = false;
  DocumentBuilder builder_;
  std::string_view source_;
  std::string buffer_;
};

}  // namespace

Document build(std::string text, const Scan& scan, const AttributeDefaults* defaults) {
  static thread_local RecentNames recent;
  text.resize(text.size() - padding);
  return TreeBuilder(std::move(text), scan, recent, defaults).run();
}

}  // namespace wayleave::xml
