"""Expressions of maps, evaluated by the semantics of the language's specification and nothing else.

The numbers in the comments are those of the semantics, "what absent means". A function of its own ways is a method named
after it: default() is `call_default`; key() would be `call_key`.
"""
from decimal import Decimal

import values
from functions import PLAIN, chunk, collapse
from values import Failure

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
PARSERS = {"integer": values.parse_number, "decimal": values.parse_number, "date": values.parse_date,
           "time": values.parse_time, "datetime": values.parse_datetime, "boolean": lambda text: text in ("true", "1")}


def local(tag):
    return tag.rpartition("}")[2]


class Rules:
    """The rules that a control may bend, to see whether anybody notices."""

    empty_is_absent = True            # 1
    absent_compares_false = True      # 3
    omission_cascades = True          # 5
    rounding = "half-up"              # 9
    sort_is_stable = True


class Item:
    """An element or attribute of the document, or a piece of a text."""

    def __init__(self, kind, text, element=None, description=None, parent=None):
        self.kind, self.raw, self.element, self.description, self.parent = kind, text, element, description, parent

    @property
    def text(self):
        return self.raw if self.kind == "text" else collapse(self.raw)

    def value(self):
        return PARSERS[self.kind](self.text) if self.kind in PARSERS else self.text


class Environment:
    """What an expression stands in: the item, its place in its loop, the variables."""

    def __init__(self, item, position=None, last=None, variables=None):
        self.item, self.position, self.last, self.variables = item, position, last, dict(variables or {})

    def at(self, item, position, last):
        return Environment(item, position, last, self.variables)


