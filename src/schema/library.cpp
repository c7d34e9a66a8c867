#include <malloc.h>

#include <algorithm>
#include <set>

#include "schema/compile.hpp"
#include "schema/impl.hpp"
#include "schema/schema.hpp"
#include "schema/vet.hpp"

namespace wayleave::schema {

namespace fs = std::filesystem;

namespace {

/// What was compiled together: one pool and one model for all roots whose closures share files.
struct Group {
  std::shared_ptr<xercesc::XMLGrammarPool> pool;
  std::shared_ptr<const Model> model;
  std::map<std::string, std::string> files;   // path → target namespace
};

Finding reference_finding(const char* code, const std::string& reference, std::string message, std::string fix) {
  Finding f;
  f.code = code;
  f.found = reference;
  f.message = std::move(message);
  f.fix = std::move(fix);
  return f;
}

/// A guide describes one message by itself: guides share files of types, and use the same names for other things.
bool is_guide_file(const Closure& closure) {
  const auto root = closure.files.find(closure.root.string());
  if (root == closure.files.end()) return false;
  const auto& source = root->second.source;
  for (auto a = source.begin_attributes(0); a != source.end_attributes(0); ++a)
    if (a->name.ends_with(":standard") && source.namespace_of(0, a->name.substr(0, a->name.size() - 9)) == "urn:wayleave:edi:1") return true;
  return false;
}

bool share_files(const Closure& a, const Closure& b) {
  if (is_guide_file(a) || is_guide_file(b)) return false;
  return std::any_of(a.files.begin(), a.files.end(), [&](const auto& file) {
    return file.first != builtin_xml_schema && b.files.contains(file.first);
  });
}

}  // namespace

struct Library::State {
  SearchPath path;
  bool vetting = true;   // false in the child that does it
  mutable std::mutex mutex;
  std::map<std::string, std::shared_ptr<const Group>> groups;      // by root file
  std::map<std::string, Findings> refused;                         // by root file
  std::map<std::string, std::shared_ptr<const Closure>> planned;   // vetted together, not compiled yet
  std::set<std::string> vetted;

  /// The compiled group that has this file, or null with the reasons in `findings`.
  std::shared_ptr<const Group> group_of(const std::string& file, Findings& findings) {
    if (const auto known = groups.find(file); known != groups.end()) return known->second;
    for (const auto& [root, group] : groups) {
      if (group->files.contains(file)) return group;
    }
    if (const auto bad = refused.find(file); bad != refused.end()) {
      findings = bad->second;
      return nullptr;
    }
    const auto closure = closure_of(file);
    findings = closure->findings;
    if (findings.empty()) vet_one(file, findings);
    std::shared_ptr<const Group> group;
    if (findings.empty()) group = compile(file, closure, findings);
    if (!group) refused[file] = findings;
    return group;
  }

  std::shared_ptr<const Closure> closure_of(const std::string& file) const {
    if (const auto at = planned.find(file); at != planned.end()) return at->second;
    return std::make_shared<const Closure>(read_closure(file, path));
  }

  void vet_one(const std::string& file, Findings& findings) {
    if (!vetting || vetted.contains(file)) return;
    if (auto bad = vet_in_child({file}, path)) findings.push_back(std::move(*bad));
    vetted.insert(file);
  }

  /// Together with all planned roots it shares files with; alone when they do not go together.
  std::shared_ptr<const Group> compile(const std::string& file, const std::shared_ptr<const Closure>& closure, Findings& findings) {
    std::map<std::string, std::shared_ptr<const Closure>> together{{file, closure}};
    for (bool grown = true; grown;) {
      grown = false;
      for (const auto& [root, other] : planned) {
        if (together.contains(root) || !other->findings.empty() || refused.contains(root)) continue;
        const bool shares = std::any_of(together.begin(), together.end(), [&, other = other](const auto& t) { return share_files(*t.second, *other); });
        if (shares) together.emplace(root, other), grown = true;
      }
    }
    auto group = compile_together(file, together, findings);
    if (!group && together.size() > 1) {
      together = {{file, closure}};
      group = compile_together(file, together, findings);
    }
    for (const auto& [root, unused] : together) {
      planned.erase(root);
      if (group) groups[root] = group;
    }
    // Xerces compiles by way of a DOM of every file; that memory is not needed again.
    malloc_trim(0);
    return group;
  }

