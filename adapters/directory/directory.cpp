#include "adapters/directory/directory.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/directory/file.hpp"
#include "adapters/options.hpp"

namespace wayleave::adapter::directory {

namespace {

constexpr std::array<AdapterType::OptionDoc, 2> option_docs{{
  {"path", true, "the folder that files are put into; relative to the site"},
  {"name", false, "the files' name, with {document} and, if wanted, {kind} {partner} {key} {step}; {kind}-{document}.xml by default"},
}};
constexpr std::size_t longest_part = 40;      // of what a placeholder stands for
constexpr std::array<std::string_view, 5> placeholders{"document", "kind", "partner", "key", "step"};

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
    co_return put_file(path_, file_name(pattern, call), *call.body);
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
