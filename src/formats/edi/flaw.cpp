#include "formats/edi/flaw.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"

namespace wayleave::edi {
namespace {

struct Row {
  Cause cause;
  Saying saying;
};

//                                                code    ak3  ak4   ik3   ik4    ak5   ik5   ak9  ta1    contrl
constexpr std::array<Row, causes> rows{{
  {Cause::not_an_interchange,             {"E101", "", "", "", "", "", "", "", "022", "18"}},
  {Cause::malformed_header,               {"E102", "", "", "", "", "", "", "", "022", "12"}},
  {Cause::bad_terminator,                 {"E103", "", "", "", "", "", "", "", "004", "20"}},
  {Cause::bad_element_separator,          {"E104", "", "", "", "", "", "", "", "026", "20"}},
  {Cause::bad_component_separator,        {"E105", "", "", "", "", "", "", "", "027", "20"}},
  {Cause::bad_repetition_separator,       {"E106", "", "", "", "", "", "", "", "016", "20"}},
  {Cause::bad_standards_id,               {"E107", "", "", "", "", "", "", "", "016", "14"}},
  {Cause::bad_version,                    {"E108", "", "", "", "", "", "", "", "017", "14"}},
  {Cause::bad_authorization,              {"E109", "", "", "", "", "", "", "", "010", "12"}},
  {Cause::bad_security,                   {"E110", "", "", "", "", "", "", "", "012", "12"}},
  {Cause::bad_sender_qualifier,           {"E111", "", "", "", "", "", "", "", "005", "23"}},
  {Cause::bad_sender,                     {"E112", "", "", "", "", "", "", "", "006", "23"}},
  {Cause::bad_receiver_qualifier,         {"E113", "", "", "", "", "", "", "", "007", "7"}},
  {Cause::bad_receiver,                   {"E114", "", "", "", "", "", "", "", "008", "7"}},
  {Cause::unknown_receiver,               {"E115", "", "", "", "", "", "", "", "009", "7"}},
  {Cause::bad_interchange_date,           {"E116", "", "", "", "", "", "", "", "014", "12"}},
  {Cause::bad_interchange_time,           {"E117", "", "", "", "", "", "", "", "015", "12"}},
  {Cause::bad_interchange_control_number, {"E118", "", "", "", "", "", "", "", "018", "12"}},
  {Cause::bad_ack_request,                {"E119", "", "", "", "", "", "", "", "019", "12"}},
  {Cause::bad_test_indicator,             {"E120", "", "", "", "", "", "", "", "020", "25"}},
  {Cause::interchange_truncated,          {"E121", "", "", "", "", "", "", "", "023", "13"}},
  {Cause::interchange_numbers_differ,     {"E122", "", "", "", "", "", "", "", "001", "28"}},
  {Cause::group_count_wrong,              {"E123", "", "", "", "", "", "", "", "021", "29"}},
  {Cause::bad_control_structure,          {"E124", "", "", "", "", "", "", "", "022", "30"}},
  {Cause::stray_content,                  {"E125", "", "", "", "", "", "", "", "024", "33"}},
  {Cause::duplicate_interchange,          {"E126", "", "", "", "", "", "", "", "025", "26"}},
  {Cause::unsupported_character_set,      {"E127", "", "", "", "", "", "", "", "024", "46"}},
  {Cause::bad_syntax_version,             {"E128", "", "", "", "", "", "", "", "017", "2"}},
  {Cause::interchange_too_large,          {"E129", "", "", "", "", "", "", "", "024", "18"}},
  {Cause::group_trailer_missing,          {"E141", "", "", "", "", "", "", "3", "", "13"}},
  {Cause::group_numbers_differ,           {"E142", "", "", "", "", "", "", "4", "", "28"}},
  {Cause::set_count_wrong,                {"E143", "", "", "", "", "", "", "5", "", "29"}},
  {Cause::bad_group_control_number,       {"E144", "", "", "", "", "", "", "6", "", "12"}},
  {Cause::group_not_supported,            {"E145", "", "", "", "", "", "", "1", "", "14"}},
  {Cause::group_version_not_supported,    {"E146", "", "", "", "", "", "", "2", "", "14"}},
  {Cause::bad_group_header,               {"E147", "", "", "", "", "", "", "1", "", "12"}},
  {Cause::duplicate_group,                {"E148", "", "", "", "", "", "", "6", "", "26"}},
  {Cause::set_trailer_missing,            {"E161", "", "", "", "", "2", "2", "", "", "13"}},
  {Cause::set_numbers_differ,             {"E162", "", "", "", "", "3", "3", "", "", "28"}},
  {Cause::segment_count_wrong,            {"E163", "", "", "", "", "4", "4", "", "", "29"}},
  {Cause::set_not_supported,              {"E164", "", "", "", "", "1", "1", "", "", "17"}},
  {Cause::bad_set_control_number,         {"E165", "", "", "", "", "7", "7", "", "", "12"}},
  {Cause::set_number_not_unique,          {"E166", "", "", "", "", "23", "23", "", "", "26"}},
  {Cause::bad_set_id,                     {"E167", "", "", "", "", "6", "6", "", "", "14"}},
  {Cause::set_not_in_group,               {"E168", "", "", "", "", "6", "18", "", "", "31"}},
  {Cause::set_too_large,                  {"E169", "", "", "", "", "5", "5", "", "", "18"}},
  {Cause::no_guide,                       {"E170", "", "", "", "", "", "", "", "", ""}},
  {Cause::unrecognized_segment,           {"E201", "1", "", "1", "", "5", "5", "", "", "15"}},
  {Cause::segment_not_used,               {"E202", "2", "", "I4", "", "5", "I5", "", "", "15"}},
  {Cause::segment_not_in_set,             {"E203", "6", "", "6", "", "5", "5", "", "", "15"}},
  {Cause::unexpected_segment,             {"E204", "2", "", "2", "", "5", "5", "", "", "15"}},
  {Cause::segment_out_of_sequence,        {"E205", "7", "", "7", "", "5", "5", "", "", "15"}},
  {Cause::segment_missing,                {"E206", "3", "", "3", "", "5", "5", "", "", "13"}},
  {Cause::segment_too_often,              {"E207", "5", "", "5", "", "5", "5", "", "", "35"}},
  {Cause::segment_too_seldom,             {"E208", "3", "", "I8", "", "5", "I5", "", "", "13"}},
  {Cause::loop_missing,                   {"E208", "3", "", "I7", "", "5", "I5", "", "", "13"}},
  {Cause::loop_too_often,                 {"E209", "4", "", "4", "", "5", "5", "", "", "36"}},
  {Cause::variant_missing,                {"E210", "3", "", "I8", "", "5", "I5", "", "", "13"}},
  {Cause::variant_loop_missing,           {"E210", "3", "", "I7", "", "5", "I5", "", "", "13"}},
  {Cause::variant_too_often,              {"E211", "5", "", "5", "", "5", "I5", "", "", "35"}},
  {Cause::variant_loop_too_often,         {"E211", "4", "", "4", "", "5", "I5", "", "", "36"}},
  {Cause::variant_not_used,               {"E212", "8", "7", "8", "I6", "5", "I5", "", "", "14"}},
  {Cause::segment_empty,                  {"E213", "8", "1", "8", "1", "5", "5", "", "", "13"}},
  {Cause::segment_too_long,               {"E214", "8", "5", "8", "5", "5", "5", "", "", "39"}},
  {Cause::element_missing,                {"E301", "8", "1", "8", "1", "5", "5", "", "", "13"}},
  {Cause::element_missing_by_rule,        {"E302", "8", "2", "8", "2", "5", "5", "", "", "48"}},
  {Cause::element_excluded,               {"E303", "8", "10", "8", "10", "5", "5", "", "", "48"}},
  {Cause::too_many_elements,              {"E304", "8", "3", "8", "3", "5", "5", "", "", "16"}},
  {Cause::too_many_components,            {"E305", "8", "3", "8", "13", "5", "5", "", "", "16"}},
  {Cause::too_many_repetitions,           {"E306", "8", "3", "8", "12", "5", "5", "", "", "35"}},
  {Cause::element_not_used,               {"E307", "8", "10", "8", "I10", "5", "I5", "", "", "15"}},
  {Cause::too_short,                      {"E308", "8", "4", "8", "4", "5", "5", "", "", "40"}},
  {Cause::too_long,                       {"E309", "8", "5", "8", "5", "5", "5", "", "", "39"}},
  {Cause::invalid_character,              {"E310", "8", "6", "8", "6", "5", "5", "", "", "21"}},
  {Cause::not_a_number,                   {"E311", "8", "6", "8", "6", "5", "5", "", "", "37"}},
  {Cause::code_unknown,                   {"E312", "8", "7", "8", "7", "5", "5", "", "", "12"}},
  {Cause::code_not_used,                  {"E313", "8", "7", "8", "I6", "5", "I5", "", "", "14"}},
  {Cause::bad_date,                       {"E314", "8", "8", "8", "8", "5", "5", "", "", "12"}},
  {Cause::bad_time,                       {"E315", "8", "9", "8", "9", "5", "5", "", "", "12"}},
  {Cause::pattern_mismatch,               {"E316", "8", "7", "8", "I12", "5", "I5", "", "", "12"}},
  {Cause::trailing_separators,            {"E317", "8", "3", "8", "3", "5", "5", "", "", "45"}},
  {Cause::hierarchy_number_repeated,      {"E401", "8", "7", "8", "7", "5", "5", "", "", "12"}},
  {Cause::hierarchy_parent_unknown,       {"E402", "8", "7", "8", "7", "5", "5", "", "", "12"}},
  {Cause::hierarchy_parent_wrong,         {"E403", "8", "7", "8", "7", "5", "5", "", "", "12"}},
  {Cause::count_wrong,                    {"E501", "", "", "", "", "5", "5", "", "", "29"}},
  {Cause::fixed_value_wrong,              {"E502", "8", "7", "8", "7", "5", "5", "", "", "12"}},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (static_cast<std::size_t>(rows[i].cause) != i) return false;
  return true;
}
static_assert(in_order());

}  // namespace

const Saying& saying(Cause cause) { return rows[static_cast<std::size_t>(cause)].saying; }

bool says_missing(Cause cause) {
  constexpr Cause such[] = {Cause::segment_missing, Cause::segment_too_seldom, Cause::loop_missing, Cause::variant_missing, Cause::variant_loop_missing};
  return std::find(std::begin(such), std::end(such), cause) != std::end(such);
}

std::string ak3_id(const Flaw& flaw) {
  std::string out;
  for (char c : flaw.id)
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
  if (out.empty()) return "??";
  out.resize(std::clamp<std::size_t>(out.size(), 2, 3), ' ');
  return out;
}

std::string ak3_position(const Flaw& flaw) { return std::to_string(std::min(flaw.segment, 999'999u)); }

std::string ak4_position(const Flaw& flaw, bool implementation) {
  auto out = std::to_string(std::min<unsigned>(flaw.element, 99));
  const bool repeated = flaw.repetition && implementation;
  if (flaw.component || repeated) out += ":" + (flaw.component ? std::to_string(std::min<unsigned>(flaw.component, 99)) : std::string());
  if (repeated) out += ":" + std::to_string(std::min<unsigned>(flaw.repetition, 9999));
  return out;
}

std::string_view ak4_number(const Flaw& flaw) {
  const bool number = flaw.de.size() <= 4 && std::all_of(flaw.de.begin(), flaw.de.end(), [](char c) { return c >= '0' && c <= '9'; });
  return number ? std::string_view(flaw.de) : std::string_view();
}

std::string_view contrl_code(const Flaw& flaw, bool version4) {
  if (flaw.cause == Cause::bad_control_structure) return flaw.id == "UNZ" ? "32" : flaw.id == "UNH" || flaw.id == "UNG" ? "30" : "33";
  if (!version4) {
    if (flaw.cause == Cause::unsupported_character_set) return "14";
    if (flaw.cause == Cause::element_missing_by_rule) return "13";
    if (flaw.cause == Cause::element_excluded) return "15";
    if (flaw.cause == Cause::trailing_separators) return "16";
  }
  const auto code = saying(flaw.cause).contrl;
  return code == "12" && flaw.bad.empty() ? "13" : code;     // not an invalid value but a missing one
}

std::string contrl_segment(const Flaw& flaw) {
  return std::to_string(std::min(says_missing(flaw.cause) && flaw.segment > 1 ? flaw.segment - 1 : flaw.segment, 999'999u));
}

std::string contrl_position(const Flaw& flaw, bool version4) {
  const bool repeated = flaw.repetition && version4;
  auto out = std::to_string(std::min(flaw.element + 1u, 999u));
  if (flaw.component || repeated) out += ":" + (flaw.component ? std::to_string(std::min<unsigned>(flaw.component, 999)) : std::string());
  if (repeated) out += ":" + std::to_string(flaw.repetition);
  return out;
}

std::string_view contrl_place(const Flaw& flaw) {
  constexpr std::string_view service[] = {"UNA", "UNB", "UNZ", "UNG", "UNE", "UNH", "UNT"};
  return std::find(std::begin(service), std::end(service), flaw.id) != std::end(service) ? std::string_view(flaw.id) : std::string_view();
}

std::string printable(std::string_view text, std::size_t most) {
  std::string out(utf8_head(text, most));
  for (std::size_t i = 0; i < out.size();) {
    const auto length = utf8_sequence(std::string_view(out).substr(i));
    if (length == 0 || static_cast<unsigned char>(out[i]) < 0x20 || out[i] == 0x7f) out[i] = '.';
    i += std::max<std::size_t>(length, 1);
  }
  return out;
}

Finding to_finding(const Flaw& flaw) {
  Finding finding;
  finding.code = saying(flaw.cause).code;
  finding.severity = flaw.severity;
  finding.path = flaw.path;
  finding.found = flaw.bad;
  finding.expected = flaw.expected;
  finding.message = flaw.message;
  finding.fix = flaw.fix;
  finding.segment = flaw.segment;
  finding.element = flaw.element;
  finding.component = flaw.component;
  finding.repetition = flaw.repetition;
  finding.loop = flaw.loop;
  finding.offset = flaw.offset;
  finding.length = flaw.length;
  return finding;
}

}  // namespace wayleave::edi
