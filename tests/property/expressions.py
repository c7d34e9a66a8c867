"""Random expressions of a wanted kind over what is at hand at a place of a map."""
from xml.sax.saxutils import escape

from schemas import CODES

NUMBERS = ("integer", "decimal")
TEXTS = ("text", "token", "word", "code")
ROUNDINGS = ["half-up", "half-even", "down", "up", "floor", "ceiling"]
ZONES = ["UTC", "+01:00", "-03:30", "America/Chicago", "Europe/Berlin", "Asia/Kolkata"]
LITERALS = ["", "x", "EA", "a b", "}", "{", "ÄÖ", "😀", "<", "it", "/", "Anna", " "]


class Expression:
    """`optional`: may be absent; `soft`: mandatory, but may be empty, which counts as absent."""

    def __init__(self, text, kind, optional=False, soft=False, many=False, node=None):
        self.text, self.kind, self.optional, self.soft, self.many, self.node = text, kind, optional, soft, many, node


class Place:
    """Where an expression stands: the item's description (None: a text), the items around it outwards, the variables."""

    def __init__(self, source, node, around=(), variables=(), in_loop=False, lists=()):
        self.source, self.node, self.around, self.variables = source, node, list(around), list(variables)
        self.in_loop, self.lists = in_loop, lists

    def inside(self, node, around):
        return Place(self.source, node, around, self.variables, True, self.lists)


def paths_below(node, prefix, optional, many, depth):
    """All that a path from `node` may select."""
    found = [Expression(f"{prefix}@{a['name']}", a["kind"], optional or not a["required"], a["kind"] in ("text", "token"), many)
             for a in node["attributes"]]
    for child in node["children"]:
        path, several = prefix + child["name"], not child["max"]
        absent = optional or not child["min"] or bool(child.get("nillable"))
        soft = child["kind"] in ("text", "token")
        found.append(Expression(path, child["kind"], absent, soft, many or several, child))
        if several and not many:
            # A numbered one may not be there; the first of those that are mandatory may, where none is empty.
            for number in ("1", "2", "last()"):
                found.append(Expression(f"{path}[{number}]", child["kind"], True, soft, False, child))
        if depth and (child["attributes"] or child["children"]):
            found += paths_below(child, path + "/", optional or not child["min"], many or several, depth - 1)
    return found


def paths(place):
    found = [e for e in place.variables if not e.many]
    if place.node is None:
        return found + [Expression(".", "text")]
    if place.node["kind"] != "group":
        found.append(Expression(".", place.node["kind"], False))
    found += paths_below(place.node, "", False, False, 2)
    for up, node in enumerate(place.around, 1):
        found += [e for e in paths_below(node, "../" * up, False, False, 1) if not e.many]
    return found + [e for e in paths_below(place.source, "/In/", False, False, 1) if not e.many]


def many_paths(place):
    found = [e for e in paths(place) if e.many]
    return found + [e for e in paths_below(place.source, "/In/", False, False, 2) if e.many]


