"""A random case: a source schema, a map, the target schema that the map's shape asks for, code lists, documents.

The target grows with the template, each element of the type of what is written into it, so that nearly every map is clean.
"""
import random
from xml.sax.saxutils import escape, quoteattr

from expressions import NUMBERS, TEXTS, Expression, Expressions, Place, attribute_value
from schemas import CODES, Namer, attribute, element, make_document, make_source, write_schema

# Kinds that predicates compare. Booleans and times of a zone belong here too, and wait until the product compares them by
# value: it takes 1 for another boolean than true.
PREDICATES = ("code", "text", "integer", "decimal", "date")


class Case:
    """Texts of all files, and what the reference needs to know beside them."""

    def __init__(self, seed, documents=3):
        r = random.Random(seed)
        source = make_source(r)
        writer = MapWriter(r, source)
        self.map, target = writer.map(), writer.target
        self.files = {"in.xsd": write_schema(source, "urn:test:in:1"), "out.xsd": write_schema(target, "urn:test:out:1"),
                      "m.map.xml": self.map, **writer.list_files}
        self.description, self.lists = {"source": source, "target": target}, writer.lists
        self.documents = [make_document(r, source, fullness) for fullness in (0.6, 1, 0, 0.9)[:documents]]


def make_list(r):
    """The file of a code list, and what it says today."""
    codes = r.sample(CODES + ["x", "Anna", "a b", "😀"], r.randint(2, 7))
    unknown = r.choice(["reject", "pass", "pass", "default:none"])
    rows, known = "", {}
    for code in codes:
        to, label = r.choice(["ST", "PCE", "Kg 1", "ß"]), r.choice([None, "in words"])
        until = r.choice(["", "", "", "2001-12-31", "2999-12-31"])
        rows += f"<c from={quoteattr(code)} to={quoteattr(to)}" + (f' label="{label}"' if label else "") + (f' until="{until}"' if until else "") + "/>"
        if until != "2001-12-31":
            known[code] = {"to": to, "label": label}
    return f'<codes xmlns="urn:wayleave:map:1" name="l" unknown="{unknown}">{rows}</codes>', {"unknown": unknown, "rows": known}


