"""docs/mapping-guide.md, as a reader takes it: every command in one folder, with the output that the page shows; every
function of its tables with the result beside it; every piece of a map that it shows, compiled."""
import os
import pty
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ET
from pathlib import Path
from xml.sax.saxutils import escape

from harness import BINARY, ROOT

PAGE = (ROOT / "docs/mapping-guide.md").read_text()
EXAMPLE = ROOT / "examples/mapping-guide"
MAP, GOODS = "urn:wayleave:map:1", "urn:example:goods-in:1"
HEADS = {"use", "codes", "let", "param", "def", "key", "linked", "sequence"}

# What the pieces of the page and its functions write into: the names of goods-in-1.xsd, nothing mandatory, in any order.
LOOSE = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{GOODS}" targetNamespace="{GOODS}" elementFormDefault="qualified">
  <xs:element name="GoodsIn"><xs:complexType><xs:choice minOccurs="0" maxOccurs="unbounded">
    <xs:element name="Note" type="xs:string"/><xs:element name="Haulier" type="xs:string"/><xs:element name="Item" type="Item"/>
  </xs:choice></xs:complexType></xs:element>
  <xs:complexType name="Item"><xs:choice minOccurs="0" maxOccurs="unbounded">
    <xs:element name="Article" type="xs:string"/><xs:element name="Text" type="xs:string"/>
  </xs:choice><xs:attribute name="no" type="xs:positiveInteger" use="required"/></xs:complexType>
