"""Values of the mapping language: exact decimals of at most 38 digits, dates, times, and what is written of them.

Numbers are decimal.Decimal, whose exponent remembers the digits after the point as the language does: 1.50 * 2 is 3.00.
"""
import datetime
import decimal
import re
import zoneinfo
from decimal import Decimal
from fractions import Fraction

WIDE = decimal.Context(prec=400, traps=[decimal.InvalidOperation, decimal.DivisionByZero])
DIGITS = 38
MODES = {"half-up": decimal.ROUND_HALF_UP, "half-even": decimal.ROUND_HALF_EVEN, "down": decimal.ROUND_DOWN,
         "up": decimal.ROUND_UP, "floor": decimal.ROUND_FLOOR, "ceiling": decimal.ROUND_CEILING}


class Failure(Exception):
    """A refusal of the document; `message` where the map words it."""

    def __init__(self, code, message=None):
        super().__init__(code)
        self.code, self.message = code, message


# ---- numbers

def parse_number(text):
    """Lexical xs:decimal, or None; also when it has too many digits."""
    text = text.strip(" \t\r\n")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text):
        return None
    try:
        return fit(Decimal(text))
    except Failure:
        return None


def fit(number):
    """Into 38 digits, giving up zeros after the point where only that makes it fit; never a digit that counts."""
    sign, digits, exponent = number.as_tuple()
    if exponent > 0:
        digits, exponent = digits + (0,) * exponent, 0
    digits = list(digits)
    while exponent < 0 and digits[-1] == 0 and (len(digits) > DIGITS or -exponent > DIGITS):
        digits.pop()
        digits = digits or [0]
        exponent += 1
    if len(digits) > DIGITS or -exponent > DIGITS:
        raise Failure("R806")
    if not any(digits):
        sign = 0
    return Decimal((sign, digits, exponent))


def write_number(number):
    return format(fit(number), "f")


def scale_of(number):
    return max(0, -number.as_tuple().exponent)


def calculate(operator, left, right):
    if operator == "+":
        return fit(WIDE.add(left, right))
    if operator == "-":
        return fit(WIDE.subtract(left, right))
    if operator == "*":
        return fit(WIDE.multiply(left, right))
    if right == 0:
        raise Failure("R806")
    # By hand, with the sign of the dividend: exact at any distance of the two scales.
    scale = max(scale_of(left), scale_of(right))
    a, b = (int(WIDE.scaleb(side.copy_abs(), scale)) for side in (left, right))
    return fit(WIDE.scaleb(Decimal(a % b if left >= 0 else -(a % b)), -scale))


def round_fraction(value, scale, mode):
    """A fraction at exactly `scale` digits after the point."""
    scaled = abs(value) * 10 ** scale
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    half = 2 * rest - scaled.denominator
    away = {"half-up": half >= 0, "half-even": half > 0 or (half == 0 and whole % 2 == 1), "down": False, "up": rest > 0,
            "floor": rest > 0 and value < 0, "ceiling": rest > 0 and value > 0}[mode]
    whole += 1 if away else 0
    return fit(WIDE.scaleb(Decimal(-whole if value < 0 else whole), -scale))


def divide(left, right, scale, mode):
    if right == 0:
        raise Failure("R806")
    return round_fraction(Fraction(left) / Fraction(right), scale, mode)


def round_number(number, scale, mode="half-up"):
    """To at most `scale` digits: one with fewer stays as it is."""
    return number if scale_of(number) <= scale else round_fraction(Fraction(number), scale, mode)


def format_number(number, pattern):
    """0 a digit, # one that may be missing, a comma for groups of three."""
    whole_pattern, _, fraction_pattern = pattern.partition(".")
    number = round_fraction(Fraction(number), len(fraction_pattern), "half-up")
    whole, _, fraction = format(number.copy_abs(), "f").partition(".")
    fraction = fraction.ljust(len(fraction_pattern), "0")
    whole = whole.lstrip("0").rjust(whole_pattern.count("0"), "0")
    while len(fraction) > fraction_pattern.count("0") and fraction.endswith("0"):
        fraction = fraction[:-1]
    if "," in whole_pattern:
        groups = []
        while whole:
            groups.insert(0, whole[-3:])
            whole = whole[:-3]
        whole = ",".join(groups)
    return ("-" if number < 0 else "") + whole + ("." + fraction if fraction else "")


# ---- dates and times; a fraction of a second is kept as it was written