class Expressions:
    def __init__(self, r, place):
        self.r, self.place, self.all = r, place, paths(place)

    def literal(self, kind):
        r = self.r
        if kind == "code":
            return f"'{r.choice(CODES)}'"
        if kind in TEXTS:
            return f"'{r.choice(LITERALS)}'"
        number = r.choice(["0", "1", "2", "7", "10", "100"]) if kind == "integer" else r.choice(["0.5", "2.50", "0.005", "1.25", "3.000"])
        return {"integer": number, "decimal": number, "date": f"'{r.choice(['2024-02-29', '2000-01-01', '2023-12-31'])}'",
                "time": "'12:00:00'", "datetime": "'2024-06-30T12:00:00Z'", "boolean": "'true'"}[kind]

    def path(self, *kinds, sure=False):
        """A path to one value, or None when there is none of that kind."""
        found = [e for e in self.all if e.kind in kinds and not e.many and not (sure and (e.optional or e.soft))]
        return self.r.choice(found) if found else None

    def many(self, *kinds):
        found = [e for e in many_paths(self.place) if e.kind in kinds]
        return self.r.choice(found) if found else None

    def make(self, kind, depth=2):
        """An expression of a kind: text, integer, decimal, date, time, datetime, boolean, code."""
        r, one = self.r, None
        if depth and r.random() < 0.1 and kind not in ("boolean", "code"):
            return self.presence(kind, depth)
        if depth and r.random() < 0.65:
            one = getattr(self, kind)(depth - 1)
        one = one or self.path(*(TEXTS if kind == "text" else NUMBERS if kind == "decimal" else (kind,)))
        return one or Expression(self.literal(kind), kind)

    def condition(self, depth=2):
        """The text of one: something true or false, or a path that is asked whether it is there.

        in-list() is only asked here: as a value the product says false of an absent text, which the page says is absent.
        """
        one = self.path("code", "word", "text")
        if self.place.lists and one and self.r.random() < 0.15:
            return f"in-list({one.text}, '{self.r.choice(list(self.place.lists))}')"
        some = self.r.choice([e for e in self.all if not (e.many and e.kind == "boolean")] or [one])   # of many flags, which is not specified
        return some.text if some and self.r.random() < 0.2 else self.make("boolean", depth).text

    def presence(self, kind, depth):
        r, one, other = self.r, self.make(kind, depth - 1), self.make(kind, depth - 1)
        how = r.choice(["default", "default", "choose", "require", "literal"])
        if how == "choose":
            return Expression(f"choose({self.condition(depth - 1)}, {one.text}, {other.text})", kind,
                              one.optional or other.optional, one.soft or other.soft)
        if how == "require" and r.random() < 0.3:
            return Expression(f"require({one.text}, 'REQ-{r.randint(1, 9)}', '{self.words()}')", kind)
        if how == "literal" or kind not in ("text", "decimal"):
            return Expression(f"default({one.text}, {self.literal(kind)})", kind)
        return Expression(f"default({one.text}, {other.text})", kind, other.optional, other.soft)

    def words(self):
        """Inside a quoted text: no quotes of its own, no string but a path between braces."""
        one = self.path(*TEXTS, *NUMBERS)
        return f"it is {{{one.text}}} there" if one and "'" not in one.text else "nothing"

    # ---- by kind

    def text(self, depth):
        r = self.r
        a, b = self.make("text", depth), self.make(r.choice(["text", "decimal", "integer", "date", "datetime"]), depth)
        soft = a.soft
        n, mark = r.randint(1, 8), r.choice(["'a'", "' '", "'-'", "'😀'", "'.'"])

        def over(form, optional=a.optional, soft=True):
            return Expression(form, "text", optional, soft)
        several = self.many(*TEXTS, *NUMBERS, "date")
        number, day, moment = self.make("decimal", depth), self.make("date", depth), self.make("datetime", depth)
        forms = [
            lambda: over(f"concat({a.text}, {b.text})", a.optional or b.optional, soft or b.soft),
            lambda: over(f"concat({b.text}, {mark}, {a.text})", a.optional or b.optional, False),
            lambda: several and over(f"join({several.text}, {self.literal('text')})", True),
            lambda: several and several.kind in TEXTS and over(f"first({several.text})", True),
            lambda: over(f"substring({a.text}, {r.randint(-2, 6)})"),
            lambda: over(f"substring({a.text}, {r.randint(-2, 6)}, {r.randint(-1, 9)})"),
            lambda: over(f"before({a.text}, {mark})", True),
            lambda: over(f"after({a.text}, {mark})", True),
            lambda: over(f"upper({a.text})"), lambda: over(f"lower({a.text})"),
            lambda: over(f"trim({a.text})"), lambda: over(f"collapse({a.text})"),
            lambda: over(f"replace({a.text}, {mark}, {self.literal('text')})"),
            lambda: over(f"truncate({a.text}, {n})"),
            lambda: over(f"{r.choice(['pad-left', 'pad-right'])}({a.text}, {2 * n}, {r.choice([chr(39) + 'x' + chr(39), chr(39) + 'é' + chr(39)])})", soft=False),
            lambda: over(f"fits({a.text}, {r.choice([40, 400])})"),
            lambda: over(f"default(fits({a.text}, {n}), {self.literal('text')})", False),
            lambda: over(f"format({number.text}, '{r.choice(['0', '0.00', '000000', '#,##0.00', '0.0##'])}')", number.optional, False),
            lambda: over(f"format-date({day.text}, '{r.choice(['CCYYMMDD', 'DD.MM.YYYY', 'YY/MM', 'MM-DD'])}')", day.optional, False),
            lambda: over(f"format-date({moment.text}, '{r.choice(['CCYYMMDDhhmm', 'hh:mm:ss', 'DD hhZZ'])}')", moment.optional, False),
            lambda: self.coded(depth), lambda: self.coded(depth),
        ]
        return r.choice(forms)() or None

    def coded(self, depth):
        if not self.place.lists:
            return None
        one, name = self.path("code", "word") or self.make("text", 0), self.r.choice(list(self.place.lists))
        how = self.r.choice(["code", "code-or", "label", "default"])
        if how == "code":
            return Expression(f"code({one.text}, '{name}')", "text", one.optional, True)
        if how == "code-or":
            return Expression(f"code-or({one.text}, '{name}', 'other')", "text", one.optional, True)
        if how == "label":
            return Expression(f"label({one.text}, '{name}')", "text", True)
        return Expression(f"default(code({one.text}, '{name}'), 'none')", "text")

    def code(self, depth):
        one = self.path("code")
        if not one:
            return None
        return self.r.choice([one, Expression(f"choose({self.condition(depth)}, {one.text}, {self.literal('code')})", "code", one.optional),
                              Expression(f"default({one.text}, {self.literal('code')})", "code")])

    def decimal(self, depth):
        r, a, b, text = self.r, self.make("decimal", depth), self.make(self.r.choice(NUMBERS), depth), self.make("text", 0)
        several, either = self.many(*NUMBERS), a.optional or b.optional
        small = r.choice(["7", "3", "-8", "0.03", b.text])

        def give(form, optional=either):
            return Expression(form, "decimal", optional)
        return r.choice([
            lambda: give(f"({a.text} {r.choice('+-')} {b.text})"), lambda: give(f"({a.text} * {r.choice(['0.05', '10', '-2.5'])})", a.optional),
            lambda: give(f"({a.text} * {b.text})"), lambda: give(f"({a.text} mod {r.choice(['7', '0.3', '-2.50'])})", a.optional),
            lambda: give(f"-{a.text}", a.optional), lambda: give(f"abs({a.text})", a.optional),
            lambda: give(f"round({a.text}, {r.randint(0, 4)})", a.optional),
            lambda: give(f"round({a.text}, {r.randint(0, 3)}, '{r.choice(ROUNDINGS)}')", a.optional),
            lambda: give(f"round({a.text} div {small}, {r.randint(0, 5)})"),
            lambda: give(f"round({a.text} div {small}, {r.randint(0, 5)}, '{r.choice(ROUNDINGS)}')"),
            lambda: several and give(f"{r.choice(['sum', 'min', 'max'])}({several.text})", True),
            lambda: several and give(f"sum({several.text})", False),
            lambda: give(f"default(number({text.text}), {r.choice(['0', '1.5'])})", False),
            lambda: give(f"default(number({text.text}, '0.000,00'), 0)", False),
        ])() or None

    def integer(self, depth):
        r, a = self.r, self.make("integer", 0)
        several, day, other = self.many("word", "text", *NUMBERS, "group"), self.make("date", 0), self.make("date", 0)
        forms = [lambda: several and Expression(f"count({several.text})", "integer"),
                 lambda: Expression(f"days-between({day.text}, {other.text})", "integer", day.optional or other.optional),
                 lambda: Expression(f"({a.text} {r.choice('+-*')} {r.randint(0, 20)})", "integer", a.optional)]
        if self.place.in_loop:
            forms += [lambda: Expression("position()", "integer"), lambda: Expression("last()", "integer")]
        return r.choice(forms)() or None

    def date(self, depth):
        r, day, moment = self.r, self.make("date", depth), self.make("datetime", depth)
        return r.choice([
            lambda: Expression(f"add-days({day.text}, {r.choice(['1', '-1', '28', '-366', '30'])})", "date", day.optional),
            lambda: Expression(f"add-workdays({day.text}, {r.choice(['0', '1', '-1', '10', '-7'])})", "date", day.optional),
            lambda: Expression(f"date({moment.text})", "date", moment.optional),
            lambda: Expression(f"default(parse-date({self.make('text', 0).text}, 'CCYYMMDD'), '2024-02-29')", "date"),
        ])()

    def datetime(self, depth):
        r, day, moment, time = self.r, self.make("date", 0), self.make("datetime", depth), self.make("time", 0)
        return r.choice([
            lambda: Expression(f"to-zone({moment.text}, '{r.choice(ZONES)}')", "datetime", moment.optional),
            lambda: Expression(f"add-days({moment.text}, {r.choice(['1', '-31'])})", "datetime", moment.optional),
            lambda: Expression(f"datetime({day.text}, {time.text}, '{r.choice(ZONES)}')", "datetime", day.optional or time.optional),
        ])()

    def time(self, depth):
        moment = self.make("datetime", 0)
        return Expression(f"time({moment.text})", "time", moment.optional)

    def boolean(self, depth):
        r = self.r
        kind = r.choice(["text", "decimal", "integer", "date", "datetime", "code"])
        if kind == "code":
            one, other = self.path("code"), self.literal("code")
        else:
            one, other = self.make(kind, min(depth, 1)), r.choice([self.literal(kind), self.make(kind, 0).text])
            if kind == "text":
                one = self.make("text", 1) if one.text.startswith("'") else one
                other = r.choice([self.literal("text"), (self.path("text", "token") or one).text]) if not self.narrow(one) else self.literal("code")
        if not one or one.text.startswith("'"):
            return None
        operators = ["=", "!="] if kind == "code" else ["=", "!=", "<", "<=", ">", ">="]
        compared = f"{one.text} {r.choice(operators)} {other}"
        some, flag = r.choice(self.all), self.path("boolean")
        forms = [compared, compared, compared, f"exists({some.text})"]
        forms += [f"{flag.text} = 'true'", flag.text] if flag else []
        if depth:
            forms += [f"({compared} and {self.condition(depth - 1)})", f"({self.condition(depth - 1)} or {compared})"]
        return Expression(r.choice(forms), "boolean")

    @staticmethod
    def narrow(one):
        return one.kind in ("code", "word")


def attribute_value(text):
    return '"' + escape(text, {'"': "&quot;"}) + '"'