class Evaluator:
    """Over one document: `document` is the item of its root. Refusals go into `findings`."""

    def __init__(self, lists, rules):
        self.lists, self.rules = lists, rules
        self.findings, self.disputed, self.document = [], False, None

    # ---- items

    def is_nil(self, item):
        return item.element is not None and item.element.get(NIL) in ("true", "1")

    def is_absent(self, item):
        """1: an element or attribute whose normalised text is empty, and a nil element; structures have no text of their own."""
        if item.element is not None and item.description is not None and self.is_nil(item):
            return True
        return item.kind != "group" and self.rules.empty_is_absent and collapse(item.raw) == ""

    def children(self, item, name):
        found = next(d for d in item.description["children"] if d["name"] == name)
        return [Item(found["kind"], e.text or "", e, found, item) for e in item.element if local(e.tag) == name]

    def attribute(self, item, name):
        found = next(d for d in item.description["attributes"] if d["name"] == name)
        return [Item(found["kind"], item.element.get(name), parent=item)] if item.element.get(name) is not None else []

    def step(self, item, step, environment):
        name, is_attribute, predicates = step
        if name == ".":
            return [item]
        if is_attribute:
            return self.attribute(item, name)
        found = self.children(item, name)
        for predicate in predicates:
            if predicate[0] == "equals":
                found = [i for i in found if all(self.matches(i, condition, environment) for condition in predicate[1])]
                continue
            found = [i for i in found if not self.is_absent(i)]   # what is absent has no number
            at = len(found) if predicate[0] == "last" else predicate[1]
            found = found[at - 1:at] if at else []
        return found

    def matches(self, item, condition, environment):
        steps, constant = condition
        wanted = self.value(constant, environment)
        if wanted is None:
            return False   # 3
        return any(self.compare("=", found, wanted) for found in self.walk([item], steps, environment))

    def walk(self, found, steps, environment):
        for step in steps:
            found = [below for item in found for below in self.step(item, step, environment)]
        return [item for item in found if not self.is_absent(item)]

    def path(self, expression, environment, quiet):
        _, head, steps = expression
        if head == ("item",):
            start = [environment.item]
        elif head == ("root",):
            return self.walk([self.document], steps[1:], environment)   # the first step is the root element itself
        elif head[0] == "up":
            start = environment.item
            for _ in range(head[1]):
                start = start.parent
            start = [start]
        else:
            start = self.items(head, environment, quiet)
        return self.walk(start, steps, environment)

    def items(self, expression, environment, quiet=False):
        """All that an expression gives, one after the other: for m:each and the functions over many."""
        if expression[0] == "path":
            return self.path(expression, environment, quiet)
        if expression[0] == "variable":
            found = self.variable(expression[1], environment)
            return found if isinstance(found, list) else [] if found is None else [found]
        if expression[:2] == ("call", "chunk"):
            text = self.value(expression[2][0], environment, quiet)
            return [] if text is None else [Item("text", p) for p in chunk(self.text(text), int(expression[2][1][1]))]
        found = self.value(expression, environment, quiet)
        return [] if found is None else [found]

    # ---- expressions

    def value(self, expression, environment, quiet=False):
        """One value, or None for absent. `quiet`: something around it says what happens where it fails."""
        kind = expression[0]
        if kind in ("number", "string"):
            return expression[1]
        if kind == "variable":
            found = self.variable(expression[1], environment)
            return (found[0] if found else None) if isinstance(found, list) else found
        if kind == "path":
            found = self.path(expression, environment, quiet)
            return found[0] if found else None
        if kind == "negate":
            found = self.value(expression[1], environment, quiet)
            return None if found is None else values.fit(self.plain(found).copy_negate())
        if kind == "call":
            own = getattr(self, "call_" + expression[1].replace("-", "_"), None)
            try:
                return own(expression, environment, quiet) if own else self.plain_call(expression, environment, quiet)
            except Failure as failure:
                if quiet and failure.code.startswith("R8") and failure.message is None:
                    return None
                raise
        return self.operation(expression, environment, quiet)

    def variable(self, name, environment):
        found = environment.variables[name]
        return found.get() if hasattr(found, "get") else found

    def plain(self, value):
        return value.value() if isinstance(value, Item) else value

    def text(self, value):
        """8: numbers and dates become texts; what comes from the document keeps its own form."""
        if isinstance(value, Item):
            return value.text
        if isinstance(value, bool):
            return "true" if value else "false"
        return values.write_number(value) if isinstance(value, Decimal) else str(value)

    def is_there(self, value):
        """What is asked for by default, require, exists and conditions: a blank text is nothing."""
        if value is None or (isinstance(value, str) and self.rules.empty_is_absent and collapse(value) == ""):
            return False
        return True

    def all_values(self, expressions, environment, quiet):
        """2: every argument is asked, for only choose, default, and, or are lazy (7); None when one is absent."""
        found, absent = [], False
        for expression in expressions:
            try:
                value = self.value(expression, environment, quiet)
            except Failure:
                if absent:
                    self.disputed = True
                    return None
                raise
            absent = absent or value is None
            found.append(value)
        return None if absent else found

    def operation(self, expression, environment, quiet):
        _, operator, left, right = expression
        if operator in ("and", "or"):
            first = self.condition(left, environment)
            if first == (operator == "or"):
                return first   # 7
            return self.condition(right, environment)
        comparison = operator in ("=", "!=", "<", "<=", ">", ">=")
        sides = self.all_values((left, right), environment, quiet and not comparison)
        if comparison:
            if sides is None:
                return False if self.rules.absent_compares_false else operator == "!="   # 3
            return self.compare(operator, *sides)
        if sides is None:
            return None
        try:
            return values.calculate(operator, *map(self.plain, sides))
        except Failure:
            if quiet:
                return None
            raise

    def compare(self, operator, left, right):
        left, right = self.comparable(left, right), self.comparable(right, left)
        return {"=": left == right, "!=": left != right, "<": left < right, "<=": left <= right, ">": left > right,
                ">=": left >= right}[operator]

    def comparable(self, value, other):
        """A constant in quotes beside a date or a boolean is read as one."""
        value, other = self.plain(value), self.plain(other)
        if isinstance(value, str) and not isinstance(other, str):
            parse = {bool: PARSERS["boolean"], values.Time: values.parse_time, values.DateTime: values.parse_datetime}
            value = parse.get(type(other), values.parse_date)(value)
        return value.key() if hasattr(value, "key") else value

    def condition(self, expression, environment):
        """A path is asked whether it is there, one to a boolean for its value; what fails is false and told."""
        try:
            value = self.value(expression, environment, quiet=True)
        except Failure as failure:
            self.tell(failure)
            return False
        value = value if isinstance(value, Item) and value.kind == "group" else self.plain(value)
        return value if isinstance(value, bool) else self.is_there(value)

    def tell(self, failure):
        if failure.code:   # a variable that failed has been told
            self.findings.append(("error", failure.code, failure.message))

    # ---- functions of their own ways

    def plain_call(self, expression, environment, quiet):
        _, name, arguments, _ = expression
        found = self.all_values(arguments, environment, quiet)
        if found is None:
            return None
        kinds, function = PLAIN[name]
        kinds = kinds[0] * len(found) if kinds.endswith("*") else kinds
        if name == "round" and len(found) == 2:
            found.append(self.rules.rounding)
        take = {"t": self.text, "n": self.plain, "v": self.moment}
        return function(*(take[kind](value) for kind, value in zip(kinds, found)))

    def moment(self, value):
        """A constant in quotes where a date or time is wanted is read as one."""
        value = self.plain(value)
        if isinstance(value, str):
            return values.parse_date(value) or values.parse_time(value) or values.parse_datetime(value)
        return value

    def call_round(self, expression, environment, quiet):
        """A quotient has no end of digits: it is rounded as it is made."""
        quotient, scale, *mode = expression[2]
        if quotient[:2] != ("binary", "div"):
            return self.plain_call(expression, environment, quiet)
        sides = self.all_values(quotient[2:], environment, quiet)
        mode = mode[0][1] if mode else self.rules.rounding
        return None if sides is None else values.divide(*map(self.plain, sides), int(scale[1]), mode)

    def call_default(self, expression, environment, quiet):
        *first, final = expression[2]
        for argument in first:
            found = self.value(argument, environment, quiet=True)
            if self.is_there(found):
                return found
        return self.value(final, environment, quiet)

    def call_require(self, expression, environment, quiet):
        found = self.value(expression[2][0], environment, quiet=True)
        if self.is_there(found):
            return found
        raise Failure(expression[2][1][1], self.message(expression[3], environment))

    def call_exists(self, expression, environment, quiet):
        return any(self.is_there(item) for item in self.items(expression[2][0], environment, quiet=True))

    def call_choose(self, expression, environment, quiet):
        condition, then, otherwise = expression[2]
        return self.value(then if self.condition(condition, environment) else otherwise, environment, quiet)

    def many(self, expression, environment, quiet):
        return [self.plain(item) for item in self.items(expression[2][0], environment, quiet)]

    def call_first(self, expression, environment, quiet):
        found = self.items(expression[2][0], environment, quiet)
        return found[0] if found else None

    def call_count(self, expression, environment, quiet):
        return Decimal(len(self.items(expression[2][0], environment, quiet)))

    def call_join(self, expression, environment, quiet):
        """Over nothing it is absent, as default() is when all its arguments are: 2 exempts it only from single absences."""
        found = self.items(expression[2][0], environment, quiet)
        between = self.text(self.value(expression[2][1], environment, quiet)) if len(expression[2]) > 1 else ""
        return between.join(self.text(item) for item in found) if found else None

    def call_sum(self, expression, environment, quiet):
        total = Decimal(0)
        for found in self.many(expression, environment, quiet):
            total = values.calculate("+", total, found)
        return total

    def extreme(self, expression, environment, quiet, operator):
        best = None
        for found in self.many(expression, environment, quiet):
            best = found if best is None or self.compare(operator, found, best) else best
        return best

    def call_min(self, expression, environment, quiet):
        return self.extreme(expression, environment, quiet, "<")

    def call_max(self, expression, environment, quiet):
        return self.extreme(expression, environment, quiet, ">")

    def call_position(self, expression, environment, quiet):
        return Decimal(environment.position)

    def call_last(self, expression, environment, quiet):
        return Decimal(environment.last)

    def row(self, expression, environment, quiet):
        found = self.value(expression[2][0], environment, quiet)
        if found is None:
            return None, None, None
        code_list = self.lists[expression[2][1][1]]
        return self.text(found), code_list, code_list["rows"].get(self.text(found))

    def call_code(self, expression, environment, quiet):
        text, code_list, row = self.row(expression, environment, quiet)
        if text is None or row:
            return row and row["to"]
        if code_list["unknown"] == "reject":
            raise Failure("R804")
        return text if code_list["unknown"] == "pass" else code_list["unknown"].partition(":")[2]

    def call_code_or(self, expression, environment, quiet):
        found = self.all_values((expression[2][0], expression[2][2]), environment, quiet)
        row = self.row(expression, environment, quiet)[2] if found else None
        return None if found is None else row["to"] if row else self.text(found[1])

    def call_label(self, expression, environment, quiet):
        row = self.row(expression, environment, quiet)[2]
        return row and row["label"]

    def call_in_list(self, expression, environment, quiet):
        text, _, row = self.row(expression, environment, quiet)
        return None if text is None else row is not None
