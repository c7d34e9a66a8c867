"""Random source schemas, their XSD, and documents of them. The descriptions are those that reference.py explains.

An element of a description may further have "type" (name of the complex type of a group) and "nillable".
"""
import datetime
from xml.sax.saxutils import escape, quoteattr

CODES = ["EA", "CS", "PL", "KGM", "Ü-1"]
TYPES = {"text": "xs:string", "token": "xs:token", "word": "Word", "code": "Code", "integer": "xs:integer", "decimal": "xs:decimal",
         "date": "xs:date", "time": "xs:time", "datetime": "xs:dateTime", "boolean": "xs:boolean"}
VALUE_KINDS = list(TYPES)
NAMES = ["Number", "Name", "Ship-To", "Größe", "Line.No", "_x", "Ref", "Qty", "Day", "Kind", "Note", "City", "or", "div", "last"]
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def element(name, kind, low=1, high=1, attributes=(), children=(), **more):
    return {"name": name, "kind": kind, "min": low, "max": high, "attributes": list(attributes), "children": list(children), **more}


def attribute(name, kind, required):
    return {"name": name, "kind": kind, "required": required}


class Namer:
    """Names that stand once, so that a step is never ambiguous."""

    def __init__(self, r, prefix=""):
        self.r, self.prefix, self.count = r, prefix, 0

    def __call__(self):
        self.count += 1
        return f"{self.prefix}{self.r.choice(NAMES)}{self.count}"


def make_source(r):
    name = Namer(r)

    def attributes():
        return [attribute(name(), r.choice(VALUE_KINDS), r.random() < 0.5) for _ in range(r.choice([0, 0, 1, 2]))]

    def value(kind=None, many=False):
        kind = kind or r.choice(VALUE_KINDS)
        return element(name(), kind, r.choice([0, 0, 1]) if not many else r.choice([0, 1]), 0 if many else 1, attributes(),
                       nillable=kind not in ("text", "token") and r.random() < 0.3)

    def group(depth, many):
        own = name()
        children = [value() for _ in range(r.randint(2, 4))]
        if depth:
            children += [value(r.choice(["decimal", "integer", "text", "word"]), many=True), group(depth - 1, many=True)]
            children += [group(0, many=False)] if r.random() < 0.6 else []
        r.shuffle(children)
        return element(own, "group", r.choice([0, 1]), 0 if many else 1, attributes(), children, type=own + "T")

    # Every kind is there once, so that every kind of expression has something to begin with.
    children = [value(kind) for kind in VALUE_KINDS] + [value(many=True), group(1, many=True), group(0, many=False)]
    r.shuffle(children)
    return element("In", "group", 1, 1, attributes(), children, type="InT")


# ---- XSD

