#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "formats/edi/values.hpp"

/// The data elements of envelopes that interchanges as XML name by attributes, and what fits into each. Of
/// read_interchange_xml.cpp alone.
namespace wayleave::edi::envelope {

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_alnum(char c) {
  return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// An attribute that becomes a data element of an envelope, and what fits there.
struct Field {
  enum class Form : std::uint8_t { text, code, number, date, time, x12_version, x12_release, syntax_version, release };
  std::string_view attribute, place;
  std::uint8_t least, most;  // characters
  Form form;
  bool made;  // where it is left out, the writer has a value of its own
  std::string_view fix;
};

inline constexpr std::string_view agreed = "write the id that the two sides agreed on";
inline constexpr std::string_view qualifier = "write a qualifier such as 01 or ZZ";
inline constexpr std::string_view shorter = "write it shorter";
inline constexpr std::string_view short_date = "write it as YYMMDD, such as 261120, or leave it out for today's";
inline constexpr std::string_view long_date =
    "write it as CCYYMMDD, such as 20261120, or leave it out for the interchange's";
inline constexpr std::string_view any_date = "write it as YYMMDD, in syntax 4 as CCYYMMDD, or leave it out for today's";
inline constexpr std::string_view clock = "write it as HHMM, such as 0912, or leave it out for the present";
inline constexpr std::string_view counted = "write a number such as 905";
inline constexpr std::string_view set_counted =
    "write one such as 0001, or leave control out of all messages: they are counted then";

inline constexpr Field isa_fields[] = {
    {"authorization-qualifier", "ISA01", 2, 2, Field::Form::code, true, "write 00 for none"},
    {"authorization", "ISA02", 0, 10, Field::Form::text, true, shorter},
    {"security-qualifier", "ISA03", 2, 2, Field::Form::code, true, "write 00 for none"},
    {"security", "ISA04", 0, 10, Field::Form::text, true, shorter},
    {"sender-qualifier", "ISA05", 2, 2, Field::Form::code, true, qualifier},
    {"sender", "ISA06", 1, 15, Field::Form::text, false, agreed},
    {"receiver-qualifier", "ISA07", 2, 2, Field::Form::code, true, qualifier},
    {"receiver", "ISA08", 1, 15, Field::Form::text, false, agreed},
    {"date", "ISA09", 6, 6, Field::Form::date, true, short_date},
    {"time", "ISA10", 4, 4, Field::Form::time, true, clock},
    {"version", "ISA12", 5, 5, Field::Form::x12_version, false, "write such as 00401 or 00501"},
    {"control", "ISA13", 1, 9, Field::Form::number, true, counted}};
inline constexpr Field gs_fields[] = {
    {"code", "GS01", 2, 2, Field::Form::code, false, "write the code of its messages, such as PO for 850"},
    {"sender", "GS02", 1, 15, Field::Form::text, true, agreed},
    {"receiver", "GS03", 1, 15, Field::Form::text, true, agreed},
    {"date", "GS04", 6, 8, Field::Form::date, true, long_date},
    {"time", "GS05", 4, 8, Field::Form::time, true, clock},
    {"control", "GS06", 1, 9, Field::Form::number, true, counted},
    {"agency", "GS07", 1, 2, Field::Form::code, true, "write X, or leave it out"},
    {"version", "GS08", 6, 12, Field::Form::x12_release, false, "write such as 004010"}};
inline constexpr Field st_fields[] = {
    {"set", "ST01", 3, 3, Field::Form::code, false, "write such as 850"},
    {"control", "ST02", 4, 9, Field::Form::text, true, set_counted},
    {"implementation", "ST03", 0, 35, Field::Form::text, true, shorter}};
inline constexpr Field unb_fields[] = {
    {"version", "0002 of UNB", 1, 1, Field::Form::syntax_version, false, "write 3 or 4"},
    {"sender", "0004 of UNB", 1, 35, Field::Form::text, false, agreed},
    {"sender-qualifier", "0007 of UNB", 0, 4, Field::Form::text, true, "write a qualifier such as 14 or ZZZ"},
    {"sender-internal", "0008 of UNB", 0, 14, Field::Form::text, true, shorter},
    {"receiver", "0010 of UNB", 1, 35, Field::Form::text, false, agreed},
    {"receiver-qualifier", "0007 of UNB", 0, 4, Field::Form::text, true, "write a qualifier such as 14 or ZZZ"},
    {"receiver-internal", "0014 of UNB", 0, 14, Field::Form::text, true, shorter},
    {"date", "0017 of UNB", 6, 8, Field::Form::date, true, any_date},
    {"time", "0019 of UNB", 4, 4, Field::Form::time, true, clock},
    {"control", "0020 of UNB", 1, 14, Field::Form::text, true, counted},
    {"application", "0026 of UNB", 0, 14, Field::Form::text, true, shorter},
    {"priority", "0029 of UNB", 0, 1, Field::Form::text, true, shorter},
    {"agreement", "0032 of UNB", 0, 35, Field::Form::text, true, shorter}};
inline constexpr Field ung_fields[] = {
    {"code", "0038 of UNG", 1, 6, Field::Form::text, false, "write the type of its messages, such as ORDERS"},
    {"sender", "0040 of UNG", 1, 35, Field::Form::text, true, agreed},
    {"sender-qualifier", "0007 of UNG", 0, 4, Field::Form::text, true, "write a qualifier such as 14 or ZZZ"},
    {"receiver", "0044 of UNG", 1, 35, Field::Form::text, true, agreed},
    {"receiver-qualifier", "0007 of UNG", 0, 4, Field::Form::text, true, "write a qualifier such as 14 or ZZZ"},
    {"date", "0017 of UNG", 6, 8, Field::Form::date, true, any_date},
    {"time", "0019 of UNG", 4, 4, Field::Form::time, true, clock},
    {"control", "0048 of UNG", 1, 14, Field::Form::text, true, counted},
    {"agency", "0051 of UNG", 1, 3, Field::Form::text, true, "write UN, or leave it out"}};
inline constexpr Field unh_fields[] = {
    {"control", "0062 of UNH", 1, 14, Field::Form::text, true,
     "write one such as 1, or leave control out of all messages: they are counted then"},
    {"set", "0065 of UNH", 1, 6, Field::Form::text, false, "write such as ORDERS"},
    {"version", "0052 and 0054 of UNH", 3, 7, Field::Form::release, false, "write version and release, such as D.96A"},
    {"agency", "0051 of UNH", 1, 3, Field::Form::text, true, "write UN, or leave it out"},
    {"association", "0057 of UNH", 0, 6, Field::Form::text, true, shorter}};

/// What a value of that form looks like, in words; empty: its length says it.
inline std::string_view looks(const Field& field) {
  switch (field.form) {
    case Field::Form::code:
      return "letters and digits";
    case Field::Form::date:
      return field.most == 6 ? "a day of the calendar, as YYMMDD" : "a day of the calendar, as YYMMDD or CCYYMMDD";
    case Field::Form::time:
      return "a time of day, as HHMM";
    case Field::Form::x12_version:
      return "five digits, 00200 to 00801";
    case Field::Form::x12_release:
      return "six digits, and a guide's name behind them if need be";
    case Field::Form::syntax_version:
      return "1, 2, 3 or 4";
    case Field::Form::release:
      return "version and release of at most 3 characters each, with a point between them";
    case Field::Form::number:
    case Field::Form::text:
      break;
  }
  return {};
}

inline bool has_form(Field::Form form, std::string_view value) {
  const auto all = [&](auto test, std::string_view text) { return std::all_of(text.begin(), text.end(), test); };
  switch (form) {
    case Field::Form::code:
      return all(is_alnum, value);
    case Field::Form::number:
      return all(is_digit, value);
    case Field::Form::date:
      return value.size() == 8 ? is_date(value) : measure(Form::date6, value, false, false).misfit == Misfit::none;
    case Field::Form::time:
      return measure(Form::time, value, false, false).misfit == Misfit::none;
    case Field::Form::x12_version:
      return all(is_digit, value) && value >= "00200" && value <= "00801";
    case Field::Form::x12_release:
      return value.size() >= 6 && all(is_digit, value.substr(0, 6));
    case Field::Form::syntax_version:
      return value.size() == 1 && value >= "1" && value <= "4";
    case Field::Form::release: {
      const auto dot = value.find('.');
      return dot != value.npos && dot >= 1 && dot <= 3 && value.size() - dot >= 2 && value.size() - dot <= 4;
    }
    case Field::Form::text:
      break;
  }
  return true;
}

}  // namespace wayleave::edi::envelope