</xs:schema>"""
CASE = """<case xmlns="urn:wayleave:case:1" now="2026-11-20T10:30:00Z"><partner name="account" value="4711"/>
  <message name="id" value="01JDB3"/><sequence name="delivery" next="7"/></case>"""


def steps():
    """(commands, output or '') for each ```sh block and the plain block that follows it directly."""
    return re.findall(r"```sh\n(.*?)```\n(?:```\n(.*?)```\n)?", PAGE, re.S)


def wanted_status(commands):
    """What the block's commands end with; those that are to fail say so themselves."""
    return [int(found[1]) if (found := re.search(r"# exits with (\d+)", line)) else 0 for line in commands.splitlines()]


def pattern(line):
    return re.compile(".*".join(re.escape(part) for part in line.rstrip().split("…")))


def functions():
    """(call, result or None) for each row of the tables of functions."""
    section = PAGE[PAGE.index("## Functions"):PAGE.index("## What there is not")]
    rows = re.findall(r"^\| `((?:[^`\\]|\\.)+)` \|.*\| (?:→ `(.*)` )?\|$", section, re.M)
    return [(call.replace("\\|", "|"), result or None) for call, result in rows]


class Shell:
    """Runs lines at a terminal, as a reader does: what is printed comes in the order in which it was said."""

    def __init__(self, folder):
        self.folder = self.cwd = Path(folder)
        self.environment = dict(os.environ, PATH=f"{folder}/bin:{os.environ['PATH']}", LC_ALL="C.UTF-8")

    def run(self, line):
        here, terminal = pty.openpty()
        note = self.folder / ".cwd"
        process = subprocess.Popen(["bash", "-c", f"{line}\nstatus=$?; pwd > {note}; exit $status"], cwd=self.cwd, env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal)
        os.close(terminal)
        output = b""
        try:
            while piece := os.read(here, 65536):
                output += piece
        except OSError:                                  # how Linux says that nobody writes any more
            pass
        os.close(here)
        status = process.wait(timeout=60)
        self.cwd = Path(note.read_text().strip())
        return status, output.decode().replace("\r\n", "\n")


class MappingGuide(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, True)

    def shell(self):
        (self.folder / "bin").mkdir()
        (self.folder / "bin/wayleave").symlink_to(BINARY.resolve())
        shutil.copytree(EXAMPLE, self.folder / "examples/mapping-guide")
        return Shell(self.folder)

    def test_every_step_does_what_the_page_shows(self):
        shell = self.shell()
        blocks = steps()
        self.assertGreater(len(blocks), 12)
        for commands, shown in blocks:
            with self.subTest(commands=commands):
                output = ""
                for line, wanted in zip(commands.splitlines(), wanted_status(commands)):
                    status, said = shell.run(line)
                    self.assertEqual(status, wanted, f"{line}\n{said}")
                    output += said
                self.follows(output, shown)

    def follows(self, output, shown):
        """The lines that are shown come in the output, in this order."""
        rest = iter(output.splitlines())
        for line in filter(None, (each.strip("\n") for each in shown.splitlines())):
            if line.strip() != "…":
                self.assertTrue(any(pattern(line).fullmatch(each.rstrip()) for each in rest), f"does not come: {line}\nin\n{output}")

    def try_map(self, name, heads, body, expect=None):
        """lint, or test against what is expected; the command's outcome."""
        folder = self.folder / name
        (folder / "cases/sample").mkdir(parents=True)
        shutil.copy(EXAMPLE / "ship-notice-1.xsd", folder)
        shutil.copytree(EXAMPLE / "codes", folder / "codes")
        (folder / "loose.xsd").write_text(LOOSE)
        file = folder / "it.map.xml"
        file.write_text(f'<m:map xmlns:m="{MAP}" xmlns="{GOODS}" name="it" source="./ship-notice-1.xsd#ShipNotice" target="./loose.xsd#GoodsIn">'
                        f"\n{heads}\n{body}\n</m:map>\n")
        command = [str(BINARY), "lint", str(file)]
        if expect is not None:
            shutil.copy(EXAMPLE / "sample.xml", folder / "cases/sample/in.xml")
            (folder / "cases/sample/case.xml").write_text(CASE)
            (folder / "cases/sample/expect.xml").write_text(expect)
            command = [str(BINARY), "test", "--generated", "0", str(file)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def test_every_function_gives_what_is_beside_it(self):
        heads = """<m:codes name="units" href="./codes/units.codes.xml"/><m:key name="by-article" match="Item" use="Article"/>
          <m:sequence name="delivery"/><m:linked name="order" schema="canonical/order-1.xsd#Order" by="default(Order,'none')"/>"""
        rows = functions()
        given = [(call, result) for call, result in rows if result]
        self.assertGreater(len(given), 45)

        def items(each):
            return "".join(f'<Item no="{i}"><Text>{each(*row)}</Text></Item>' for i, row in enumerate(given, 1))

        body = f"<GoodsIn>{items(lambda call, _: '{' + escape(call) + '}')}</GoodsIn>"
        done = self.try_map("results", heads, body, f'<GoodsIn xmlns="{GOODS}">{items(lambda _, result: escape(result))}</GoodsIn>')
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        # Those of a loop, and what depends on a running gateway: they compile.
        loose = "".join(f"<m:if test=\"exists({escape(call)})\"><Note>x</Note></m:if>" for call, result in rows if not result and "(" in call)
        done = self.try_map("others", heads, f'<GoodsIn><Item m:each="Item" no="1">{loose.replace("Note", "Text")}</Item>'
                            "<Note>{code('EA','units')}{seq('delivery')}</Note></GoodsIn>")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_piece_of_a_map_compiles(self):
        pieces = re.findall(r"```xml\n(.*?)```", PAGE, re.S)
        self.assertGreater(len(pieces), 9)
        for i, piece in enumerate(pieces):
            with self.subTest(piece=piece):
                heads, body = "", ""
                for element in ET.fromstring(f'<x xmlns:m="{MAP}" xmlns="{GOODS}">{piece}</x>'):
                    element.tail = "\n"
                    name = element.tag.removeprefix(f"{{{MAP}}}")
                    if name in HEADS:
                        heads += ET.tostring(element, encoding="unicode")
                    else:
                        body += ET.tostring(element, encoding="unicode")
                whole = body if "<m:messages" in piece else f"<GoodsIn>{body}</GoodsIn>"
                done = self.try_map(f"piece-{i}", heads, whole)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_function_and_directive_has_a_place(self):
        source = (ROOT / "src/mapping/functions.cpp").read_text()
        named = set(re.findall(r'Signature\{"([a-z0-9-]+)"', source))
        self.assertGreater(len(named), 50)
        explained = {name for call, _ in functions() for name in re.findall(r"([a-z][a-z0-9-]*)\(", call)}
        edi = PAGE[PAGE.index("# 4. EDI"):PAGE.index("# 5. XML editors")]   # the example's maps compile with these
        explained |= set(re.findall(r"^\| `([a-z][a-z0-9-]*)\(", edi, re.M))
        self.assertEqual(named - explained, set())
        schema = ET.parse(ROOT / "schemas/wayleave/map-1.xsd").getroot()
        xs = "{http://www.w3.org/2001/XMLSchema}"
        elements = {each.get("name") for each in schema.iter(f"{xs}element") if each.get("name")} - {"c"}
        attributes = {each.get("name") for each in schema.findall(f"{xs}attribute")}
        self.assertGreater(len(elements), 25)
        self.assertEqual({e for e in elements if not re.search(rf"<m:{e}\b|`m:{e}\b", PAGE)}, set())
        self.assertEqual({a for a in attributes if not re.search(rf"`m:{a}\b", PAGE)}, set())


ET.register_namespace("m", MAP)
ET.register_namespace("", GOODS)

if __name__ == "__main__":
    unittest.main()
