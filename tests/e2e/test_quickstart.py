"""The tour of the README, as a newcomer takes it once everything is built."""
import os
import subprocess
import time
import unittest

from harness import BINARY, ROOT


class Quickstart(unittest.TestCase):
    def test_the_tour_works_and_takes_less_than_thirty_seconds(self):
        began = time.monotonic()
        done = subprocess.run([str(ROOT / "examples/quickstart.sh"), "--once"], capture_output=True, text=True, timeout=120,
                              env=dict(os.environ, WAYLEAVE_BINARY=str(BINARY)))
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-2000:])
        self.assertNotIn("FAILED", done.stdout)
        self.assertLess(time.monotonic() - began, 30)


if __name__ == "__main__":
    unittest.main()