class Time:
    def __init__(self, seconds, fraction=""):
        self.seconds, self.fraction = seconds % 86400, fraction

    def key(self):
        return self.seconds, Fraction("0" + self.fraction if self.fraction else "0")

    def __str__(self):
        return f"{self.seconds // 3600:02}:{self.seconds // 60 % 60:02}:{self.seconds % 60:02}{self.fraction}"


class DateTime:
    """A local day and time, and its distance from UTC in minutes."""

    def __init__(self, day, time, offset):
        self.day, self.time, self.offset = day, time, offset

    def key(self):
        seconds, fraction = self.time.key()
        return self.day.toordinal() * 86400 + seconds - 60 * (self.offset or 0), fraction

    def in_offset(self, offset):
        seconds = self.key()[0] + 60 * offset
        return DateTime(datetime.date.fromordinal(seconds // 86400), Time(seconds % 86400, self.time.fraction), offset)

    def __str__(self):
        return f"{self.day.isoformat()}T{self.time}{write_offset(self.offset)}"


def write_offset(minutes):
    if not minutes:
        return "" if minutes is None else "Z"
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def read_offset(text):
    if text in ("", "Z"):
        return 0 if text else None
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return -minutes if text[0] == "-" else minutes


def parse_date(text):
    try:
        return datetime.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def parse_time(text):
    found = re.fullmatch(r"(\d\d):(\d\d):(\d\d)(\.\d+)?", text)
    return Time(int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]), found[4] or "") if found else None


def parse_datetime(text):
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?", text)
    day = parse_date(found[1]) if found else None
    if day is None:
        return None
    midnight = found[2].startswith("24:")   # the end of its day is the beginning of the next
    return DateTime(day + datetime.timedelta(days=1 if midnight else 0), parse_time(found[2]), read_offset(found[3] or ""))


def offset_in_zone(zone, moment):
    if re.fullmatch(r"[+-]\d\d:\d\d", zone):
        return read_offset(zone)
    utc = moment.in_offset(0)
    at = datetime.datetime.combine(utc.day, datetime.time(), datetime.timezone.utc) + datetime.timedelta(seconds=utc.time.seconds)
    return int(at.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset().total_seconds() / 60)


def offset_of_local(zone, day, time):
    """A local time that is there twice is the earlier; in a gap the offset is that of before."""
    if re.fullmatch(r"[+-]\d\d:\d\d", zone):
        return read_offset(zone)
    local = datetime.datetime.combine(day, datetime.time(), zoneinfo.ZoneInfo(zone)) + datetime.timedelta(seconds=time.seconds)
    return int(local.utcoffset().total_seconds() / 60)


PATTERN = re.compile(r"CCYY|YYYY|YY|MM|DD|hh|mm|ss|ZZ|.", re.S)


def format_date(value, pattern):
    day = value if isinstance(value, datetime.date) else getattr(value, "day", None)
    time = value if isinstance(value, Time) else getattr(value, "time", None)
    parts = {"CCYY": "{0.year:04}", "YYYY": "{0.year:04}", "MM": "{0.month:02}", "DD": "{0.day:02}"}
    written = ""
    for piece in PATTERN.findall(pattern):
        if piece in parts:
            written += parts[piece].format(day)
        elif piece == "YY":
            written += f"{day.year % 100:02}"
        elif piece in ("hh", "mm", "ss"):
            written += str(time).split(".")[0].split(":")[("hh", "mm", "ss").index(piece)]
        elif piece == "ZZ":
            written += write_offset(value.offset)
        else:
            written += piece
    return written


def read_date(text, pattern):
    """By a pattern; a day, or a day with time; None when the text is not of that form."""
    names = {"CCYY": "year", "YYYY": "year", "MM": "month", "DD": "day", "hh": "hour", "mm": "minute", "ss": "second"}
    pieces = PATTERN.findall(pattern)
    form = "".join(rf"(?P<{names[p]}>[0-9]{{{len(p)}}})" if p in names else re.escape(p) for p in pieces)
    found = re.fullmatch(form, text)
    if not found:
        return None
    part = {name: int(value) for name, value in found.groupdict().items()}
    try:
        day = datetime.date(part["year"], part["month"], part["day"])
        clock = datetime.time(part.get("hour", 0), part.get("minute", 0), part.get("second", 0))
    except ValueError:
        return None
    if "hour" not in part:
        return day
    return DateTime(day, Time(clock.hour * 3600 + clock.minute * 60 + clock.second), None)


def add_workdays(day, count):
    step = 1 if count > 0 else -1
    while count != 0:
        day += datetime.timedelta(days=step)
        if day.weekday() < 5:
            count -= step
    return day
