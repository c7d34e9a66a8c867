"""The built-in functions that only look at their arguments: what they give when all arguments are there.

What decides itself about absence (default, require, exists, choose, count, join, sum …) or looks around it (position, code,
round over div) is in reference.py.
"""
import datetime

from grammar import BLANK
from values import (DateTime, Failure, Time, add_workdays, fit, format_date, format_number, offset_in_zone, offset_of_local,
                    parse_number, read_date, round_number)


def one_letter(letter, changed):
    """Letters that become two, or that have no other case, stay."""
    return changed if len(changed) == 1 else letter


def upper(text):
    return "".join(one_letter(c, c.upper()) for c in text)


def lower(text):
    return "".join(one_letter(c, c.lower()) for c in text)


def collapse(text):
    return " ".join(piece for piece in text.translate(str.maketrans("\t\r\n", "   ")).split(" ") if piece)


def substring(text, start, length=None):
    first, end = int(start), None if length is None else int(start) + int(length)
    return "".join(c for at, c in enumerate(text, 1) if at >= first and (end is None or at < end))


def before(text, mark):
    return text.split(mark, 1)[0] if mark and mark in text else None


def after(text, mark):
    return text.split(mark, 1)[1] if mark and mark in text else None


def fits(text, length):
    if len(text) > length:
        raise Failure("R805")
    return text


def chunk(text, length):
    """Pieces of at most `length` characters, broken between words where there is a blank, else within the word."""
    pieces, at = [], 0
    while True:
        while at < len(text) and text[at] in BLANK:
            at += 1
        if at == len(text):
            return pieces
        window = text[at:at + length]
        follows = text[at + length:at + length + 1]
        if follows and follows not in BLANK:
            blanks = [i for i, c in enumerate(window) if c in BLANK]
            window = window[:blanks[-1]] if blanks else window
        pieces.append(window.rstrip(BLANK))
        at += len(window)


def number(text, pattern="0.00"):
    """The pattern shows the sign of the decimals, its last one with digits behind, and the one between thousands."""
    signs = [c for c in pattern if c in ",. '"]
    point = signs[-1] if signs else "."
    if len(signs) == 1 and "#" in pattern:
        point = "."
    between = [c for c in signs if c != point]
    for sign in between:
        text = text.replace(sign, "")
    if point != ".":
        if "." in text:
            raise Failure("R803")
        text = text.replace(point, ".")
    found = parse_number(text)
    if found is None:
        raise Failure("R803")
    return found


def parse_date_function(text, pattern):
    found = read_date(text, pattern)
    if found is None:
        raise Failure("R803")
    return found


def datetime_function(day, time, zone=None):
    return DateTime(day, time, None if zone is None else offset_of_local(zone, day, time))


def move_days(value, count):
    try:
        if isinstance(value, DateTime):
            return DateTime(value.day + datetime.timedelta(days=int(count)), value.time, value.offset)
        return value + datetime.timedelta(days=int(count))
    except OverflowError:
        raise Failure("R806") from None


# What the arguments are taken as: t text, n number, v the value in its own type; * means any number of the last.
PLAIN = {
    "concat": ("t*", lambda *texts: "".join(texts)),
    "substring": ("tnn", substring),
    "before": ("tt", before),
    "after": ("tt", after),
    "upper": ("t", upper),
    "lower": ("t", lower),
    "trim": ("t", lambda text: text.strip(BLANK)),
    "collapse": ("t", collapse),
    "replace": ("ttt", lambda text, what, by: text.replace(what, by)),
    "truncate": ("tn", lambda text, length: text[:int(length)]),
    "fits": ("tn", lambda text, length: fits(text, int(length))),
    "pad-left": ("tnt", lambda text, length, fill: text.rjust(int(length), fill)),
    "pad-right": ("tnt", lambda text, length, fill: text.ljust(int(length), fill)),
    "number": ("tt", number),
    "round": ("nnt", lambda value, scale, mode="half-up": round_number(value, int(scale), mode)),
    "abs": ("n", lambda value: fit(value.copy_abs())),
    "format": ("nt", format_number),
    "date": ("v", lambda moment: moment.day),
    "time": ("v", lambda moment: Time(moment.time.seconds, moment.time.fraction)),
    "datetime": ("vvt", datetime_function),
    "parse-date": ("tt", parse_date_function),
    "format-date": ("vt", format_date),
    "add-days": ("vn", move_days),
    "add-workdays": ("vn", lambda day, count: add_workdays(day, int(count))),
    "days-between": ("vv", lambda start, end: fit_days((end - start).days)),
    "to-zone": ("vt", lambda moment, zone: moment.in_offset(offset_in_zone(zone, moment))),
}


def fit_days(days):
    return parse_number(str(days))
