#include "mapping/wire.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "mapping/characters.hpp"
#include "mapping/numbers.hpp"
#include "schema/schema.hpp"

namespace wayleave::mapping {
namespace {

bool all_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

unsigned number_of(std::string_view digits) {
  unsigned number = 0;
  for (char c : digits) number = number * 10 + static_cast<unsigned>(c - '0');
  return number;
}

std::optional<std::int32_t> read_day(std::string_view digits) {
  if (!all_digits(digits) || (digits.size() != 8 && digits.size() != 6)) return std::nullopt;
  const bool short_year = digits.size() == 6;
  auto year = number_of(digits.substr(0, short_year ? 2 : 4));
  if (short_year) year += year < 50 ? 2000 : 1900;
  digits.remove_prefix(short_year ? 2 : 4);
  return days_from_civil(static_cast<std::int32_t>(year), number_of(digits.substr(0, 2)), number_of(digits.substr(2)));
}

// HHMM, HHMMSS and parts of seconds.
bool read_clock(std::string_view digits, Moment& into) {
  if (!all_digits(digits) || digits.size() < 4 || digits.size() == 5 || digits.size() > 8) return false;
  const auto hour = number_of(digits.substr(0, 2)), minute = number_of(digits.substr(2, 2));
  const auto second = digits.size() >= 6 ? number_of(digits.substr(4, 2)) : 0;
  if (hour > 23 || minute > 59 || second > 59) return false;
  into.seconds = static_cast<std::int32_t>(hour * 3600 + minute * 60 + second);
  if (digits.size() > 6) {
    const auto part = digits.substr(6);
    into.nanos = number_of(part) * (part.size() == 1 ? 100'000'000u : 10'000'000u);
    into.fraction_digits = static_cast<std::uint8_t>(part.size());
  }
  return true;
}

void append_digits(std::string& out, unsigned value, unsigned width) {
  std::array<char, 12> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  const auto size = static_cast<std::size_t>(end - buffer.data());
  if (size < width) out.append(width - size, '0');
  out.append(buffer.data(), size);
}

void append_number(std::string& out, const Decimal& number) {
  std::array<char, number_text_size> buffer;
  out += write_number(buffer, number);
}

// Those that count: no sign, no point, and no zero that only stands before the point.
std::uint32_t digits_in(std::string_view text) {
  const auto digits = static_cast<std::uint32_t>(std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
  if (text.starts_with('-')) text.remove_prefix(1);
  return text.starts_with("0.") ? digits - 1 : digits;
}

std::optional<Decimal> read_real(std::string_view text) {
  const auto mark = text.find('E');
  auto mantissa = Decimal::parse(text.substr(0, mark));
  if (!mantissa || mark == std::string_view::npos) return mantissa;
  auto exponent = text.substr(mark + 1);
  const bool negative = exponent.starts_with('-');
  if (negative) exponent.remove_prefix(1);
  if (!all_digits(exponent) || exponent.size() > 2) return std::nullopt;
  const auto places = number_of(exponent);
  if (places > 37) return std::nullopt;
  if (negative) {
    if (mantissa->scale() + places > Decimal::max_digits) return std::nullopt;
    return Decimal(mantissa->mantissa(), mantissa->scale() + places);
  }
  __int128 power = 1;
  for (unsigned i = 0; i < places; ++i) power *= 10;
  const auto scaled = Decimal::multiply(*mantissa, Decimal(power, 0));
  return scaled ? Decimal::parse(scaled->to_string(false)) : std::nullopt;
}

// ---- 2379

// One of the forms of C507. Letters of the pattern: D day, T clock, Z offset, W week and its day; of a period the first half is read.
struct DateForm {
  std::string_view code;
  std::uint8_t day = 0;                    ///< digits of the day
  std::uint8_t clock = 0;                  ///< digits of the clock behind it
  enum class Then : std::uint8_t { end, zone, offset, period } then = Then::end;
};
constexpr std::array date_forms{
  DateForm{"101", 6, 0, {}},
  DateForm{"102", 8, 0, {}},
  DateForm{"201", 6, 4, {}},
  DateForm{"202", 6, 6, {}},
  DateForm{"203", 8, 4, {}},
  DateForm{"204", 8, 6, {}},
  DateForm{"205", 8, 4, DateForm::Then::offset},
  DateForm{"301", 6, 4, DateForm::Then::zone},
  DateForm{"302", 6, 6, DateForm::Then::zone},
  DateForm{"303", 8, 4, DateForm::Then::zone},
  DateForm{"304", 8, 6, DateForm::Then::zone},
  DateForm{"713", 6, 4, DateForm::Then::period},
  DateForm{"717", 6, 0, DateForm::Then::period},
  DateForm{"718", 8, 0, DateForm::Then::period},
  DateForm{"719", 8, 4, DateForm::Then::period},
};

// YYWWD: the week has the number that ISO 8601 gives it, its day 1 is Monday.
std::optional<Moment> read_week_day(std::string_view text) {
  if (!all_digits(text) || text.size() != 5) return std::nullopt;
  const auto year = number_of(text.substr(0, 2)), week = number_of(text.substr(2, 2)), day = number_of(text.substr(4));
  if (week < 1 || week > 53 || day < 1 || day > 7) return std::nullopt;
  const auto fourth = days_from_civil(static_cast<std::int32_t>(year < 50 ? 2000 + year : 1900 + year), 1, 4);
  if (!fourth) return std::nullopt;
  Moment moment;
  moment.days = *fourth - static_cast<std::int32_t>(weekday(*fourth)) + static_cast<std::int32_t>((week - 1) * 7 + day - 1);
  return moment;
}

bool read_offset(std::string_view text, Moment& into) {
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-') || !all_digits(text.substr(1))) return false;
  const auto minutes = number_of(text.substr(1, 2)) * 60 + number_of(text.substr(3));
  if (minutes > 14 * 60) return false;
  into.has_offset = true;
  into.offset = static_cast<std::int16_t>(text[0] == '-' ? -static_cast<int>(minutes) : static_cast<int>(minutes));
  return true;
}

}  // namespace

const std::string* edi_note(const Notes& notes, std::string_view name) {
  for (const auto& [key, value] : notes) {
    if (key.size() == edi_namespace.size() + name.size() + 2 && key.ends_with(name) && key[0] == '{' &&
        std::string_view(key).substr(1, edi_namespace.size()) == edi_namespace && key[edi_namespace.size() + 1] == '}') {
      return &value;
    }
  }
  return nullptr;
}

const std::string* edi_note(const schema::Model& model, schema::ElementId element, std::string_view name) {
  if (element == schema::none) return nullptr;
  if (const auto* note = edi_note(model.element(element).notes, name)) return note;
  auto type = model.element(element).type;
  for (std::size_t depth = 0; type != schema::none && depth < 64; ++depth) {
    if (const auto* note = edi_note(model.type(type).notes, name)) return note;
    type = model.type(type).base;
  }
  return nullptr;
}

schema::TypeId says_as(const schema::Model& model, schema::TypeId type) {
  for (std::size_t depth = 0; type != schema::none && depth < 64; ++depth) {
    if (edi_note(model.type(type).notes, "as")) return type;
    type = model.type(type).base;
  }
  return schema::none;
}

Wire wire_of(const schema::Model& model, schema::TypeId type) {
  const auto said = says_as(model, type);
  if (said == schema::none) return Wire::none;
  const std::string_view as = *edi_note(model.type(said).notes, "as");
  if (as == "date") return Wire::date;
  if (as == "time") return Wire::time;
  if (as == "integer") return Wire::integer;
  if (as == "decimal") return Wire::real;
  if (as.starts_with("edifact-date")) return Wire::edifact_date;
  if (as.starts_with("decimal(") && as.size() == 10 && as[8] >= '0' && as[8] <= '9') {
    return as[8] == '0' ? Wire::integer : implied(static_cast<unsigned>(as[8] - '0'));
  }
  return Wire::none;
}

std::optional<Decimal> read_wire_number(Wire wire, std::string_view text) {
  text = trimmed(text);
  if (wire == Wire::real) return read_real(text);
  auto number = Decimal::parse(text);
  if (!number || wire < Wire::implied) return number;
  if (number->scale() != 0) return std::nullopt;
  return Decimal(number->mantissa(), implied_decimals(wire));
}

std::optional<Moment> read_wire_moment(Wire wire, std::string_view text) {
  Moment moment;
  text = trimmed(text);
  if (wire == Wire::time) return read_clock(text, moment) ? std::optional(moment) : std::nullopt;
  auto day = read_day(text);
  if (!day) return std::nullopt;
  moment.days = *day;
  return moment;
}

bool append_value(std::string& out, Wire wire, std::string_view text) {
  switch (wire) {
    case Wire::none:
    case Wire::edifact_date: out += text; return true;
    case Wire::date:
    case Wire::time: {
      auto moment = read_wire_moment(wire, text);
      if (!moment) return false;
      if (wire == Wire::date) moment->append_date(out);
      else moment->append_time(out);
      return true;
    }
    default: {
      auto number = read_wire_number(wire, text);
      if (!number) return false;
      // What XML Schema can read stays as it was written.
      if (wire < Wire::implied && text.find('E') == std::string_view::npos) out += trimmed(text);
      else append_number(out, *number);
      return true;
    }
  }
}

EdifactDate edifact_date(const Document& document, Document::Index node) {
  EdifactDate found;
  for (auto child = document.first_child(node); child != Document::none; child = document.next(child)) {
    const auto name = names::local(document.node(child).name);
    if (name == "E2380") found.text = trimmed(document.text(child));
    else if (name == "E2379") found.format = trimmed(document.text(child));
    else if (name == "C507") return edifact_date(document, child);
  }
  return found;
}

std::optional<Moment> read_edifact_date(const EdifactDate& date) {
  if (date.format == "103") return read_week_day(date.text);
  if (date.format == "2") {   // DDMMYY
    if (date.text.size() != 6) return std::nullopt;
    std::string turned{date.text.substr(4)};
    turned.append(date.text.substr(2, 2)).append(date.text.substr(0, 2));
    return read_wire_moment(Wire::date, turned);
  }
  const auto* form = std::find_if(date_forms.begin(), date_forms.end(), [&](const auto& f) { return f.code == date.format; });
  if (form == date_forms.end() || date.text.size() < std::size_t(form->day) + form->clock) return std::nullopt;
  auto moment = read_wire_moment(Wire::date, date.text.substr(0, form->day));
  if (!moment || (form->clock && !read_clock(date.text.substr(form->day, form->clock), *moment))) return std::nullopt;
  auto rest = date.text.substr(form->day + form->clock);
  switch (form->then) {
    case DateForm::Then::end: return rest.empty() ? moment : std::nullopt;
    case DateForm::Then::offset: return read_offset(rest, *moment) ? moment : std::nullopt;
    case DateForm::Then::zone:
      // Names of zones are not unique; only those that can be nothing else are read.
      if (rest != "UTC" && rest != "GMT" && rest != "Z") return std::nullopt;
      moment->has_offset = true;
      return moment;
    case DateForm::Then::period: {
      if (rest.starts_with('-')) rest.remove_prefix(1);
      Moment end;
      const bool whole = rest.size() == std::size_t(form->day) + form->clock && read_wire_moment(Wire::date, rest.substr(0, form->day)) &&
                         (form->clock == 0 || read_clock(rest.substr(form->day), end));
      return whole ? moment : std::nullopt;
    }
  }
  return std::nullopt;
}

WireForm wire_form(const schema::Model& model, schema::ElementId element) {
  WireForm form;
  const auto type = model.element(element).type;
  form.wire = wire_of(model, type);
  auto length = [&](std::string_view name, std::uint32_t otherwise) {
    const auto* note = edi_note(model, element, name);
    return note && all_digits(*note) && note->size() < 9 ? number_of(*note) : otherwise;
  };
  form.max_digits = length("maxLength", schema::unbounded);
  const auto takes = [&](const char* text) {
    const auto& patterns = model.type(type).facets;
    return std::strlen(text) <= std::min(form.max_digits, patterns.max_length.value_or(schema::unbounded)) &&
           schema::diagnose_value(model, type, text).empty();
  };
  if (form.wire == Wire::date) form.short_date = !takes("20010101");
  if (form.wire == Wire::time) {
    form.seconds = takes("000000");
    form.always_seconds = length("minLength", 0) > 4 || !takes("0000");
  }
  return form;
}

bool append_wire(std::string& out, const WireForm& form, const Moment& moment) {
  if (form.wire == Wire::time) {
    const auto seconds = static_cast<unsigned>(moment.seconds);
    append_digits(out, seconds / 3600, 2);
    append_digits(out, seconds / 60 % 60, 2);
    if (form.seconds && (form.always_seconds || seconds % 60 != 0)) append_digits(out, seconds % 60, 2);
    return true;
  }
  const auto civil = civil_from_days(moment.days);
  if (form.short_date ? civil.year < 1950 || civil.year > 2049 : civil.year < 0 || civil.year > 9999) return false;
  append_digits(out, static_cast<unsigned>(form.short_date ? civil.year % 100 : civil.year), form.short_date ? 2 : 4);
  append_digits(out, civil.month, 2);
  append_digits(out, civil.day, 2);
  return true;
}

bool append_wire(std::string& out, const WireForm& form, const Decimal& number) {
  const auto begin = out.size();
  if (form.wire == Wire::real) {
    append_number(out, number);
  } else {
    const auto decimals = form.wire >= Wire::implied ? implied_decimals(form.wire) : 0;
    const auto rounded = number.round(decimals);
    if (!rounded || *rounded != number) return false;
    auto mantissa = rounded->mantissa();
    for (auto scale = rounded->scale(); scale < decimals; ++scale) {
      if (mantissa > (__int128(1) << 120) || mantissa < -(__int128(1) << 120)) return false;
      mantissa *= 10;
    }
    append_number(out, Decimal(mantissa, 0));
  }
  if (digits_in(std::string_view(out).substr(begin)) <= form.max_digits) return true;
  out.resize(begin);
  return false;
}

}  // namespace wayleave::mapping
