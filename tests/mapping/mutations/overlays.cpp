#include <algorithm>

#include "mutation.hpp"

// Overlays upon the map: addresses of nothing, of several, of what is final, and patches that do not fit.
namespace mutations {

using namespace wayleave;
using namespace wayleave::mapping;

namespace {

class Overlays {
 public:
  Overlays(const Subject& subject, Collector& into) : subject_(subject), into_(into) {}

  void run() {
    if (subject_.map().root->kind != TemplateNode::Kind::element) return;
    addresses(*subject_.map().root, subject_.map().root->name);
    for (const auto& [address, nodes] : found_) {
      if (nodes.size() == 1) of_one(address, *nodes[0]);
      else add("overlay-at-several", address, "<m:remove at=\"" + address + "\"/>");
    }
    for (const auto& let : subject_.map().lets) {
      add("overlay-unsaid", let->variable, "<m:let name=\"" + let->variable + "\" value=\"'x'\"/>");
      add("overlay-of-nothing", let->variable, "<m:let name=\"" + let->variable + "s\" value=\"'x'\" override=\"yes\"/>");
    }
    for (const auto& codes : subject_.map().codes) {
      const std::string row = "><c from=\"x\" to=\"y\"/></m:codes>";
      add("overlay-unsaid", codes.name, "<m:codes name=\"" + codes.name + "\"" + row);
      add("overlay-of-nothing", codes.name, "<m:codes name=\"" + codes.name + "s\" override=\"merge\"" + row);
    }
  }

 private:
  void addresses(const TemplateNode& node, const std::string& path) {
    found_[path].push_back(&node);
    below(node, path);
  }

  void below(const TemplateNode& node, const std::string& path) {
    for (const auto& child : node.children) {
      if (child->kind == TemplateNode::Kind::element) addresses(*child, path + "/" + child->name);
      else below(*child, path);
    }
  }

  void add(const std::string& kind, const std::string& what, const std::string& patch, std::size_t variant = 0) {
    Mutation mutation;
    mutation.kind = kind;
    mutation.what = what;
    const std::string head = "<m:overlay xmlns:m=\"urn:wayleave:map:1\" name=\"broken\" extends=\"./base.map.xml\">\n";
    mutation.overlay = head + patch + "\n</m:overlay>\n";
    const auto begin = static_cast<Offset>(head.size());
    mutation.places.push_back({{begin, static_cast<Offset>(begin + patch.size())}, ""});
    mutation.variant = variant;
    into_.add(std::move(mutation));
  }

  void of_one(const std::string& address, const TemplateNode& node) {
    const auto slash = address.rfind('/');
    const auto above = slash == std::string::npos ? "" : address.substr(0, slash + 1);
    std::size_t variant = 0;
    for (const auto& typo : typos(node.name)) {
      if (!subject_.target_names().contains(typo)) add("overlay-at-nothing", address, "<m:remove at=\"" + above + typo + "\"/>", variant++);
    }
    add("overlay-address", address, "<m:remove at=\"" + address + "/\"/>");
    add("overlay-address", address, "<m:remove at=\"" + address + "[@kind\"/>", 1);
    add("overlay-address", address, "<m:remove at=\"" + address + "[1]\"/>", 2);
    add("overlay-patch-misspelt", address, "<m:removed at=\"" + address + "\"/>");
    add("overlay-patch-empty", address, "<m:replace at=\"" + address + "\"/>");
    if (slash == std::string::npos) return;
    add("overlay-patched-twice", address, "<m:remove at=\"" + address + "\"/>\n<m:replace at=\"" + address + "\"><" + node.name + "/></m:replace>");
    add("overlay-unknown-element", address, "<m:before at=\"" + address + "\"><" + node.name + "x/></m:before>");
    add("overlay-unknown-step", address, "<m:replace at=\"" + address + "\"><" + node.name + ">{noSuchStep}</" + node.name + "></m:replace>");
    final(address, node);
  }

  // The base says that it is not to be changed.
  void final(const std::string& address, const TemplateNode& node) {
    add("overlay-at-final", address, "<m:remove at=\"" + address + "\"/>");
    // The last one added: its base is another.
    const auto behind = subject_.tag(node)->opening_name.end;
    into_.last().edits[""] = {{{behind, behind}, " m:final=\"yes\""}};
  }

  const Subject& subject_;
  Collector& into_;
  std::map<std::string, std::vector<const TemplateNode*>> found_;
};

}  // namespace

void break_overlays(const Subject& subject, Collector& into) { Overlays(subject, into).run(); }

}  // namespace mutations
