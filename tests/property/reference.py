"""A slow, obvious evaluator of maps, by the semantics of the language's specification and nothing else.

It knows no namespaces, no positions and no budgets. Types come from a description beside the map, not from XSD:

    {"source": element, "target": element}
    element    {"name", "kind", "min", "max", "attributes": [attribute…], "children": [element…]}
    attribute  {"name", "kind", "required"}
    kind       group, or of a value: text token word code integer decimal date time datetime boolean

A directive is a method named after it: m:if is `write_if`; m:group would be `write_group`.
"""
import xml.etree.ElementTree as ET

import grammar
from evaluator import Environment, Evaluator, Item, Rules, local
from values import Failure

M = "{urn:wayleave:map:1}"


class Lazy:
    """A variable: computed once, told once when it fails."""

    def __init__(self, reference, expression, environment):
        self.reference, self.expression, self.environment = reference, grammar.parse_expression(expression), environment
        self.known = self.failed = False

    def get(self):
        if not self.known:
            self.known = True
            try:
                many = self.expression[0] == "path" or self.expression[:2] == ("call", "chunk")
                self.value = (self.reference.items if many else self.reference.value)(self.expression, self.environment)
            except Failure as failure:
                self.failed = True
                self.reference.tell(failure)
        if self.failed:
            raise Failure(None)
        return self.value


class Written:
    """An element of the output. `counts`: whether it keeps its parent; `missing`: mandatory values that were not there."""

    def __init__(self, name, attributes, text, children, counts, missing):
        self.name, self.attributes, self.text, self.children = name, attributes, text, children
        self.counts, self.missing = counts, missing

    def all_missing(self):
        return self.missing + sum(child.all_missing() for child in self.children)

    def xml(self, declaration=""):
        attributes = "".join(f' {name}="{escape(value, QUOTED)}"' for name, value in self.attributes)
        inside = escape(self.text, PLAIN_TEXT) + "".join(child.xml() for child in self.children)
        opening = f"<{self.name}{declaration}{attributes}"
        return f"{opening}>{inside}</{self.name}>" if inside else opening + "/>"


QUOTED = {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
PLAIN_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "&#10;", "\r": "&#13;"}


def escape(text, replacements):
    return "".join(replacements.get(c, c) for c in text)


