#include "schema/closure.hpp"

#include <fstream>
#include <sstream>

namespace wayleave::schema {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view xml_namespace = "http://www.w3.org/XML/1998/namespace";

constexpr std::string_view xml_schema_text = R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
  targetNamespace="http://www.w3.org/XML/1998/namespace">
  <xs:attribute name="lang"><xs:simpleType><xs:union memberTypes="xs:language"><xs:simpleType>
    <xs:restriction base="xs:string"><xs:enumeration value=""/></xs:restriction></xs:simpleType></xs:union></xs:simpleType></xs:attribute>
  <xs:attribute name="space"><xs:simpleType><xs:restriction base="xs:NCName"><xs:enumeration value="default"/>
    <xs:enumeration value="preserve"/></xs:restriction></xs:simpleType></xs:attribute>
  <xs:attribute name="base" type="xs:anyURI"/>
  <xs:attribute name="id" type="xs:ID"/>
  <xs:attributeGroup name="specialAttrs"><xs:attribute ref="xml:base"/><xs:attribute ref="xml:lang"/>
    <xs:attribute ref="xml:space"/><xs:attribute ref="xml:id"/></xs:attributeGroup>
</xs:schema>)";

class Walk {
 public:
  Walk(Closure& closure, const SearchPath& search, const ClosureLimits& limits)
      : closure_(closure), search_(search), limits_(limits) {}

  void enter(const std::string& key, std::size_t depth, const Finding& from) {
    if (closure_.files.contains(key)) return;
    if (closure_.files.size() >= limits_.files) {
      return refuse_once(from, "S904", "The schema consists of more than " + std::to_string(limits_.files) + " files.",
                         "join files, or leave out imports that nothing uses");
    }
    if (depth > limits_.depth) {
      return refuse_once(from, "S905", "Files include each other more than " + std::to_string(limits_.depth) + " levels deep.",
                         "include the files from one place");
    }
    auto bytes = read(key, from);
    if (!bytes) return;
    auto source = SourceFile::parse(*bytes);
    if (!source) {
      Finding f{.code = "S900"};
      f.line = source.error().where.line;
      f.column = source.error().where.column;
      f.in = key;
      f.message = "This schema file is not well-formed XML: " + source.error().detail + ".";
      closure_.findings.push_back(std::move(f));
      return;
    }
    auto& file = closure_.files[key];
    file.bytes = std::move(*bytes);
    file.source = std::move(*source);
    if (!file.source.is(0, "schema")) {
      closure_.findings.push_back(schema_finding("S900", key, file.source, file.source.node(0).offset, file.source.node(0).local,
        "This file is not an XML Schema: its root element is " + file.source.node(0).local + ", not schema of " +
          std::string(xsd_namespace) + ".", "name a schema file"));
      return;
    }
    references(key, file, depth);
  }

 private:
  void references(const std::string& key, Closure::File& file, std::size_t depth) {
    const auto& source = file.source;
    for (auto i = source.node(0).child; i != SourceFile::none; i = source.node(i).next) {
      const bool import = source.is(i, "import");
      if (!import && !source.is(i, "include") && !source.is(i, "redefine")) continue;
      const auto* location = source.attribute(i, "schemaLocation");
      const bool xml = import && source.value(i, "namespace") == xml_namespace;
      if (!location && !xml) continue;
      const std::string written = location ? location->value : std::string();
      auto from = schema_finding("S907", key, source, location ? location->offset : source.node(i).offset, written, "", "");
      auto target = find(written, key);
      if (!target && xml) target = std::string(builtin_xml_schema);
      if (!target) {
        from.message = "The schema names a file that is not there: " + written + ".";
        from.fix = written.find("://") != written.npos
          ? "save the file beside this one and write its file name; nothing is fetched from the network"
          : "put the file beside this one or under the schemas folder, or correct the name";
        closure_.findings.push_back(std::move(from));
        continue;
      }
      file.references.emplace(written, *target);
      enter(*target, depth + 1, from);
    }
  }

  std::optional<std::string> find(const std::string& written, const std::string& key) const {
    const fs::path directory = fs::path(key).parent_path();
    const bool remote = written.find("://") != written.npos;
    const std::string name = remote ? fs::path(written).filename().string() : written;
    std::error_code ec;
    const auto beside = (directory / name).lexically_normal();
    if (!name.empty() && fs::is_regular_file(beside, ec)) return beside.string();
    if (remote || name.starts_with("./") || name.starts_with("../")) return std::nullopt;
    const auto found = search_.find(name, directory);
    return found ? std::optional(found->string()) : std::nullopt;
  }

  std::optional<std::string> read(const std::string& key, const Finding& from) {
    if (key == builtin_xml_schema) return std::string(xml_schema_text);
    std::ifstream in(key, std::ios::binary);
    std::error_code ec;
    const auto size = fs::file_size(key, ec);
    if (!in || ec) {
      refuse(from, "S907", "The file " + key + " cannot be read.", "check its permissions");
      return std::nullopt;
    }
    if (size > limits_.file || total_ + size > limits_.all) {
      refuse(from, "S906", "The schema is too large: " + fs::path(key).filename().string() + " has " + std::to_string(size) +
             " bytes; a file may have " + std::to_string(limits_.file) + ", all together " + std::to_string(limits_.all) + ".",
             "split it, or drop what is not used");
      return std::nullopt;
    }
    total_ += size;
    std::ostringstream all;
    all << in.rdbuf();
    return std::move(all).str();
  }

  void refuse(Finding from, std::string code, std::string message, std::string fix) {
    from.code = std::move(code);
    from.message = std::move(message);
    from.fix = std::move(fix);
    closure_.findings.push_back(std::move(from));
  }
  void refuse_once(const Finding& from, const char* code, std::string message, std::string fix) {
    for (const auto& f : closure_.findings) {
      if (f.code == code) return;
    }
    refuse(from, code, std::move(message), std::move(fix));
  }

  Closure& closure_;
  const SearchPath& search_;
  const ClosureLimits& limits_;
  std::uint64_t total_ = 0;
};

}  // namespace

Finding schema_finding(std::string code, const std::string& path, const SourceFile& source, std::uint32_t offset,
                       std::string found, std::string message, std::string fix) {
  Finding f;
  f.code = std::move(code);
  std::tie(f.line, f.column) = source.position(offset);
  f.in = path;
  f.length = static_cast<std::uint32_t>(found.size());
  f.found = found.size() > 200 ? found.substr(0, 200) : std::move(found);
  f.message = std::move(message);
  f.fix = std::move(fix);
  return f;
}

Closure read_closure(const fs::path& root, const SearchPath& search, const ClosureLimits& limits) {
  Closure closure;
  std::error_code ec;
  closure.root = fs::absolute(root, ec).lexically_normal();
  Finding from{.code = "S907"};
  from.in = closure.root.string();
  Walk(closure, search, limits).enter(closure.root.string(), 0, from);
  for (const auto& [path, file] : closure.files) {
    if (path != builtin_xml_schema && !file.source.empty()) lint_policy(path, file.source, closure.findings);
  }
  return closure;
}

}  // namespace wayleave::schema