def write_schema(root, namespace):
    types, out = {}, []
    gather_types(root, types)
    out.append(f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{namespace}" targetNamespace="{namespace}" elementFormDefault="qualified">')
    out.append(write_element(root, top=True))
    for name, group in types.items():
        children = "".join(map(write_element, group["children"]))
        out.append(f'<xs:complexType name="{name}"><xs:sequence>{children}</xs:sequence>{write_attributes(group)}</xs:complexType>')
    codes = "".join(f"<xs:enumeration value={quoteattr(code)}/>" for code in CODES)
    out.append('<xs:simpleType name="Word"><xs:restriction base="xs:token"><xs:minLength value="1"/><xs:maxLength value="20"/></xs:restriction></xs:simpleType>')
    out.append(f'<xs:simpleType name="Code"><xs:restriction base="xs:token">{codes}</xs:restriction></xs:simpleType></xs:schema>')
    return "\n".join(out)


def gather_types(node, types):
    if node["kind"] == "group":
        types.setdefault(node["type"], node)
        for child in node["children"]:
            gather_types(child, types)


def write_attributes(node):
    return "".join(f'<xs:attribute name="{a["name"]}" type="{TYPES[a["kind"]]}"{" use=" + chr(34) + "required" + chr(34) if a["required"] else ""}/>'
                   for a in node["attributes"])


def write_element(node, top=False):
    occurs = "" if top else f' minOccurs="{node["min"]}" maxOccurs="{node["max"] or "unbounded"}"'
    nillable = ' nillable="true"' if node.get("nillable") else ""
    if node["kind"] == "group" or not node["attributes"]:
        kind = node["type"] if node["kind"] == "group" else TYPES[node["kind"]]
        return f'<xs:element name="{node["name"]}" type="{kind}"{occurs}{nillable}/>'
    return (f'<xs:element name="{node["name"]}"{occurs}{nillable}><xs:complexType><xs:simpleContent><xs:extension base="{TYPES[node["kind"]]}">'
            f'{write_attributes(node)}</xs:extension></xs:simpleContent></xs:complexType></xs:element>')


# ---- documents

WORDS = ["a", "Anna", "N-1", "ß", "ÄÖ", "жук", "x", "12.50", "-7", "1.234,5", "20240229", "2023-02-29", "EA", "CS", "CS", "lo", "4000862",
         "😀", "a😁b", "{", "}", "<&>", "'", '"', "it's", "supercalifragilisticexpialidocious", "0", "ÿ"]
DAYS = ["2024-02-29", "2000-02-29", "1900-02-28", "2023-12-31", "2024-01-31", "2025-04-30", "1999-12-31", "2100-03-01"]
ZONES = ["Z", "+00:00", "-06:00", "+05:30", "+14:00", "-03:30"]


def make_text(r):
    blank = r.choice([" ", " ", "  ", "\n", "\t ", " \u00a0"])
    text = blank.join(r.choice(WORDS) for _ in range(r.choice([1, 1, 1, 2, 3, 8])))
    return r.choice([text, text, text, text, f" {text} ", "", " \n "])


def make_day(r):
    return r.choice(DAYS) if r.random() < 0.5 else (datetime.date(1950, 1, 1) + datetime.timedelta(days=r.randrange(150000))).isoformat()


def make_time(r):
    return f"{r.randrange(24):02}:{r.randrange(60):02}:{r.randrange(60):02}{r.choice(['', '', '', '.5', '.250'])}"


def make_number(r, point):
    digits = r.choice([1, 1, 2, 3, 3, 5, 8, 15, 28])
    whole = str(r.randrange(10 ** digits)) if r.random() < 0.8 else "0"
    sign = r.choice(["", "", "", "-", "-", "+"])
    fraction = ""
    if point and r.random() < 0.7:
        fraction = "." + r.choice(["5", "25", "50", "005", "125", "45", "00", str(r.randrange(10 ** 8)), ""])
    return sign + r.choice(["", "", "", "00"]) + whole + fraction


def make_value(r, kind):
    if kind == "text":
        return make_text(r)
    if kind == "token":
        return r.choice([make_text(r), "  a \n b ", "x"])
    if kind == "word":
        return r.choice([w for w in WORDS if len(w) <= 20]) + r.choice(["", "", " z"])
    plain = {"code": lambda: r.choice(CODES), "integer": lambda: make_number(r, False), "decimal": lambda: make_number(r, True),
             "date": lambda: make_day(r), "time": lambda: make_time(r), "boolean": lambda: r.choice(["true", "false", "1", "0"]),
             "datetime": lambda: f"{make_day(r)}T{r.choice([make_time(r), make_time(r), '24:00:00'])}{r.choice(ZONES)}"}[kind]()
    return r.choice([plain, plain, plain, f" {plain}\n"])


def make_document(r, source, fullness):
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + make_element(r, source, fullness, f' xmlns="urn:test:in:1" xmlns:xsi="{XSI}"')


def make_element(r, node, fullness, declaration=""):
    attributes = "".join(f" {a['name']}={quoteattr(make_value(r, a['kind']))}" for a in node["attributes"] if a["required"] or r.random() < fullness)
    tag = node["name"]
    if node.get("nillable") and r.random() < 0.15:
        return f'<{tag}{declaration}{attributes} xsi:nil="true"/>'
    if node["kind"] != "group":
        return f"<{tag}{declaration}{attributes}>{escape(make_value(r, node['kind']))}</{tag}>"
    inside = ""
    for child in node["children"]:
        low = child["min"]
        times = r.choice([low, low + 1, 3, 6]) if not child["max"] else 1 if low or r.random() < fullness else 0
        inside += "".join("\n  " + make_element(r, child, fullness) for _ in range(times))
    return f"<{tag}{declaration}{attributes}>{inside}\n</{tag}>"
