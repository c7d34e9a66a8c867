"""What `wayleave edi write` and `wayleave validate` do not let pass: exit codes and streams, as a script sees them."""
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import BINARY

ISA = "ISA*00*          *00*          *ZZ*ACME           *ZZ*WAYLEAVE       *250314*0912*U*00401*000000905*0*P*>~"
SET = '<segment id="BEG"><element n="1">00</element></segment>'


def x12(interchange="", group="", messages=None):
    messages = messages or '<message set="850">%s</message>' % SET
    return ('<interchange xmlns="urn:wayleave:interchange:1" standard="X12" receiver="WAYLEAVE" %s>'
            '<group code="PO" version="004010" %s>%s</group></interchange>' % (interchange, group, messages))


def edifact(interchange):
    return ('<interchange xmlns="urn:wayleave:interchange:1" standard="EDIFACT" receiver="WAYLEAVE" %s>'
            '<message set="ORDERS" version="D.96A"><segment id="BGM"/></message></interchange>' % interchange)


class Judged(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wayleave-judged-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_it(self, *arguments, stdin=""):
        return subprocess.run([str(BINARY), *arguments], input=stdin.encode(), capture_output=True, timeout=60, cwd=self.folder)

    def test_an_envelope_that_nobody_meant_is_not_written(self):
        good = self.run_it("edi", "write", "-", stdin=x12('sender="ACME"'))
        self.assertEqual((good.returncode, good.stderr), (0, b""))
        one = '<message set="850" control="1">%s</message>' % SET
        for xml, code, at in (
                (x12('sender="ACME" control="abc"'), "X205", "/interchange/@control"),
                (x12(), "X130", "/interchange/@sender"),
                (x12('sender="ACME" control="99999999999"'), "X204", "/interchange/@control"),
                (x12('sender="ACME-CORPORATION"'), "X204", "/interchange/@sender"),
                (x12('sender="ACME" date="20261399"'), "X201", "/interchange/@date"),
                (x12('sender="ACME"', 'control="x"'), "X205", "/interchange/group/@control"),
                (x12('sender="ACME"', "", one), "X204", "/interchange/group/message/@control"),
                (x12('sender="ACME"', "", one + one), "E166", "/interchange/group/message[2]/@control"),
                (x12('sender="NO*TH~"'), "E310", "/interchange/@sender"),
                (edifact('sender="%s"' % ("A" * 36)), "X204", "/interchange/@sender"),
                (edifact('sender="ACME" control="123456789012345"'), "X204", "/interchange/@control"),
                (edifact('sender="ACME" version="5"'), "X205", "/interchange/@version")):
            with self.subTest(xml):
                done = self.run_it("edi", "write", "-", stdin=xml)
                self.assertEqual((done.returncode, done.stdout), (1, b""))
                self.assertIn("error[%s]" % code, done.stderr.decode())
                self.assertRegex(done.stderr.decode(), r"-:1:\d+  " + at.replace("[", r"\[") + "\n")

    def test_an_interchange_without_a_set_of_the_guide_is_not_valid(self):
        def order(code="PO", version="004010", set="850"):
            return ISA + "GS*%s*ACME*WAYLEAVE*20250314*0912*1*X*%s~ST*%s*0001~BEG*00*SA*1**20250314~PO1*1*10*EA*9.95**VP*A1~SE*4*0001~GE*1*1~IEA*1*000000905~" % (
                code, version, set)

        guide = ("validate", "--format", "json", "--schema", "x12/004010/850.xsd")
        self.assertEqual(self.run_it(*guide, "-", stdin=order()).returncode, 0)
        for name, text in (("204", order("SM", "004010", "204")), ("version", order(version="005010")),
                           ("TA1 alone", ISA + "TA1*000000001*250314*0912*A*000~IEA*0*000000905~")):
            with self.subTest(name):
                done = self.run_it(*guide, "-", stdin=text)
                self.assertEqual(done.returncode, 1, done.stdout)
                (judged,) = json.loads(done.stdout)
                self.assertEqual(judged["status"], "invalid")
                self.assertEqual(judged["findings"][-1]["code"], "E164")
                self.assertIn("850 004010", judged["findings"][-1]["message"])
        # One of several guides is enough.
        self.assertEqual(self.run_it(*guide, "--schema", "x12/004010/860.xsd", "-", stdin=order()).returncode, 0)

    def test_octets_of_a_set_without_a_guide_are_one_segment(self):
        text = (ISA + "GS*IN*ACME*WAYLEAVE*20250314*0912*1*X*004010~ST*810*0001~BIN*7*a~b*c~d~SE*3*0001~GE*1*1~IEA*1*000000905~")
        shown = self.run_it("edi", "show", "--color", "never", "-", stdin=text)
        self.assertIn("      BIN*7*a~b*c~d\n        BIN01 7\n        BIN02 a~b*c~d\n      SE*3*0001\n", shown.stdout.decode())
        read = self.run_it("edi", "read", "-", stdin=text)
        self.assertIn(b'<segment id="BIN"><element n="1">7</element><element n="2">a~b*c~d</element></segment>', read.stdout)

    def test_what_read_and_write_do_not_keep_is_what_the_page_says(self):
        def x12_file(header=ISA, before=""):
            return header + before + "GS*IN*A*B*20250314*0912*1*X*004010~ST*810*0001~BIG*20250314*1~SE*3*0001~GE*1*1~IEA*1*000000905~"

        def edifact_file(una="UNA:+.? '", unb="UNOC:3+A+B+250314:0912+7", ung="", unh="1+XXX:D:96A:UN", bgm="BGM+220'"):
            une = "UNE+1+1'" if ung else ""
            return una + "UNB+%s'" % unb + ung + "UNH+%s'%sUNT+3+1'%sUNZ+1+7'" % (unh, bgm, une)

        four = dict(una="UNA:+.?*'", unb="UNOC:4+A+B+20250314:0912+7")
        group = "UNG+XXX+A+B+250314:0912+1+UN+D:96A"
        for name, before, after in (
                ("nothing", x12_file(), x12_file()),
                ("nothing", edifact_file(), edifact_file()),
                ("UNA", edifact_file(una=""), edifact_file()),
                ("TA1", x12_file(before="TA1*000000001*250314*0912*A*000~"), x12_file()),
                ("ISA11", x12_file(ISA.replace("*U*", "*^*")), x12_file()),
                ("S001", edifact_file("UNA:+.?*'", "UNOC:4::1+A+B+20250314:0912+7"), edifact_file(**four)),
                ("0022", edifact_file(unb="UNOC:3+A+B+250314:0912+7+SECRET"), edifact_file()),
                ("0035", edifact_file(unb="UNOC:3+A+B+250314:0912+7++++2++3"), edifact_file(unb="UNOC:3+A+B+250314:0912+7++++1++1")),
                ("UNG", edifact_file(ung=group + ":EAN+SECRET'"), edifact_file(ung=group + "'")),
                ("0051", edifact_file(ung="UNG+XXX+A+B+250314:0912+1'"), edifact_file(ung="UNG+XXX+A+B+250314:0912+1+UN'")),
                ("UNH", edifact_file(unh="1+XXX:D:96A:UN+REF+1:F", **four), edifact_file(**four)),
                ("release", edifact_file(bgm="BGM+220+?A'"), edifact_file(bgm="BGM+220+A'")),
                ("empty", edifact_file(bgm="BGM+220::+'"), edifact_file(bgm="BGM+220'"))):
            with self.subTest(name, file=before):
                read = self.run_it("edi", "read", "-", stdin=before)
                written = self.run_it("edi", "write", "-", stdin=read.stdout.decode())
                self.assertEqual((written.returncode, written.stdout.decode()), (0, after), written.stderr)
        alone = self.run_it("edi", "read", "-", stdin=ISA + "TA1*000000001*250314*0912*A*000~IEA*0*000000905~")
        self.assertEqual(alone.returncode, 0)
        self.assertIn(b"error[X110]", self.run_it("edi", "write", "-", stdin=alone.stdout.decode()).stderr)


if __name__ == "__main__":
    unittest.main()