  static std::shared_ptr<const Group> compile_together(const std::string& first,
                                                       const std::map<std::string, std::shared_ptr<const Closure>>& together,
                                                       Findings& findings) {
    FileSet files;
    std::vector<std::string> roots{first};
    for (const auto& [root, closure] : together) {
      if (root != first) roots.push_back(root);
      for (const auto& [path, file] : closure->files) files.emplace(path, &file);
    }
    auto grammars = load_grammars(files, roots);
    findings = std::move(grammars.findings);
    if (!grammars.pool) return nullptr;
    auto group = std::make_shared<Group>();
    bool changed = false;
    group->model = compile_model(*grammars.pool->getXSModel(changed), files, roots);
    group->pool = std::move(grammars.pool);
    for (const auto& [path, file] : files) group->files.emplace(path, std::string(file->source.target_namespace()));
    return group;
  }

  Loaded load(const std::string& reference, const fs::path& from_directory) {
    const auto hash = reference.find('#');
    const auto name = reference.substr(0, hash);
    const auto local = hash == reference.npos ? std::string() : reference.substr(hash + 1);
    Loaded out;
    const auto found = path.find(name, from_directory);
    if (!found) {
      out.findings.push_back(reference_finding("S910", reference, "There is no schema file " + name + ".",
        "paths that begin with ./ or ../ are relative to the file that names them, others to the schemas folders"));
      return out;
    }
    const auto group = group_of(found->string(), out.findings);
    if (!group) return out;
    const auto root = find_root(*group, found->string(), local);
    if (root == none) {
      out.findings.push_back(reference_finding("S911", reference,
        local.empty() ? "The reference names no root element, and " + name + " does not have exactly one."
                      : "The schema " + name + " declares no global element " + local + ".", roots_of(*group, found->string(), name)));
      out.findings.back().in = found->string();
      return out;
    }
    auto impl = std::make_shared<Schema::Impl>();
    impl->pool = group->pool;
    impl->model = group->model;
    impl->label = reference;
    impl->file = *found;
    out.schema = std::make_shared<const Schema>(std::move(impl), root);
    return out;
  }

  static std::vector<ElementId> roots_in(const Group& group, const std::string& file) {
    std::vector<ElementId> out;
    const auto& ns = group.files.at(file);
    for (const auto id : group.model->roots) {
      if (names::ns(group.model->element(id).name) == ns) out.push_back(id);
    }
    return out;
  }

  static ElementId find_root(const Group& group, const std::string& file, const std::string& local) {
    const auto candidates = roots_in(group, file);
    if (local.empty()) return candidates.size() == 1 ? candidates.front() : none;
    for (const auto id : candidates) {
      if (names::local(group.model->element(id).name) == local) return id;
    }
    return none;
  }

  static std::string roots_of(const Group& group, const std::string& file, const std::string& name) {
    std::string out;
    const auto candidates = roots_in(group, file);
    for (std::size_t i = 0; i < candidates.size() && i < 8; ++i) {
      out += (i ? ", " : "write one of ") + name + "#" + std::string(names::local(group.model->element(candidates[i]).name));
    }
    return out;
  }

  void plan(const std::vector<std::string>& references) {
    std::vector<std::string> files;
    for (const auto& reference : references) {
      const auto found = path.find(reference.substr(0, reference.find('#')), {});
      if (!found || groups.contains(found->string()) || refused.contains(found->string()) || planned.contains(found->string())) continue;
      auto closure = std::make_shared<const Closure>(read_closure(*found, path));
      if (closure->findings.empty()) files.push_back(found->string());
      planned.emplace(found->string(), std::move(closure));
    }
    if (!vetting || files.empty()) return;
    const bool all_good = !vet_in_child(files, path);
    for (const auto& file : files) {
      if (all_good) vetted.insert(file);
      else if (auto bad = vet_in_child({file}, path)) refused[file].push_back(std::move(*bad));
      else vetted.insert(file);
    }
  }
};

Library::Library(SearchPath path) : state_(std::make_unique<State>()) { state_->path = std::move(path); }
Library::~Library() = default;

Library::Loaded Library::load(const std::string& reference, const fs::path& from_directory) {
  const std::lock_guard lock(state_->mutex);
  return state_->load(reference, from_directory);
}

void Library::vet(const std::vector<std::string>& references) {
  const std::lock_guard lock(state_->mutex);
  state_->plan(references);
}

const SearchPath& Library::search_path() const { return state_->path; }

Findings compile_here(const std::vector<std::string>& files, const SearchPath& path) {
  Library library(path);
  return library.compile_without_vetting(files);
}

Findings Library::compile_without_vetting(const std::vector<std::string>& files) {
  const std::lock_guard lock(state_->mutex);
  state_->vetting = false;
  state_->plan(files);
  Findings all;
  for (const auto& file : files) {
    Findings findings;
    state_->group_of(file, findings);
    all.insert(all.end(), findings.begin(), findings.end());
  }
  return all;
}

}  // namespace wayleave::schema
