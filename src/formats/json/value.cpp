#include "formats/json/value.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

namespace wayleave::json {
namespace {

/// Builds the Value from nlohmann's events, because its own tree holds numbers as doubles.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(Value& root, std::size_t depth) : root_(root), depth_(depth) {}
  const Problem& problem() const { return problem_; }

  bool null() override { return put({}); }
  bool boolean(bool value) override { return put({Value::boolean, value ? "true" : "false"}); }
  bool number_integer(number_integer_t value) override { return put({Value::number, std::to_string(value)}); }
  bool number_unsigned(number_unsigned_t value) override { return put({Value::number, std::to_string(value)}); }
  bool number_float(number_float_t, const string_t& text) override { return put({Value::number, text}); }
  bool string(string_t& text) override { return put({Value::string, std::move(text)}); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open({Value::object}); }
  bool start_array(std::size_t) override { return open({Value::array}); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (!names_.back().insert(name).second) {
      problem_.detail = "the member " + name.substr(0, 200) + " occurs twice in one object";
      return false;
    }
    open_.back()->members.push_back({std::move(name), Value()});
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    problem_.detail = "not JSON: something is wrong near byte " + std::to_string(position);
    return false;
  }

 private:
  /// Where the next value goes. Pointers stay valid: a container grows only while nothing inside it is open.
  Value* place() {
    if (open_.empty()) return &root_;
    Value& container = *open_.back();
    return container.kind == Value::array ? &container.items.emplace_back() : &container.members.back().value;
  }

  bool put(Value value) {
    *place() = std::move(value);
    return true;
  }

  bool open(Value value) {
    if (open_.size() >= depth_) {
      problem_ = {Errc::too_large, "values lie more than " + std::to_string(depth_) + " deep in one another"};
      return false;
    }
    Value* at = place();
    *at = std::move(value);
    open_.push_back(at);
    names_.emplace_back();
    return true;
  }

  bool close() {
    open_.pop_back();
    names_.pop_back();
    return true;
  }

  Value& root_;
  const std::size_t depth_;
  std::vector<Value*> open_;
  std::vector<std::unordered_set<std::string>> names_;
  Problem problem_{Errc::invalid, "not JSON"};
};

}  // namespace

Result<Value> parse(std::string_view text, std::size_t depth) {
  Value root;
  Builder builder(root, depth);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return builder.problem();
  return root;
}

}  // namespace wayleave::json
