"""Expressions and texts of the mapping language as plain tuples.

    ("number", Decimal) ("string", text) ("variable", name) ("negate", x) ("binary", op, left, right)
    ("call", name, [argument…], message or None)          message: the third argument of require(), as a text
    ("path", head, steps)                                 head: ("item",) ("up", n) ("root",) or an expression
    step       (name, is_attribute, [predicate…]); name "." is the item itself
    predicate  ("index", n) ("last",) ("equals", [(steps, constant)…])
    text       [part…]: a str, or an expression

Every call parses, whatever its name; what a name means is in functions.py.
"""
import re
from decimal import Decimal

TOKEN = re.compile(r"""\s*(?:(?P<name>[^\W\d][\w.\-]*)|(?P<number>\d+\.?\d*|\.\d+)|(?P<string>'[^']*'|"[^"]*")"""
                   r"""|(?P<symbol>!=|<=|>=|\.\.|[./@()\[\],=<>+\-*$]))""")
LEVELS = [["or"], ["and"], ["=", "!="], ["<", "<=", ">", ">="], ["+", "-"], ["*", "div", "mod"]]
BLANK = " \t\r\n"


class Parser:
    def __init__(self, text):
        self.tokens, at = [], 0
        text = text.rstrip(BLANK)
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise ValueError(f"no token at {at} of {text!r}")
            self.tokens.append((found.lastgroup, found.group(found.lastgroup)))
            at = found.end()
        self.next = 0

    def peek(self, ahead=0):
        at = self.next + ahead
        return self.tokens[at] if at < len(self.tokens) else ("end", "")

    def is_symbol(self, symbol):
        return self.peek() == ("symbol", symbol)

    def take(self, symbol):
        if self.is_symbol(symbol):
            self.next += 1
            return True
        return False

    def need(self, symbol):
        if not self.take(symbol):
            raise ValueError(f"{symbol} is missing before {self.tokens[self.next:]}")

    def word(self):
        kind, text = self.peek()
        if kind != "name":
            raise ValueError(f"a name is missing before {self.tokens[self.next:]}")
        self.next += 1
        return text

    def whole(self):
        expression = self.binary(0)
        if self.peek()[0] != "end":
            raise ValueError(f"not understood: {self.tokens[self.next:]}")
        return expression

    def binary(self, level):
        if level == len(LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while self.peek()[0] in ("symbol", "name") and self.peek()[1] in LEVELS[level]:
            operator = self.peek()[1]
            self.next += 1
            left = ("binary", operator, left, self.binary(level + 1))
        return left

    def unary(self):
        return ("negate", self.unary()) if self.take("-") else self.primary()

    def primary(self):
        kind, text = self.peek()
        if kind == "number":
            self.next += 1
            return ("number", Decimal(text))
        if kind == "string":
            self.next += 1
            return ("string", text[1:-1])
        if self.take("("):
            inside = self.binary(0)
            self.need(")")
            return inside
        return self.path()

    def path(self):
        head = ("item",)
        if self.take("$"):
            head = ("variable", self.word())
        elif self.peek()[0] == "name" and self.peek(1) == ("symbol", "("):
            head = self.call()
        elif self.take("/"):
            return ("path", ("root",), self.steps())
        elif self.is_symbol(".."):
            up = 0
            while self.take(".."):
                up += 1
                if not self.take("/"):
                    return ("path", ("up", up), [])
            return ("path", ("up", up), self.steps())
        if head == ("item",):
            return ("path", head, self.steps())
        return ("path", head, self.steps()) if self.take("/") else head

    def call(self):
        name, arguments, message = self.word(), [], None
        self.need("(")
        while not self.is_symbol(")"):
            if name == "require" and len(arguments) == 2 and self.peek()[0] == "string":
                message = parse_text(self.peek()[1][1:-1], trim=False)
            arguments.append(self.binary(0))
            if not self.take(","):
                break
        self.need(")")
        return ("call", name, arguments, message)

    def steps(self):
        found = [self.step()]
        while self.take("/"):
            found.append(self.step())
        return found

    def step(self):
        if self.take("."):
            return (".", False, [])
        attribute = self.take("@")
        name, predicates = self.word(), []
        while self.take("["):
            predicates.append(self.predicate())
            self.need("]")
        return (name, attribute, predicates)

    def predicate(self):
        kind, text = self.peek()
        if kind == "number":
            self.next += 1
            return ("index", int(text))
        if text == "last" and self.peek(1) == ("symbol", "("):
            self.next += 1
            self.need("(")
            self.need(")")
            return ("last",)
        conditions = []
        while True:
            steps = self.steps()
            self.need("=")
            conditions.append((steps, self.primary()))
            if self.peek() != ("name", "and"):
                return ("equals", conditions)
            self.next += 1


def parse_expression(text):
    return Parser(text).whole()


def closing_brace(text, at):
    """Braces inside a quoted string belong to the string."""
    quote = None
    while at < len(text):
        if quote:
            quote = None if text[at] == quote else quote
        elif text[at] in "'\"":
            quote = text[at]
        elif text[at] == "}":
            return at
        at += 1
    raise ValueError(f"a brace of {text!r} is not closed")


def parse_text(text, trim):
    """A text with {expressions}. `trim`: the text of an element, whose line ends and margins are the map's own layout."""
    text = text.strip(BLANK) if trim else text
    parts, literal, at = [], "", 0

    def flush():
        nonlocal literal
        if literal:
            parts.append(re.sub(r"[ \t\r]*\n[ \t\r\n]*", " ", literal) if trim else literal)
        literal = ""

    while at < len(text):
        if text[at:at + 2] in ("{{", "}}"):
            literal += text[at]
            at += 2
        elif text[at] == "{":
            flush()
            end = closing_brace(text, at + 1)
            parts.append(parse_expression(text[at + 1:end]))
            at = end + 1
        else:
            literal += text[at]
            at += 1
    flush()
    return parts
