"""The tour of EDI, as a newcomer takes it, and the page of codes beside the table that acknowledgments are made by."""
import os
import re
import subprocess
import unittest

from harness import BINARY, ROOT

ENVIRONMENT = dict(os.environ, WAYLEAVE_BINARY=str(BINARY))


class Tour(unittest.TestCase):
    def test_every_step_of_the_tour_works(self):
        done = subprocess.run([str(ROOT / "examples/edi/tour.sh"), "--once"], capture_output=True, text=True, timeout=120, env=ENVIRONMENT)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr[-2000:])
        self.assertNotIn("FAILED", done.stdout)
        self.assertGreaterEqual(done.stdout.count("  ok    "), 20)


class Codes(unittest.TestCase):
    """What docs/codes.md says acknowledgments tell is what the table in the source makes them tell."""

    def test_the_page_says_what_the_table_says(self):
        columns = ("ak3", "ak4", "ik3", "ik4", "ak5", "ik5", "ak9", "ta1", "contrl")
        table = {}
        for row in re.findall(r"^  \{Cause::\w+,\s+\{(.*)\}\},$", (ROOT / "src/formats/edi/flaw.cpp").read_text(), re.M):
            code, *said = re.findall(r'"([^"]*)"', row)
            table[code] = dict(zip(columns, said))
        self.assertGreater(len(table), 70)
        told = dict(re.findall(r"^## (E[1-5]\d\d) .*(?:\n- (?!Told).*)+\n- Told: (.*)", (ROOT / "docs/codes.md").read_text(), re.M))
        self.assertEqual(sorted(told), sorted(table))
        for code, line in told.items():
            if line.startswith("nothing"):
                continue
            for kind, value in re.findall(r"(AK3|AK4|IK3|IK4|AK9|TA1|CONTRL) (\w+)", line):
                with self.subTest(code, kind=kind):
                    if code != "E124" or kind != "CONTRL":          # told by the segment where it is
                        self.assertEqual(value, table[code][kind.lower()])
            for kind in ("AK3", "AK4", "IK3", "IK4"):
                with self.subTest(code, kind=kind):
                    self.assertEqual(kind in line, bool(table[code][kind.lower()]))


class Pages(unittest.TestCase):
    """Commands of the pages on EDI run, and print what the pages say."""

    def test_commands_print_what_stands_below_them(self):
        count = 0
        for page in ("docs/guides.md", "docs/formats.md"):
            text = re.sub(r"```.*?```", "", (ROOT / page).read_text(), flags=re.S)
            for block in re.findall(r"(?:^    .*\n)+", text, re.M):
                printed = None
                for line in re.sub("^    ", "", block, flags=re.M).splitlines():
                    with self.subTest(page, line=line):
                        if re.match("wayleave |sed |curl ", line):
                            command = re.sub(r"(^|\| )wayleave ", rf"\1'{BINARY}' ", line)
                            done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, encoding="utf-8", errors="replace",
                                                  timeout=60, env=ENVIRONMENT)
                            self.assertIn(done.returncode, (0, 1), done.stderr)
                            printed = done.stdout + done.stderr
                            count += 1
                        elif line != "…":
                            self.assertIn(line, printed or "", "no command prints this")
        self.assertGreaterEqual(count, 6)

    def test_the_readme_shows_what_is_printed(self):
        command, *shown = re.sub("^    ", "", re.search(r"^    \$ wayleave edi ack.*\n(?:    .*\n)+", (ROOT / "README.md").read_text(), re.M)[0],
                                 flags=re.M).splitlines()
        done = subprocess.run([BINARY, *command.split()[2:]], cwd=ROOT, capture_output=True, text=True, timeout=60)
        printed = (done.stderr + done.stdout).splitlines()
        self.assertGreater(len(shown), 6)
        for line in shown:
            if line != "…":
                self.assertIn(line, printed)


if __name__ == "__main__":
    unittest.main()