class Reference(Evaluator):
    def __init__(self, map_text, description, lists, rules=Rules):
        super().__init__(lists, rules)
        self.map, self.source, self.target = ET.fromstring(map_text), description["source"], description["target"]
        self.definitions = {e.get("name"): e for e in self.map if e.tag == M + "def"}
        self.template = next(e for e in self.map if not e.tag.startswith(M))

    def run(self, document_text):
        """(output or None, findings as (severity, code, message or None), whether the specification is disputed here)"""
        self.findings, self.disputed = [], False
        root = ET.fromstring(document_text)
        self.document = Item(self.source["kind"], root.text or "", root, self.source)
        self.heads = Environment(self.document)
        for head in self.map:
            if head.tag == M + "let":
                before = Environment(self.document, variables=self.heads.variables)
                self.heads.variables[head.get("name")] = Lazy(self, head.get("value"), before)
        written = self.write_one(self.template, self.heads, self.target)
        self.findings += [("error", "R802", None)] * written.all_missing()
        for rule in self.map:
            if rule.tag in (M + "reject", M + "warn"):
                self.write(rule, self.heads, None)
        refused = any(severity == "error" for severity, _, _ in self.findings)
        namespace = f' xmlns="{self.template.tag[1:].partition("}")[0]}"'
        return (None if refused else written.xml(namespace)), self.findings, self.disputed

    # ---- templates: each gives the list of elements that it writes into `target`

    def write_all(self, nodes, environment, target):
        environment = environment.at(environment.item, environment.position, environment.last)
        return [written for node in nodes for written in self.write(node, environment, target)]

    def write(self, node, environment, target):
        if node.tag.startswith(M):
            return getattr(self, "write_" + local(node.tag))(node, environment, target)
        description = next(d for d in target["children"] if d["name"] == local(node.tag))
        written = []
        for inner in self.loop(node, environment, M):
            test = node.get(M + "if")
            if test is None or self.condition(grammar.parse_expression(test), inner):
                written.append(self.write_one(node, inner, description))
        return [element for element in written if element]

    def loop(self, node, environment, prefix=""):
        """The environments of each, sort, as; the one around where there is no each."""
        each, sort, name = (node.get(prefix + word) for word in ("each", "sort", "as"))
        if each is None:
            return [environment]
        try:
            items = self.items(grammar.parse_expression(each), environment)
            if sort is not None:
                items = self.sort(items, sort, environment)
        except Failure as failure:
            self.tell(failure)
            return []
        inner = [environment.at(item, at, len(items)) for at, item in enumerate(items, 1)]
        if name:
            for each_inner in inner:
                each_inner.variables[name] = each_inner.item
        return inner

    def sort(self, items, key, environment):
        """By the type of the key, absent keys last, otherwise in the order of the document."""
        expression, _, word = key.rstrip().rpartition(" ")
        descending = word == "desc"
        expression = grammar.parse_expression(expression if word in ("asc", "desc") else key)
        keyed = [(self.plain(self.value(expression, environment.at(item, None, None))), item) for item in items]
        there = [(key, item) for key, item in keyed if key is not None]
        if not self.rules.sort_is_stable:
            there.reverse()
        there.sort(key=lambda pair: pair[0].key() if hasattr(pair[0], "key") else pair[0], reverse=descending)
        return [item for _, item in there] + [item for key, item in keyed if key is None]

    def write_let(self, node, environment, target):
        variable = Lazy(self, node.get("value"), environment.at(environment.item, environment.position, environment.last))
        try:
            variable.get()
        except Failure:
            pass
        environment.variables[node.get("name")] = variable
        return []

    def write_if(self, node, environment, target):
        holds = self.condition(grammar.parse_expression(node.get("test")), environment)
        return self.write_all(node, environment, target) if holds else []

    def write_for(self, node, environment, target):
        return [written for inner in self.loop(node, environment) for written in self.write_all(node, inner, target)]

    def write_choose(self, node, environment, target):
        for branch in node:
            test = branch.get("test")
            if test is None or self.condition(grammar.parse_expression(test), environment):
                return self.write_all(branch, environment, target)
        return []

    def write_reject(self, node, environment, target):
        if self.condition(grammar.parse_expression(node.get("test")), environment):
            severity = "error" if local(node.tag) == "reject" else "warning"
            self.findings.append((severity, node.get("code"), self.message(grammar.parse_text(node.text, True), environment)))
        return []

    write_warn = write_reject

    # ---- one element

    def text_value(self, parts, environment):
        """4: absent as a whole when any part is. Also whether it failed, which has been told."""
        try:
            found = self.all_values([("string", p) if isinstance(p, str) else p for p in parts], environment, False)
            return None if found is None else "".join(map(self.text, found)), False
        except Failure as failure:
            self.tell(failure)
            return None, True

    def message(self, parts, environment):
        """The words to the sender: what is absent is left out."""
        written = ""
        for part in parts:
            try:
                value = part if isinstance(part, str) else self.value(part, environment, quiet=True)
            except Failure as failure:
                self.tell(failure)   # require() refuses wherever it stands
                value = None
            written += "" if value is None else self.text(value)
        return written

    def write_one(self, node, environment, description):
        keep = node.get(M + "keep") == "yes"
        demanded = description["min"] > 0 and description["max"] == 1
        told = len(self.findings)
        attributes, missing, computed = self.write_attributes(node, environment, description)
        refused = len(self.findings) > told
        text, children = "", []
        if node.get(M + "call") or len(node):
            children = self.write_call(node, environment, description) if node.get(M + "call") else \
                self.write_all(node, environment, description)
            there = any(child.counts for child in children)
        elif (node.text or "").strip(grammar.BLANK):
            text, failed = self.text_value(grammar.parse_text(node.text, True), environment)
            there = bool(text) or failed
            # Whether a refusal in an attribute counts when the element is left out for its text, the page does not say.
            self.disputed = self.disputed or (refused and not there)
            if not there and (demanded or keep) and description["kind"] != "text":
                missing += 1   # 6
            text = text or ""
        else:
            there = not computed or any(name in computed for name, _ in attributes)   # 5
        if not self.rules.omission_cascades and children:
            there = True
        if not there and not demanded and not keep:
            return None
        return Written(local(node.tag), attributes, text, children, there or keep, missing)

    def write_call(self, node, environment, description):
        item = environment.item
        if node.get(M + "with"):
            item = self.value(grammar.parse_expression(node.get(M + "with")), environment)
            if item is None:
                return []
        return self.write_all(self.definitions[node.get(M + "call")], self.heads.at(item, None, None), description)

    def write_attributes(self, node, environment, description):
        """Those that are written, how many mandatory ones are not there, and the names of those with expressions."""
        written, missing, computed = [], 0, set()
        for name, template in node.items():
            if name.startswith(M):
                continue
            parts = grammar.parse_text(template, False)
            if any(not isinstance(part, str) for part in parts):
                computed.add(name)
            value, failed = self.text_value(parts, environment)
            use = next(d for d in description["attributes"] if d["name"] == name)
            if value:
                written.append((name, value))
            elif use["required"] and use["kind"] == "text":
                written.append((name, ""))   # 6
            elif use["required"] and not failed:
                missing += 1
        return written, missing, computed
