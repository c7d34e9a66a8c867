"""`wayleave edi` and `wayleave validate` with guides, as a person or a script uses them: exit codes, streams, JSON, memory."""
import json
import os
import shutil
import subprocess
import tempfile
import threading
import unittest
import xml.etree.ElementTree as ET

from harness import BINARY, DEMO, ROOT

ISA = "ISA*00*          *00*          *ZZ*ACME           *ZZ*WAYLEAVE       *250314*0912*U*00401*000000905*0*P*>~"
GOOD = [ISA, "GS*PO*ACME*WAYLEAVE*20250314*0912*1*X*004010~", "ST*850*0001~", "BEG*00*SA*PO-4711**20250314~", "N1*ST*Store 7*92*0007~",
        "PO1*1*10*EA*9.95**VP*A1~", "CTT*1~", "SE*6*0001~", "GE*1*1~", "IEA*1*000000905~"]
BAD = [line.replace("20250314~", "20250231~").replace("*92*0007", "*92").replace("*EA*", "*QQ*").replace("CTT*1", "CTT*2") for line in GOOD]
ORDERS = ["UNA:+.? '", "UNB+UNOC:3+ACME:14+WAYLEAVE:14+250314:0912+77'", "UNH+1+ORDERS:D:96A:UN'", "BGM+220+PO-4711+9'", "DTM+137:20250314:102'",
          "NAD+BY+5412345000013::9'", "NAD+SU+4012345500004::9'", "LIN+1++A?+1:SA'", "QTY+21:10'", "UNS+S'", "CNT+2:1'", "UNT+10+1'", "UNZ+1+77'"]
GUIDE = "x12/004010/850.xsd"


