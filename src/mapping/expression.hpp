#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/decimal.hpp"
#include "base/finding.hpp"
#include "document/document.hpp"
#include "mapping/context.hpp"
#include "schema/schema.hpp"

namespace wayleave::mapping {

/// An expression outside a map: rules of processes, `when=` of agreements, `source-key=`. Compiled against the schema of
/// the document it is about; immutable; any thread. `state('shipment', X)/Path` is typed by the canonical state schema
/// of that kind, given by `States`.
class Expression {
 public:
  struct Impl;
  explicit Expression(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  /// True/false; a comparison with an absent side is false (mapping semantics 3). A path: whether it selects anything,
  /// but one to an xs:boolean gives its value.
  /// A run-time reject (R8xx) comes as false with the finding added to `findings`.
  bool test(const Document& document, const Context& context, Findings& findings) const;
  /// Its string value; nullopt when absent.
  std::optional<std::string> value(const Document& document, const Context& context, Findings& findings) const;

 private:
  std::shared_ptr<const Impl> impl_;
};

/// A text with `{expressions}`: `key=`, `lane=`, customer-facing messages. Absent when any `{}` in it is absent.
class Template {
 public:
  struct Impl;
  explicit Template(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::optional<std::string> render(const Document& document, const Context& context, Findings& findings) const;

 private:
  std::shared_ptr<const Impl> impl_;
};

/// Schemas of what state(kind, …) and linked(name) give: `shipment` → canonical ShipmentStatus, `order` → Order …
using States = std::map<std::string, schema::SchemaPtr, std::less<>>;

/// Where the text stands, so that findings point into the file: position of its first character.
struct TextAt {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// Null with findings (M0xx, M1xx, M3xx) when the text does not parse or names what the schema does not have.
std::shared_ptr<const Expression> compile_expression(
  std::string_view text, const schema::SchemaPtr& schema, const States& states, const TextAt& at, Findings& findings
);
std::shared_ptr<const Template> compile_template(
  std::string_view text, const schema::SchemaPtr& schema, const States& states, const TextAt& at, Findings& findings
);

}  // namespace wayleave::mapping
