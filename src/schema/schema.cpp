#include "schema/schema.hpp"

#include <cstdlib>

#include "schema/impl.hpp"

namespace wayleave::schema {

Schema::Schema(std::shared_ptr<const Impl> impl, ElementId root) : impl_(std::move(impl)), root_(root) {}

const Model& Schema::model() const { return *impl_->model; }
const std::string& Schema::label() const { return impl_->label; }
const std::filesystem::path& Schema::file() const { return impl_->file; }

std::optional<std::filesystem::path> SearchPath::find(const std::string& reference,
                                                      const std::filesystem::path& from_directory) const {
  namespace fs = std::filesystem;
  std::error_code ec;
  const auto existing = [&](const fs::path& p) { return fs::is_regular_file(p, ec); };
  if (reference.empty()) return std::nullopt;
  const fs::path path(reference);
  if (path.is_absolute()) return existing(path) ? std::optional(path.lexically_normal()) : std::nullopt;
  if (reference.starts_with("./") || reference.starts_with("../")) {
    const auto found = fs::absolute(from_directory / path, ec).lexically_normal();
    return existing(found) ? std::optional(found) : std::nullopt;
  }
  for (const auto& root : roots) {
    const auto found = fs::absolute(root / path, ec).lexically_normal();
    if (existing(found)) return found;
  }
  return find_ubl(reference);
}

// The OASIS schemas are not ours to ship: `ubl-2.4/…` is looked for where WAYLEAVE_UBL says (the folder that has maindoc/
// and common/), then in the test material that lies beside a source tree.
std::optional<std::filesystem::path> SearchPath::find_ubl(const std::string& reference) const {
  namespace fs = std::filesystem;
  constexpr std::string_view prefix = "ubl-2.4/";
  if (!reference.starts_with(prefix)) return std::nullopt;
  std::vector<fs::path> folders;
  if (const char* told = std::getenv("WAYLEAVE_UBL"); told && *told) folders.emplace_back(told);
  for (const auto& root : roots) folders.push_back(root / "../../shared/data/ubl-2.4/xsdrt");
  std::error_code ec;
  for (const auto& folder : folders) {
    const auto found = fs::absolute(folder / reference.substr(prefix.size()), ec).lexically_normal();
    if (fs::is_regular_file(found, ec)) return found;
  }
  return std::nullopt;
}

}  // namespace wayleave::schema