def text(lines):
    return ("\n".join(lines) + "\n").encode()


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="wayleave-edi-")
        self.addCleanup(self.folder.cleanup)

    def file(self, name, lines):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as to:
            to.write(lines if isinstance(lines, bytes) else text(lines))
        return path

    def run_edi(self, *arguments, stdin=b""):
        return subprocess.run([str(BINARY), *arguments], input=stdin, capture_output=True, timeout=60, cwd=self.folder.name)

    # ---------------------------------------------------------------------------------------------------------- ack

    def test_ack_accepts_refuses_and_says_why(self):
        good = self.run_edi("edi", "ack", "--guide", GUIDE, "--at", "202503141000", "--control", "42", self.file("good.edi", GOOD))
        self.assertEqual(good.returncode, 0, good.stderr)
        self.assertEqual(good.stderr, b"")
        self.assertEqual(good.stdout.decode().split("\n"), [
            "ISA*00*          *00*          *ZZ*WAYLEAVE       *ZZ*ACME           *250314*1000*U*00401*000000042*0*P*:~",
            "GS*FA*WAYLEAVE*ACME*20250314*1000*42*X*004010~", "ST*997*0001~", "AK1*PO*1~", "AK2*850*0001~", "AK5*A~", "AK9*A*1*1*1~", "SE*6*0001~",
            "GE*1*42~", "IEA*1*000000042~", ""])
        bad = self.run_edi("edi", "ack", "--guide", GUIDE, self.file("bad.edi", BAD))
        self.assertEqual(bad.returncode, 1)
        self.assertIn(b"AK3*BEG*2**8~\nAK4*5*373*8*20250231~\nAK3*N1*3*N1*8~\nAK4*4*67*2~\nAK3*PO1*4*PO1*8~\nAK4*3*355*7*QQ~\n"
                      b"AK5*R*5~\nAK9*R*1*1*0~", bad.stdout)
        for said in (b"850 REJECTED   ISA 000000905, GS 1, ST 0001   4 problems", b"20250231",
                     b"not a calendar date", b"[AK3*BEG*2**8 AK4*5*373*8*20250231]", b"CTT01 says 2"):
            self.assertIn(said, bad.stderr)

    def test_ack_as_another_kind_and_of_edifact(self):
        good = self.file("good.edi", GOOD)
        self.assertIn(b"ST*999*0001*005010X231A1~\nAK1*PO*1*004010~\nAK2*850*0001~\nIK5*A~", self.run_edi("edi", "ack", "--as", "999", good).stdout)
        done = self.run_edi("edi", "ack", "--guide", "edifact/D96A/orders.xsd", self.file("orders.edi", ORDERS))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"UCI+77+ACME:14+WAYLEAVE:14+7'\nUCM+1+ORDERS:D:96A:UN+7'", done.stdout)
        self.assertEqual(self.run_edi("edi", "ack", "--as", "824", good).returncode, 2)

    def test_ack_reads_stdin_and_every_interchange(self):
        broken = [line.replace("IEA*1", "IEA*2") for line in GOOD]
        done = self.run_edi("edi", "ack", "--guide", GUIDE, "-", stdin=text(GOOD) + text(broken) + text(ORDERS))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.count(b"AK9*A*1*1*1"), 1)
        self.assertEqual(done.stdout.count(b"TA1*000000905*250314*0912*R*021~"), 1)
        self.assertEqual(done.stdout.count(b"UCI+77+ACME:14+WAYLEAVE:14+7'"), 1)
        self.assertIn(b"REFUSED: E123", done.stderr)

    def test_ack_of_an_acknowledgment_is_nothing(self):
        for lines in (GOOD, ORDERS):
            first = self.run_edi("edi", "ack", "-", stdin=text(lines))
            second = self.run_edi("edi", "ack", "-", stdin=first.stdout)
            self.assertEqual((second.returncode, second.stdout), (0, b""), second.stderr)

    def test_what_is_no_interchange_is_told_and_what_is_not_there_is_another_code(self):
        for command in ("ack", "read", "show"):
            with self.subTest(command):
                done = self.run_edi("edi", command, "-", stdin=b"hello\n")
                self.assertEqual(done.returncode, 1)
                self.assertIn(b"E101", done.stderr)
                self.assertEqual(self.run_edi("edi", command, "-").returncode, 1)
                self.assertEqual(self.run_edi("edi", command, "not-there.edi").returncode, 2)
                self.assertEqual(self.run_edi("edi", command, self.folder.name).returncode, 2)
                self.assertEqual(self.run_edi("edi", command, "--guide", "not-there.xsd", self.file("good.edi", GOOD)).returncode, 2)
                self.assertEqual(self.run_edi("edi", command).returncode, 2)
        self.assertEqual(self.run_edi("edi", "write", "not-there.xml").returncode, 2)
        self.assertEqual(self.run_edi("edi", "write", "-", stdin=b"<order/>").returncode, 1)

    # -------------------------------------------------------------------------------------------------- read, write, show

    def test_read_then_write_gives_the_same_bytes(self):
        for name, lines in (("good.edi", GOOD), ("orders.edi", ORDERS)):
            with self.subTest(name):
                read = self.run_edi("edi", "read", self.file(name, lines))
                self.assertEqual(read.returncode, 0, read.stderr)
                root = ET.fromstring(read.stdout)
                self.assertEqual(root.tag, "{urn:wayleave:interchange:1}interchange")
                self.assertIn(b"PO-4711", read.stdout)
                written = self.run_edi("edi", "write", "--newline", "-", stdin=read.stdout)
                self.assertEqual(written.returncode, 0, written.stderr)
                self.assertEqual(written.stdout.decode().split("\n"), text(lines).decode().split("\n"))

    def test_what_is_refused_can_still_be_read_and_shown(self):
        bad = self.file("bad.edi", BAD)
        read = self.run_edi("edi", "read", bad)
        self.assertEqual(read.returncode, 1)
        self.assertIn('accepted="false"', read.stdout.decode())
        shown = self.run_edi("edi", "show", "--color", "never", bad)
        self.assertEqual(shown.returncode, 1)
        for said in ("REFUSED", "E314", "BEG05 (373) 20250231", "N101 (98) ST"):
            self.assertIn(said, shown.stdout.decode())
        self.assertNotIn("\x1b", shown.stdout.decode())
        self.assertEqual(self.run_edi("edi", "show", self.file("good.edi", GOOD)).returncode, 0)

    def test_controls_in_data_do_not_reach_the_terminal(self):
        wild = self.file("wild.edi", [line.replace("Store 7", "\x1b[31mStore\x07").replace("PO-4711", "PO-\x1b]0;x") for line in BAD])
        for arguments in (("edi", "ack", "--guide", GUIDE), ("edi", "show", "--color", "never"), ("validate", "--schema", GUIDE)):
            with self.subTest(arguments[1]):
                done = self.run_edi(*arguments, wild)
                self.assertEqual(done.returncode, 1)
                for stream in (done.stdout, done.stderr):
                    self.assertFalse(set(stream) & set(range(0x20)) - {9, 10}, stream)

    # ----------------------------------------------------------------------------------------------------------- validate

    def test_validate_tells_findings_for_machines(self):
        done = self.run_edi("validate", "--format", "json", "--schema", GUIDE, self.file("bad.edi", BAD))
        self.assertEqual(done.returncode, 1, done.stderr)
        (judged,) = json.loads(done.stdout)
        self.assertEqual(judged["status"], "invalid")
        found = {f["code"]: f for f in judged["findings"]}
        self.assertEqual(sorted(found), ["E302", "E312", "E314", "E501"])
        expected = {"severity": "error", "line": 6, "column": 10, "path": "/TS850/PO1[1]/PO103", "found": "QQ", "segment": 4, "element": 3,
                    "component": 0, "loop": "PO1", "ack": "AK3*PO1*4*PO1*8 AK4*3*355*7*QQ"}
        self.assertEqual({name: found["E312"][name] for name in expected}, expected)
        good = self.run_edi("validate", "--format", "json", "--schema", GUIDE, self.file("good.edi", GOOD))
        self.assertEqual(good.returncode, 0, good.stdout)
        self.assertEqual(json.loads(good.stdout)[0]["findings"], [])

    def test_validate_names_components(self):
        lines = [line.replace("137:20250314:102", "137:20250231:102") for line in ORDERS]
        done = self.run_edi("validate", "--format", "json", "--schema", "edifact/D96A/orders.xsd", "-", stdin=text(lines))
        self.assertEqual(done.returncode, 1)
        (finding,) = json.loads(done.stdout)[0]["findings"]
        self.assertEqual(tuple(finding[name] for name in ("code", "segment", "element", "component", "ack")), ("E314", 3, 1, 2, "UCS+3 UCD+12+2:2"))

    # -------------------------------------------------------------------------------------------------------------- size

    def peak(self, produce, *arguments):
        """Exit code and peak resident bytes of a run that reads what `produce` writes."""
        with open(os.path.join(self.folder.name, "answer"), "wb") as answer:
            child = subprocess.Popen([str(BINARY), *arguments, "-"], cwd=self.folder.name,
                                     stdin=subprocess.PIPE, stdout=answer, stderr=subprocess.DEVNULL)

            def feed():
                produce(child.stdin)
                child.stdin.close()

            feeder = threading.Thread(target=feed)
            feeder.start()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            feeder.join()
        return child.returncode, usage.ru_maxrss * 1024

    def test_map_takes_edi_and_gives_it(self):
        """Input is judged by the map's guide; output of a map to a guide is its tree, or with --edi the interchange."""
        good = self.run_edi("map", "x12-850_to_order/base.map.xml", self.file("good.edi", GOOD))
        self.assertEqual(good.returncode, 0, good.stderr)
        self.assertIn(b"<Number>PO-4711</Number>", good.stdout)
        # What the map finds stands where it is in the file, whether segments have lines of their own or not.
        doubtful = [s.replace("VP*A1", "VP*A1*UP*012345678901") for s in GOOD]
        said = self.run_edi("map", "x12-850_to_order/base.map.xml", self.file("gtin.edi", doubtful)).stderr.decode()
        self.assertRegex(said, r"gtin\.edi:6:1 .*\n6 \| PO1\*1\*10\*EA")
        said = self.run_edi("map", "x12-850_to_order/base.map.xml", self.file("gtin1.edi", ["".join(doubtful)])).stderr.decode()
        self.assertIn("gtin1.edi:1:%d " % ("".join(doubtful).index("PO1*") + 1), said)
        bad = self.run_edi("map", "x12-850_to_order/base.map.xml", self.file("bad.edi", BAD))
        self.assertEqual(bad.returncode, 1)
        self.assertIn(b"E314", bad.stderr)
        none = self.run_edi("map", "x12-850_to_order/base.map.xml", self.file("orders.edi", ORDERS))
        self.assertEqual(none.returncode, 1)
        self.assertIn(b"E164", none.stderr)
        status = str(ROOT / "mappings/status_to_x12-214/cases/delivered/in.xml")
        tree = self.run_edi("map", "status_to_x12-214/base.map.xml", status)
        self.assertIn(b"<TS214", tree.stdout)
        written = self.run_edi("map", "--edi", "status_to_x12-214/base.map.xml", status)
        self.assertEqual(written.returncode, 0, written.stderr)
        self.assertEqual(self.run_edi("edi", "ack", "--guide", "x12/004010/214.xsd", "-", stdin=written.stdout).returncode, 0)
        self.assertEqual(self.run_edi("map", "--edi", "x12-850_to_order/base.map.xml", self.file("good.edi", GOOD)).returncode, 2)

    def test_trace_names_the_segments_of_the_file(self):
        second = [line.replace("PO-4711", "PO-4712").replace("000000905", "000000906").replace("*A1~", "*A2~") for line in GOOD]
        file = self.file("two.edi", GOOD + second)
        traced = self.run_edi("trace", "x12-850_to_order/base.map.xml", file)
        self.assertEqual((traced.returncode, traced.stderr), (0, b""), traced.stdout)
        for number, line in (("PO-4711", 4), ("PO-4712", 4 + len(GOOD))):
            self.assertRegex(traced.stdout.decode(), rf"<Number>{number}</Number> .*two.edi:{line} /TS850/BEG/BEG03")
        why = self.run_edi("trace", "x12-850_to_order/base.map.xml", file, "--why", "Order/Number").stdout.decode()
        for line in (3, 3 + len(GOOD)):
            self.assertIn(f"two.edi:{line} /TS850: written, from", why)
        refused = self.run_edi("trace", "x12-850_to_order/base.map.xml", self.file("bad.edi", BAD))
        self.assertEqual(refused.returncode, 1)
        self.assertIn(b"bad.edi:4:", refused.stderr)

    def test_a_hundred_megabytes_need_little_memory(self):
        sets = 100_000
        body = "".join("PO1*%d*10*EA*9.95**VP*A%07d~\n" % (n, n) for n in range(1, 29))

        def interchange(to):
            to.write((GOOD[0] + "\n" + GOOD[1] + "\n").encode())
            for first in range(1, sets + 1, 500):
                to.write("".join("ST*850*%06d~\nBEG*00*SA*PO-%06d**20250314~\n%sCTT*28~\nSE*32*%06d~\n" % (n, n, body, n)
                                 for n in range(first, first + 500)).encode())
            to.write(("GE*%d*1~\nIEA*1*000000905~\n" % sets).encode())

        self.assertGreater(sets * (len(body) + 70), 90_000_000)
        idle_code, idle = self.peak(lambda to: to.write(text(GOOD)), "edi", "ack", "--guide", GUIDE)
        self.assertEqual(idle_code, 0)
        code, busy = self.peak(interchange, "edi", "ack", "--guide", GUIDE)
        self.assertEqual(code, 0)
        with open(os.path.join(self.folder.name, "answer"), "rb") as answer:
            self.assertIn(b"AK9*A*%d*%d*%d~" % (sets, sets, sets), answer.read()[-200:])
        self.assertLess(busy - idle, 64 << 20)

    # ------------------------------------------------------------------------------------------------- a partner's own guide

    def birch(self, **edits):
        """A site whose partner birch has guides of its own, with the unit CS, and overlays that know it. `edits`: of a guide, by set."""
        site = os.path.join(self.folder.name, "site")
        shutil.copytree(DEMO / "site", site)
        shutil.copy(DEMO / "with-edi/gateway.xml", site)

        def write(name, content):
            path = os.path.join(site, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as to:
                to.write(content)
            return path

        for number in ("850", "855"):
            guide = (ROOT / f"schemas/x12/004010/{number}.xsd").read_text().replace("../../edi-types.xsd", "edi-types.xsd")
            before, unit = guide.split('<xs:simpleType name="UnitCode" edi:known="AS BC C3 CS JR KT TE">')
            unit = unit.replace('<xs:enumeration value="EA">', '<xs:enumeration value="CS"/><xs:enumeration value="EA">', 1)
            unit = "\n".join(line for line in unit.split("\n") if 'value="YD"' not in line)
            write(f"schemas/birch/{number}.xsd", edits.get("x" + number, str)(before + '<xs:simpleType name="UnitCode" edi:known="AS BC C3 JR KT TE YD">' + unit))
        write("mappings/birch/850.overlay.xml", """<m:overlay xmlns:m="urn:wayleave:map:1" xmlns="urn:wayleave:canonical:1" name="birch-850"
          extends="x12-850_to_order/base.map.xml" partner="birch"><m:codes name="unit" override="merge"><m:c from="CS" to="XCS"/></m:codes></m:overlay>""")
        write("mappings/birch/855.overlay.xml", """<m:overlay xmlns:m="urn:wayleave:map:1" xmlns="urn:wayleave:x12:004010:855" name="birch-855"
          extends="order-response_to_x12-855/base.map.xml" partner="birch"><m:codes name="unit" override="merge"><m:c from="XCS" to="CS"/><m:c from="YRD" to="EA"/></m:codes></m:overlay>""")
        self.partner = """<partner xmlns="urn:wayleave:partner:1" id="birch" name="Birch"><identity kind="x12" qualifier="ZZ" id="BIRCH"/>
          <property name="erpCustomer" value="0000305599"/>
          <accepts document="order" format="x12" set="850" version="004010" guide="birch/850.xsd" map="x12-850_to_order/base.map.xml" process="place-order"/>
          <receives feed="order-response" format="x12" set="855" version="004010" guide="birch/855.xsd" map="order-response_to_x12-855/base.map.xml"
                    via="directory" path="outbox/birch"/></partner>"""
        write("partners/birch.xml", self.partner)
        self.write = write
        return site

    def check(self, site):
        return subprocess.run([str(BINARY), "check", site], capture_output=True, text=True, timeout=60, env=dict(os.environ, TMS_URL="http://127.0.0.1:9"))

    def test_an_overlay_is_tried_over_the_guide_of_its_agreement(self):
        site = self.birch()
        overlay = os.path.join(site, "mappings/birch/850.overlay.xml")
        for unit, code in (("CS", 0), ("YD", 1)):         # admitted by birch's guide alone, and by the shipped one alone
            with self.subTest(unit):
                order = text([line.replace("*EA*", f"*{unit}*") for line in GOOD])
                file = self.write(f"mappings/birch/850.cases/{unit}/in.edi", order.decode())
                mapped = self.run_edi("map", overlay, file)
                self.assertEqual(mapped.returncode, code, mapped.stderr)
                self.assertIn(b"over birch/850.xsd, as partners/birch.xml has it", mapped.stderr)
                traced = self.run_edi("trace", overlay, file)
                self.assertEqual(traced.returncode, code, traced.stderr)
                for command in ("map", "trace"):
                    own = self.run_edi(command, "--guide", GUIDE, overlay, file)
                    self.assertEqual(own.returncode, 1 - code, own.stderr)
                    self.assertNotIn(b"wayleave:", own.stderr)
                tried = self.run_edi("test", "--generated", "0", "--accept", overlay)
                self.assertEqual(tried.returncode, code, tried.stdout)
                self.assertIn(b"  over birch/850.xsd\n", tried.stdout)
                if code:
                    shutil.rmtree(os.path.dirname(file))
        (tried,) = json.loads(self.run_edi("test", "--format", "json", overlay).stdout)
        self.assertEqual((tried["over"], [c["passed"] for c in tried["cases"]]), (["birch/850.xsd"], [True]))
        (tried,) = json.loads(self.run_edi("test", "--generated", "0", "--format", "json", "--guide", GUIDE, overlay).stdout)
        self.assertIn("E313", tried["cases"][0]["why"])

    def test_lint_takes_the_guide_that_is_named_or_that_all_agreements_name(self):
        site = self.birch()
        overlay = os.path.join(site, "mappings/birch/855.overlay.xml")
        said = self.run_edi("lint", overlay)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn(b"over birch/855.xsd", said.stderr)
        self.assertNotIn(b"M401", said.stderr)
        self.assertIn(b"does not take CS", self.run_edi("lint", "--guide", "x12/004010/855.xsd", overlay).stderr)
        other = self.run_edi("lint", "--guide", GUIDE, overlay)
        self.assertEqual(other.returncode, 2)
        self.assertIn(b"describes neither what", other.stderr)
        self.assertEqual(self.run_edi("lint", "--guide", "not-there.xsd", overlay).returncode, 2)
        # With two guides it is the map's own that counts.
        self.write("partners/birch.xml", self.partner.replace("</partner>", self.partner[self.partner.index("<receives"):].replace("birch/855.xsd", "x12/004010/855.xsd")))
        said = self.run_edi("lint", "--format", "json", overlay)
        self.assertEqual([f["code"] for f in json.loads(said.stdout)[0]["findings"]], ["M401"])
        self.assertRegex(said.stderr.decode(), "is used over .*birch/855.xsd.*; here over its own, x12/004010/855.xsd")

    def test_what_is_needless_over_a_narrower_guide_is_not_told(self):
        site = self.birch(x850=lambda guide: guide.replace('<xs:element name="REF02" edi:de="127" type="AN30" minOccurs="0">', '<xs:element name="REF02" edi:de="127" type="AN30">'))
        done = self.check(site)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        done = self.run_edi("lint", os.path.join(site, "mappings/birch/850.overlay.xml"))
        self.assertNotIn(b"M702", done.stderr)

    def test_check_judges_what_goes_out_by_the_partners_guide(self):
        site = self.birch()
        done = self.check(site)
        self.assertEqual((done.returncode, done.stderr), (0, ""))          # nor is CS told, which the shipped guide does not take
        shutil.rmtree(site)
        done = self.check(self.birch(x855=lambda guide: guide.replace('<xs:element name="BAK06" edi:de="326" type="AN45" minOccurs="0">',
                                                                      '<xs:element name="BAK06" edi:de="326" type="AN45">')))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr, r"error\[M201\]: BAK needs BAK06.*by birch/855.xsd")
        self.assertIn("error[C167]: map birch-855 does not make what birch/855.xsd asks for", done.stderr)


if __name__ == "__main__":
    unittest.main()