class MapWriter:
    def __init__(self, r, source):
        self.r, self.source, self.name, self.variable = r, source, Namer(r, "T-"), Namer(r, "v")
        self.lists, self.list_files, self.definitions = {}, {}, []
        self.definition_texts, self.called_definitions = {}, set()
        for name in ("one", "two")[:r.choice([0, 1, 2])]:
            self.list_files[name + ".codes.xml"], self.lists[name] = make_list(r)

    def map(self):
        r, head = self.r, []
        place = Place(self.source, self.source, lists=self.lists)
        for name in self.lists:
            head.append(f'<m:codes name="{name}" href="./{name}.codes.xml"/>')
        for _ in range(r.choice([0, 1, 2])):
            head.append(self.let(place))
        for _ in range(r.choice([1, 2])):
            self.definition(place)
        body, children = self.body(place, 3, r.randint(5, 8))
        head += [text for name, text in self.definition_texts.items() if name in self.called_definitions]
        self.target = element("Out", "group", 1, 1, [], children, type="OutT")
        rules = "".join(self.rule(place) for _ in range(r.choice([0, 0, 1])))
        return ('<m:map xmlns:m="urn:wayleave:map:1" xmlns="urn:test:out:1" name="t" source="./in.xsd#In" target="./out.xsd#Out">\n'
                + "\n".join(head) + f"\n<Out>\n{body}\n</Out>\n{rules}</m:map>\n")

    # ---- heads and directives

    def let(self, place):
        one, name = self.one(place), self.variable()
        place.variables.append(Expression("$" + name, one.kind, one.optional, one.soft))
        return f'<m:let name="{name}" value={attribute_value(one.text)}/>'

    def rule(self, place):
        e, directive = Expressions(self.r, place), self.r.choice(["warn", "warn", "warn", "reject"])
        test = e.condition()
        text = f"because {{{e.make('text', 1).text}}} and {{{e.make('decimal', 0).text}}}"
        return f'<m:{directive} test={attribute_value(test)} code="RULE-{self.r.randint(1, 9)}">{escape(text)}</m:{directive}>'

    def groups(self, place, many):
        """The groups that a loop, or a call, may go into: path, description."""
        if place.node is None or place.node["kind"] != "group":
            return []
        return [(c["name"], c) for c in place.node["children"] if c["kind"] == "group" and bool(c["max"]) != many]

    def definition(self, place):
        groups = self.groups(place, True) + self.groups(place, False)
        if not groups:
            return
        of, kind, name = self.r.choice(groups)[1], self.name() + "T", self.variable()
        inner = Place(self.source, of, variables=place.variables, lists=self.lists)
        body, children = self.body(inner, 1, 3)
        self.definitions.append((name, of, kind, children))
        self.definition_texts[name] = f'<m:def name="{name}" of="{of["name"]}" gives="{kind}">\n{body}\n</m:def>'

    # ---- templates: text of the map, descriptions of what it writes

    def body(self, place, depth, count, free=False):
        """`free`: nothing in it is mandatory."""
        place = Place(place.source, place.node, place.around, place.variables, place.in_loop, place.lists)
        forms = [self.leaf] * 6 + [self.empty, self.chunks] + ([self.group, self.rows, self.rows, self.called, self.values] if depth else [])
        directives = [self.if_, self.choose, self.for_] if depth else []
        lines, written = [], []
        for _ in range(count):
            if self.r.random() < 0.08:
                lines.append(self.let(place))
            if self.r.random() < 0.05:
                lines.append(self.rule(place))
            made = self.r.choice(forms + directives)(place, depth - 1, free) or self.leaf(place, 0, free)
            lines.append(made[0])
            written += made[1]
        return "\n".join(lines), written

    def one(self, place, *kinds):
        kind = self.r.choice(kinds or ["text", "text", "text", "decimal", "decimal", "integer", "date", "datetime", "time", "boolean", "code"])
        one = Expressions(self.r, place).make(kind)
        return Expression(one.text, kind, one.optional, one.soft)

    def value(self, place):
        """A template of a value: one expression in its own type, or a text around some; the kind of target it needs."""
        r = self.r
        if r.random() < 0.7:
            one = self.one(place)
            kind = "text" if one.kind == "boolean" and r.random() < 0.3 else one.kind
            return "{" + one.text + "}", kind, one.optional, one.soft
        if r.random() < 0.15:
            return r.choice(["fixed", "a {{b}} c", "😀 <&>"]), "text", False, False
        text, optional, soft = "", False, False
        for _ in range(r.randint(1, 3)):
            one = self.one(place)
            text += r.choice(["", " ", "a ", "/", "{{", "}}", "\n   ", "<"]) + "{" + one.text + "}"
            optional, soft = optional or one.optional, soft or one.soft
        return text + r.choice(["", "", "!", " z"]), "text", optional, soft

    def low(self, kind, optional, soft, free):
        """Whether the target may demand it."""
        if free or (optional and kind != "text"):
            return 0
        return self.r.choice([0, 1] if kind == "text" or not soft else [0, 0, 0, 1])

    def attributes(self, place, free=False):
        text, made = "", []
        for _ in range(self.r.choice([0, 0, 0, 1, 2])):
            template, kind, optional, soft = self.value(place)
            name = self.name()
            text += f" {name}={attribute_value(template.replace(chr(10), ' '))}"
            made.append(attribute(name, kind, bool(self.low(kind, optional, soft, False))))
        return text, made

    def condition(self, place):
        return f' m:if={attribute_value(Expressions(self.r, place).condition())}' if self.r.random() < 0.25 else ""

    def leaf(self, place, depth, free):
        (template, kind, optional, soft), name, test = self.value(place), self.name(), self.condition(place)
        attributes, described = self.attributes(place)
        keep = ' m:keep="yes"' if kind == "text" and self.r.random() < 0.1 else ""
        low = self.low(kind, optional, soft, free or bool(test))
        return f"<{name}{test}{keep}{attributes}>{escape(template)}</{name}>", [element(name, kind, low, 1, described)]

    def empty(self, place, depth, free):
        """An element without content template."""
        name, (attributes, described), test = self.name(), self.attributes(place), self.condition(place)
        low = 0 if free or test else self.r.choice([0, 1])
        return f"<{name}{test}{attributes}/>", [element(name, "group", low, 1, described, type=name + "T")]

    def group(self, place, depth, free):
        name, test = self.name(), self.condition(place)
        attributes, described = self.attributes(place)
        body, children = self.body(place, depth, self.r.randint(1, 4))
        return f"<{name}{test}{attributes}>\n{body}\n</{name}>", [element(name, "group", 0, 1, described, children, type=name + "T")]

    def loop_attributes(self, place, path, node, prefix="m:"):
        """each, sort and as for the items of a path; and the place inside."""
        r = self.r
        e = Expressions(r, place)
        text = f" {prefix}each={attribute_value(path)}"
        inner = place.inside(node, [place.node] + place.around)
        if r.random() < 0.5:
            key = Expressions(r, Place(self.source, node, lists=self.lists)).path(*TEXTS, *NUMBERS, "date", "datetime") if node else None
            key = key.text if key else "."
            if node is None or node["kind"] != "boolean":
                text += f" {prefix}sort={attribute_value(key + r.choice(['', ' asc', ' desc']))}" if key != "." or node is None or node["kind"] != "group" else ""
        if r.random() < 0.25:
            name = self.variable()
            text += f' {prefix}as="{name}"'
            if node is None or node["kind"] != "group":
                inner.variables.append(Expression("$" + name, node["kind"] if node else "text"))
            else:
                inner.variables += [Expression(f"${name}/{c['name']}", c["kind"], not c["min"] or bool(c.get("nillable")), True)
                                    for c in node["children"] if c["max"] and c["kind"] != "group"]
        return text, inner, e

    def rows(self, place, depth, free):
        groups = self.groups(place, True)
        if not groups:
            return None
        name, (path, node) = self.name(), self.r.choice(groups)
        path = self.narrowed(path, node, place.variables)
        loop, inner, _ = self.loop_attributes(place, path, node)
        test = self.condition(inner)
        attributes, described = self.attributes(inner)
        body, children = self.body(inner, depth, self.r.randint(1, 4))
        return (f"<{name}{loop}{test}{attributes}>\n{body}\n</{name}>",
                [element(name, "group", 0, 0, described, children, type=name + "T")])

    def narrowed(self, path, node, variables):
        """Perhaps with a predicate."""
        r = self.r
        rel = [(a["name"], a["kind"], "@") for a in node["attributes"]] + \
              [(c["name"], c["kind"], "") for c in node["children"] if c["max"]]   # of many, which one is not specified
        rel = [(mark + name, kind) for name, kind, mark in rel if kind in PREDICATES]
        if not rel or r.random() < 0.6:
            return path
        conditions = []
        for name, kind in r.sample(rel, min(len(rel), r.choice([1, 1, 2]))):
            value = {"code": f"'{r.choice(CODES)}'", "integer": "0", "decimal": r.choice(["0", "0.5", "0.50"]), "date": "'2024-02-29'",
                     "boolean": "'true'", "datetime": "'2024-06-30T12:00:00Z'", "text": r.choice(["'EA'", "'Anna'", "'a'"])}[kind]
            same = [v.text for v in variables if v.kind == kind and v.text[1:].isalnum() and kind != "code"]
            conditions.append(f"{name}={r.choice(same) if same and r.random() < 0.5 else value}")
        return f"{path}[{' and '.join(conditions)}]"

    def values(self, place, depth, free):
        """One element for each of many values."""
        if place.node is None or place.node["kind"] != "group":
            return None
        many = [c for c in place.node["children"] if not c["max"] and c["kind"] != "group"]
        if not many:
            return None
        node, name = self.r.choice(many), self.name()
        loop, inner, _ = self.loop_attributes(place, node["name"], node)
        test, (attributes, described) = self.condition(inner), self.attributes(inner)
        template, kind, _, _ = self.value(inner) if self.r.random() < 0.6 else ("{.}", node["kind"], False, False)
        return f"<{name}{loop}{test}{attributes}>{escape(template)}</{name}>", [element(name, kind, 0, 0, described)]

    def chunks(self, place, depth, free):
        name, one = self.name(), self.one(place, "text")
        loop, inner, _ = self.loop_attributes(place, f"chunk({one.text}, {self.r.randint(1, 9)})", None)
        template = self.r.choice(["{.}", "{.}", "{position()}: {.}", "{upper(.)}"])
        return f"<{name}{loop}>{escape(template)}</{name}>", [element(name, "text", 0, 0)]

    def called(self, place, depth, free):
        """An element whose content is a definition, for the one group that it is made for, or for each of many."""
        if place.node is None or place.node["kind"] != "group":
            return None
        for name, of, kind, children in self.definitions:
            if of in place.node["children"]:
                own, (attributes, described) = self.name(), ("", [])
                self.called_definitions.add(name)
                made = element(own, "group", 0, 0, described, children, type=kind)
                if of["max"]:
                    return f'<{own} m:call="{name}" m:with={attribute_value(of["name"])}{attributes}/>', [made | {"max": 1}]
                if self.r.random() < 0.3:
                    return f'<{own} m:call="{name}" m:with={attribute_value(of["name"] + "[1]")}{attributes}/>', [made | {"max": 1}]
                loop, _, _ = self.loop_attributes(place, of["name"], of)
                return f'<{own}{loop} m:call="{name}"/>', [made]
        return None

    # ---- directives

    def if_(self, place, depth, free):
        body, children = self.body(place, depth, self.r.randint(1, 2), free=True)
        return f'<m:if test={attribute_value(Expressions(self.r, place).condition())}>\n{body}\n</m:if>', children

    def choose(self, place, depth, free):
        text, children = "<m:choose>", []
        for _ in range(self.r.randint(1, 3)):
            body, made = self.body(place, depth, self.r.randint(1, 2), free=True)
            test = Expressions(self.r, place).condition()
            text += f"\n<m:when test={attribute_value(test)}>\n{body}\n</m:when>"
            children += made
        if self.r.random() < 0.6:
            body, made = self.body(place, depth, 1, free=True)
            text += f"\n<m:otherwise>\n{body}\n</m:otherwise>"
            children += made
        return text + "\n</m:choose>", children

    def for_(self, place, depth, free):
        groups = self.groups(place, True)
        if not groups:
            return None
        path, node = self.r.choice(groups)
        loop, inner, _ = self.loop_attributes(place, path, node, "")
        let = self.let(inner) if self.r.random() < 0.4 else ""
        text, made = self.leaf(inner, 0, True)
        made[0]["max"] = 0
        return f"<m:for{loop}>{let}\n{text}\n</m:for>", made
