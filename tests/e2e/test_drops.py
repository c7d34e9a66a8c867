"""Files that partners drop into folders, end to end: taken when whole, once whatever happens, put away when it is known
what became of them, links never followed, partners apart."""
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from harness import BINARY, BackEnd, Gateway, order_xml, wait_until
from test_edi_in import interchange, order as set_850, segments, with_edi

FOLDERS = {"acme": 'path="inbox/acme" stable="300ms" every="50ms"', "cobalt": 'path="inbox/cobalt" stable="300ms" every="50ms"'}


def with_drops(**folders):
    """Edits a site so that these partners drop files; EDI is agreed on with acme."""
    def edit(site):
        with_edi(site)
        for partner, attributes in (folders or FOLDERS).items():
            set_drops(site, partner, f"<drops {attributes}/>")
    return edit


def set_drops(site, partner, element):
    file = site / f"partners/{partner}.xml"
    text = re.sub(r"\s*<drops[^>]*/>", "", file.read_text())
    file.write_text(text.replace("</partner>", f"  {element}\n</partner>"))


def wait_ready(inbox):
    wait_until(lambda: (inbox / ".taking").is_dir() and (inbox / "failed").is_dir(), what="the folder")
    return inbox


def upload(folder, name, content):
    """As careful software does it: under a name that is left alone, then renamed."""
    part = folder / f"{name}.part"
    part.write_bytes(content.encode() if isinstance(content, str) else content)
    part.rename(folder / name)


def put_away(folder, name, beside=False):
    """The file of that name in done or failed."""
    found = [f for f in folder.glob(f"*-{name}")] if folder.is_dir() else []
    return found[0] if found else None


class DropsCase(unittest.TestCase):
    edit = staticmethod(with_drops())

    def setUp(self):
        self.backend = BackEnd()
        self.addCleanup(self.backend.close)
        self.gateway = Gateway(self.backend.url, edit=self.edit)
        self.addCleanup(self.gateway.__exit__)
        self.gateway.start()
        self.inbox = self.gateway.site / "inbox/acme"
        if self.edit:
            wait_ready(self.inbox)

    def done(self, name, inbox=None, seconds=10):
        return wait_until(lambda: put_away((inbox or self.inbox) / "done", name), seconds, f"{name} in done")

    def failed(self, name, inbox=None):
        file = wait_until(lambda: put_away((inbox or self.inbox) / "failed", name), what=f"{name} in failed")
        return file, (file.parent / f"{file.name}.report.txt").read_text()

    def receipt(self, file, partner="acme"):
        return self.gateway.api("GET", "/v1/receipts/" + file.name.split("-")[0], partner=partner)


class Drops(DropsCase):
    def test_an_order_in_xml_reaches_the_back_end_and_is_put_away_under_its_receipt(self):
        upload(self.inbox, "order.xml", order_xml("D-1"))
        file = self.done("order.xml")
        self.assertEqual(file.read_text(), order_xml("D-1"))
        reply = self.receipt(file)
        self.assertEqual((reply.status, reply.xml[0].get("key")), (200, "D-1"), reply)
        wait_until(lambda: self.backend.effects_of("D-1") == 1, what="one effect")
        self.assertEqual(list((self.inbox / ".taking").iterdir()), [])
        metrics = self.gateway.metrics()
        self.assertEqual(metrics['wayleave_drops_total{outcome="accepted",partner="acme"}'], 1)
        self.assertEqual(metrics['wayleave_documents_total{kind="order",outcome="accepted",partner="acme"}'], 1)

    def test_an_850_reaches_the_back_end_and_is_acknowledged(self):
        upload(self.inbox, "po.edi", interchange(set_850("D-850", "0001"), control="000000850"))
        file = self.done("po.edi")
        wait_until(lambda: self.backend.effects_of("D-850") == 1, what="the order")
        answer = self.gateway.api("GET", f"/v1/receipts/{file.name.split('-')[0]}/acknowledgment")
        self.assertIn("AK9*A*1*1*1", segments(answer.text))
        self.assertEqual((file.parent / f"{file.name}.ack.edi").read_text(), answer.text)
        self.assertIn("AK9*A*1*1*1", self.gateway.api("GET", "/v1/feeds/acknowledgments/events").text)

    def test_an_interchange_with_a_bad_set_is_taken_with_a_report_beside_it(self):
        upload(self.inbox, "mixed.edi", interchange(set_850("D-851", "0001"), set_850("D-852", "0002", beg05="20250231"), control="000000851"))
        file = self.done("mixed.edi")
        self.assertIn("E314", (file.parent / f"{file.name}.report.txt").read_text())
        self.assertIn("AK9*P*2*2*1", segments((file.parent / f"{file.name}.ack.edi").read_text()))
        wait_until(lambda: self.backend.effects_of("D-851") == 1, what="the good order")

    def test_a_file_of_which_nothing_was_taken_goes_to_failed_with_its_acknowledgment(self):
        bad = interchange(set_850("D-N1", "0001", unit="QQ"), control="000000011")
        for _ in range(2):                                             # the repeat, too
            upload(self.inbox, "refused.edi", bad)
            file, report = self.failed("refused.edi")
            self.assertIn("AK5*R*5", segments((file.parent / f"{file.name}.ack.edi").read_text()))
            for f in self.inbox.glob("failed/*"):
                f.unlink()
        self.assertEqual(self.gateway.metrics()['wayleave_drops_total{outcome="rejected",partner="acme"}'], 2)
        upload(self.inbox, "both.edi", bad.replace("000000011", "000000012") + interchange(set_850("D-N2", "0001"), control="000000013"))
        self.done("both.edi")

    def test_what_was_said_of_each_interchange_lies_beside_the_file(self):
        good = interchange(set_850("D-F1", "0001"), control="000000036")
        wrong = interchange(set_850("D-F2", "0001", unit="QQ"), control="000000037")
        upload(self.inbox, "po.edi", good + wrong)
        file = self.done("po.edi")
        said = segments((file.parent / f"{file.name}.ack.edi").read_text())
        self.assertEqual([s for s in said if s.startswith("AK5")], ["AK5*A", "AK5*R*5"])
        self.assertEqual(sum(s.startswith("ISA") for s in said), 2)
        report = (file.parent / f"{file.name}.report.txt").read_text()
        self.assertRegex(report, r"PO1\S*\*QQ\*")
        self.assertNotIn("D-F1", report)
        upload(self.inbox, "again.edi", wrong + good)
        again = self.done("again.edi")
        self.assertEqual(set(segments((again.parent / f"{again.name}.ack.edi").read_text())), set(said), "the same, fetched from the store")

    def test_bad_files_go_to_failed_with_the_reason_beside_them(self):
        upload(self.inbox, "broken.xml", order_xml("D-2", quantity="many"))
        upload(self.inbox, "cut.edi", interchange(set_850("D-3", "0001"), control="000000003").split("GE*")[0])
        upload(self.inbox, "what.edi", "hello")
        upload(self.inbox, "empty.edi", "")
        file, report = self.failed("broken.xml")
        self.assertIn("ORDER NOT ACCEPTED", report)
        self.assertEqual(self.receipt(file).xml.get("status"), "rejected")
        file, report = self.failed("cut.edi")
        self.assertTrue(report)
        ack = (file.parent / f"{file.name}.ack.edi").read_text()
        self.assertTrue(any(s.startswith("TA1*000000003*251121*0912*R*") for s in segments(ack)), ack)
        self.assertIn("TA1*000000003", self.gateway.api("GET", "/v1/feeds/acknowledgments/events").text)
        self.assertIn("what.edi was not taken", self.failed("what.edi")[1])
        self.assertIn("it is empty", self.failed("empty.edi")[1])
        self.assertEqual(self.backend.effects, {})

    def test_a_file_that_is_still_written_is_left_alone(self):
        whole = order_xml("D-4")
        with open(self.inbox / "slow.xml", "w") as file:
            for piece in range(8):
                file.write(whole[piece * 20:(piece + 1) * 20])
                file.flush()
                time.sleep(0.15)
                self.assertTrue((self.inbox / "slow.xml").exists(), f"taken with {piece + 1} pieces")
            file.write(whole[160:])
        self.done("slow.xml")
        wait_until(lambda: self.backend.effects_of("D-4") == 1, what="the order")

    def test_unfinished_hidden_and_other_names_are_left_alone(self):
        names = [".order.xml", "order.xml.part", "order.xml.tmp", "order.xml.filepart", "order.txt"]
        for name in names:
            (self.inbox / name).write_text(order_xml("D-5"))
        upload(self.inbox, "last.xml", order_xml("D-6"))
        self.done("last.xml")
        time.sleep(0.5)
        for name in names:
            self.assertTrue((self.inbox / name).exists(), name)
        self.assertFalse(self.backend.effects_of("D-5"))

    def test_links_are_refused_and_never_read(self):
        secret = self.gateway.folder / "secret.xml"
        secret.write_text(order_xml("D-7"))
        (self.inbox / "link.xml").symlink_to(secret)
        os.link(secret, self.inbox / "hard.xml")
        os.mkfifo(self.inbox / "pipe.xml")
        self.assertIn("symbolic link", self.failed("link.xml")[1])
        self.assertIn("hard link", self.failed("hard.xml")[1])
        self.assertIn("no ordinary file", self.failed("pipe.xml")[1])
        self.assertEqual(secret.read_text(), order_xml("D-7"))
        self.assertEqual(self.gateway.api("GET", "/v1/orders/D-7").status, 404)
        self.assertEqual(self.gateway.metrics()['wayleave_drops_total{outcome="refused",partner="acme"}'], 3)

    def test_a_link_in_place_of_done_stops_the_folder_and_its_removal_starts_it_again(self):
        elsewhere = self.gateway.folder / "elsewhere"
        elsewhere.mkdir()
        (self.inbox / "done").rmdir()
        (self.inbox / "done").symlink_to(elsewhere)
        upload(self.inbox, "order.xml", order_xml("D-8"))
        usable = 'wayleave_drops_folder_usable{folder="%s",partner="acme"}' % self.inbox
        wait_until(lambda: self.gateway.metrics()[usable] == 0, what="the alarm")
        time.sleep(0.5)
        self.assertEqual(list(elsewhere.iterdir()), [])
        (self.inbox / "done").unlink()
        self.done("order.xml")
        self.assertEqual(self.gateway.metrics()[usable], 1)

    def test_the_same_file_again_is_a_duplicate_and_nothing_is_overwritten(self):
        upload(self.inbox, "order.xml", order_xml("D-9"))
        first = self.done("order.xml")
        upload(self.inbox, "order.xml", order_xml("D-9"))
        second = wait_until(lambda: put_away(self.inbox / "done", "2-order.xml"), what="the second")
        self.assertEqual(second.name, first.name.replace("-order.xml", "-2-order.xml"))
        self.assertEqual(first.read_text(), second.read_text())
        wait_until(lambda: self.backend.effects_of("D-9") == 1, what="the order")
        upload(self.inbox, "order.xml", order_xml("D-9", quantity="13"))
        self.assertIn("D101", self.failed("order.xml")[1])
        self.assertEqual(self.backend.effects_of("D-9"), 1)

    def test_partners_are_apart(self):
        cobalt = wait_ready(self.gateway.site / "inbox/cobalt")
        upload(cobalt, "order.xml", order_xml("D-10"))
        upload(cobalt, "po.edi", interchange(set_850("D-11", "0001"), control="000000011"))
        upload(self.inbox, "order.xml", order_xml("D-12"))
        mine = self.done("order.xml")
        self.assertIn("order.xml was not taken", self.failed("order.xml", cobalt)[1])
        file, _ = self.failed("po.edi", cobalt)
        receipt = file.name.split("-")[0]
        self.assertEqual(self.gateway.api("GET", f"/v1/receipts/{receipt}", partner="cobalt").status, 200)
        self.assertEqual(self.gateway.api("GET", f"/v1/receipts/{receipt}", partner="acme").status, 404)
        self.assertEqual(self.receipt(mine, "cobalt").status, 404)
        wait_until(lambda: self.backend.effects_of("D-12") == 1, what="the order")
        self.assertEqual(len(self.backend.effects), 1)

    def test_hundreds_of_files_come_in_order_and_once(self):
        for n in range(200):
            upload(self.inbox, f"{n:03}.xml", order_xml(f"D-H{n}"))
        wait_until(lambda: len(list((self.inbox / "done").iterdir())) == 200, 30, "all files")
        wait_until(lambda: all(self.backend.effects_of(f"D-H{n}") == 1 for n in range(200)), 30, "all orders")
        self.assertEqual(len(self.backend.effects), 200)

    def test_a_reload_begins_and_ends_folders_and_leaves_others_alone(self):
        site = self.gateway.site
        set_drops(site, "acme", "")
        set_drops(site, "cobalt", '<drops path="inbox/new" stable="100ms" every="50ms"/>')
        self.gateway.reload()
        new = wait_ready(site / "inbox/new")
        upload(self.inbox, "order.xml", order_xml("D-13"))
        upload(site / "inbox/cobalt", "order.xml", order_xml("D-13"))
        upload(new, "order.xml", order_xml("D-13"))
        self.failed("order.xml", new)
        time.sleep(0.7)
        self.assertTrue((self.inbox / "order.xml").exists())
        self.assertTrue((site / "inbox/cobalt/order.xml").exists())
        set_drops(site, "acme", f"<drops {FOLDERS['acme']}/>")
        self.gateway.reload()
        self.done("order.xml")
        set_drops(site, "cobalt", f"<drops {FOLDERS['acme']}/>")
        self.gateway.reload()
        wait_until(lambda: "C180" in self.gateway.log.read_text(), what="the refusal")
        upload(self.inbox, "more.xml", order_xml("D-14"))
        self.done("more.xml")

    def test_stopping_finishes_the_file_under_way_and_leaves_the_rest(self):
        for n in range(150):
            upload(self.inbox, f"{n:03}.xml", order_xml(f"D-S{n}"))
        wait_until(lambda: len(list((self.inbox / "done").iterdir())) > 3, what="the first files")
        self.assertEqual(self.gateway.stop(), 0)
        done, left = len(list((self.inbox / "done").iterdir())), len(list(self.inbox.glob("*.xml")))
        self.assertEqual((done + left, list((self.inbox / ".taking").iterdir())), (150, []))
        self.gateway.start()
        wait_until(lambda: len(list((self.inbox / "done").iterdir())) == 150, 30, "all files")
        wait_until(lambda: all(self.backend.effects_of(f"D-S{n}") == 1 for n in range(150)), 30, "all orders")
        self.assertEqual(len(self.backend.effects), 150)

    def test_two_gateways_on_one_folder_take_each_file_once(self):
        with Gateway(self.backend.url, edit=with_drops(acme=f'path="{self.inbox}" stable="300ms" every="50ms"')):
            for n in range(100):
                upload(self.inbox, f"{n:03}.xml", order_xml(f"D-T{n}"))
            wait_until(lambda: len(list((self.inbox / "done").iterdir())) == 100, 30, "all files")
            wait_until(lambda: len(self.backend.effects) == 100, 30, "all orders")
            time.sleep(0.3)
            self.assertEqual(len(self.backend.effects), 100)
            self.assertEqual({self.backend.effects_of(f"D-T{n}") for n in range(100)}, {1})


class Limits(DropsCase):
    @staticmethod
    def edit(site):
        with_drops(acme='path="inbox/acme" stable="100ms" every="50ms" limit="2MiB" test="yes"',
                   cobalt='path="inbox/cobalt" stable="100ms" every="50ms"')(site)
        gateway = site / "gateway.xml"
        gateway.write_text(gateway.read_text().replace('document="10MiB"', 'document="100KiB"'))

    def test_files_above_the_limit_are_told_and_large_interchanges_are_taken(self):
        cobalt = wait_ready(self.gateway.site / "inbox/cobalt")
        upload(cobalt, "large.edi", "x" * 200_000)
        self.assertIn("200000 bytes; at most 102400", self.failed("large.edi", cobalt)[1])
        upload(self.inbox, "huge.edi", "x" * 3_000_000)
        self.assertIn("3000000 bytes; at most 2097152", self.failed("huge.edi")[1])
        upload(self.inbox, "large.xml", order_xml("D-20", lines=2000))
        self.assertIn("limits document=", self.failed("large.xml")[1])
        upload(self.inbox, "large.edi", interchange(*(set_850(f"D-L{n}", f"{n:04}") for n in range(1, 801)), control="000000020"))
        file = self.done("large.edi", seconds=30)
        self.assertGreater(file.stat().st_size, 150_000)
        self.assertIn("AK9*A*800*800*800", segments((file.parent / f"{file.name}.ack.edi").read_text()))
        self.assertEqual(self.receipt(file).xml.get("test"), "true")

    def test_a_folder_of_tests_makes_tests(self):
        upload(self.inbox, "order.xml", order_xml("D-21"))
        file = self.done("order.xml")
        self.assertEqual(self.receipt(file).xml.get("test"), "true")
        self.assertFalse(self.backend.effects)


class Crashes(DropsCase):
    """Killed between taking and answer, between commit and answer, between answer and putting away: one order."""

    def setUp(self):
        self.backend = BackEnd()
        self.addCleanup(self.backend.close)

    def crash(self, point, name, content, edit=None):
        gateway = Gateway(self.backend.url, edit=edit or self.edit)
        self.addCleanup(gateway.__exit__)
        self.gateway, self.inbox = gateway, gateway.site / "inbox/acme"
        gateway.start(env={"WAYLEAVE_CRASH_AT": point})
        upload(wait_ready(self.inbox), name, content)
        wait_until(lambda: not gateway.alive(), what=f"the crash at {point}")
        gateway.kill()
        self.assertEqual([f.name for f in (self.inbox / ".taking").iterdir()], [name])
        self.assertEqual(list((self.inbox / "done").iterdir()), [])
        gateway.start()

    def test_an_order_is_there_once(self):
        for n, point in enumerate(("drop-taken", "before-commit", "after-commit", "drop-answered")):
            with self.subTest(point):
                self.crash(point, "order.xml", order_xml(f"D-C{n}"))
                self.done("order.xml")
                wait_until(lambda: self.backend.effects_of(f"D-C{n}") == 1, what="the order")
                self.assertEqual(len(self.gateway.api("GET", f"/v1/documents?kind=order&key=D-C{n}").xml), 1)
                self.assertEqual(list((self.inbox / ".taking").iterdir()), [])
                self.assertEqual(len(list((self.inbox / "done").iterdir())), 1)

    def test_whatever_the_agreement_says_of_duplicates(self):
        for n, duplicates in enumerate(("refuse", "allow")):
            with self.subTest(duplicates):
                def edit(site, duplicates=duplicates):
                    self.edit(site)
                    acme = site / "partners/acme.xml"
                    acme.write_text(acme.read_text().replace('source-key="Header/Number"', f'source-key="Header/Number" duplicates="{duplicates}"'))
                self.crash("drop-answered", "order.xml", order_xml(f"D-D{n}"), edit)
                self.done("order.xml")
                wait_until(lambda: self.backend.effects_of(f"D-D{n}") == 1, what="the order")
                self.assertEqual(len(self.gateway.api("GET", f"/v1/documents?kind=order&key=D-D{n}").xml), 1)

    def test_a_refusal_is_there_once(self):
        self.crash("drop-answered", "broken.xml", order_xml("D-R", quantity="many"))
        file, report = self.failed("broken.xml")
        self.assertIn("ORDER NOT ACCEPTED", report)
        self.assertEqual(len(self.gateway.api("GET", "/v1/documents?since=2020-01-01T00:00:00Z").xml), 1)
        self.assertEqual(self.receipt(file).xml.get("status"), "rejected")

    def test_an_interchange_is_there_once_with_one_acknowledgment(self):
        for n, point in enumerate(("drop-taken", "before-commit", "after-commit", "drop-answered")):
            with self.subTest(point):
                self.crash(point, "po.edi", interchange(set_850(f"D-E{n}", "0001"), control=f"00000003{n}"))
                file = self.done("po.edi")
                wait_until(lambda: self.backend.effects_of(f"D-E{n}") == 1, what="the order")
                feed = self.gateway.api("GET", "/v1/feeds/acknowledgments/events")
                self.assertEqual(feed.text.count("AK9*A*1*1*1"), 1)
                self.assertIn("AK9*A*1*1*1", (file.parent / f"{file.name}.ack.edi").read_text())

    def large(self, site, more=""):
        with_drops(acme='path="inbox/acme" stable="300ms" every="50ms" limit="2MiB"')(site)
        gateway = site / "gateway.xml"
        gateway.write_text(gateway.read_text().replace('document="10MiB"', 'document="100KiB"'))
        if more:
            acme = site / "partners/acme.xml"
            acme.write_text(acme.read_text().replace('set="850"', f'set="850" {more}'))

    def all_once(self, sets):
        wait_until(lambda: len(self.backend.effects) >= sets, 60, "all orders")
        time.sleep(0.5)
        self.assertEqual((len(self.backend.effects), set(self.backend.effects.values())), (sets, {1}))

    def test_a_large_interchange_is_taken_up_where_it_was(self):
        sets = 1500
        text = interchange(*(set_850(f"D-G{n}", f"{n:04}") for n in range(1, sets + 1)), control="000000040")
        self.assertGreater(len(text), 256 << 10, "several portions")
        self.crash("after-commit", "large.edi", text, self.large)
        file = self.done("large.edi", seconds=30)
        self.assertIn(f"AK9*A*{sets}*{sets}*{sets}", segments((file.parent / f"{file.name}.ack.edi").read_text()))
        self.all_once(sets)

    def test_what_it_took_before_is_no_duplicate_and_what_is_one_stays_one(self):
        sets = 1500
        text = interchange(*(set_850(f"D-H{n}", f"{n:04}") for n in range(1, sets + 1)), set_850("D-H7", f"{sets + 1:04}"), control="000000041")
        self.crash("after-commit:2", "large.edi", text, lambda site: self.large(site, 'duplicates="refuse"'))
        file = self.done("large.edi", seconds=30)
        report = (file.parent / f"{file.name}.report.txt").read_text()
        self.assertEqual((report.count("D101"), report.count("D-H7"), "D-H8" in report), (1, report.count("D-H7"), False), report)
        self.assertIn("D-H7", report)
        self.all_once(sets)

    def test_what_was_decided_before_a_stop_stands(self):
        def rule(site, number):
            file = site / "processes/place-order.xml"
            text = re.sub(r"<reject code=\"CLOSED.*?</reject>", "", file.read_text())
            file.write_text(text.replace("<step ", f"<reject code=\"CLOSED\" when=\"Number = '{number}'\">Not this one.</reject><step ", 1))

        def edit(site):
            self.large(site)
            rule(site, "D-L5")
        text = interchange(*(set_850(f"D-L{n}", f"{n:04}") for n in range(1, 1201)), control="000000043")
        gateway = Gateway(self.backend.url, edit=edit)
        self.addCleanup(gateway.__exit__)
        self.gateway, self.inbox = gateway, gateway.site / "inbox/acme"
        gateway.start(env={"WAYLEAVE_CRASH_AT": "after-commit"})
        upload(wait_ready(self.inbox), "large.edi", text)
        wait_until(lambda: not gateway.alive(), what="the crash")
        gateway.kill()
        rule(gateway.site, "D-L6")                                     # lifted for one, laid upon another
        gateway.start()
        file = self.done("large.edi", seconds=30)
        said = segments((file.parent / f"{file.name}.ack.edi").read_text())
        self.assertEqual([s.split("*")[3] for s in said if s.startswith("OTI")], ["D-L5"])
        self.assertIn("D103", (file.parent / f"{file.name}.report.txt").read_text())
        wait_until(lambda: len(self.backend.effects) >= 1199, 60, "all orders")
        self.assertEqual((self.backend.effects_of("D-L5"), self.backend.effects_of("D-L6")), (0, 1))

    def test_bytes_between_the_interchanges_of_a_large_file_are_told(self):
        text = interchange(*(set_850(f"D-M{n}", f"{n:04}") for n in range(1, 401)), control="000000044")
        damaged = interchange(set_850("D-MX", "0001"), control="000000045").replace("ISA*00*", "IS*00*", 1)
        gateway = Gateway(self.backend.url, edit=self.large)
        self.addCleanup(gateway.__exit__)
        self.gateway, self.inbox = gateway, gateway.site / "inbox/acme"
        gateway.start()
        upload(wait_ready(self.inbox), "large.edi", text + damaged)
        file = self.done("large.edi", seconds=30)
        self.assertIn("E125", (file.parent / f"{file.name}.report.txt").read_text())

    def test_another_file_with_the_number_of_an_interrupted_one_is_taken_whole(self):
        def text(prefix):
            return interchange(*(set_850(f"D-{prefix}{n}", f"{n:04}") for n in range(1, 1201)), control="000000042")
        gateway = Gateway(self.backend.url, edit=self.large)
        self.addCleanup(gateway.__exit__)
        self.inbox = gateway.site / "inbox/acme"
        gateway.start(env={"WAYLEAVE_CRASH_AT": "after-commit"})
        upload(wait_ready(self.inbox), "first.edi", text("I"))
        wait_until(lambda: not gateway.alive(), what="the crash")
        gateway.kill()
        (self.inbox / ".taking/first.edi").unlink()                  # somebody takes it back and sends another
        gateway.start()
        upload(self.inbox, "second.edi", text("J"))
        self.done("second.edi", seconds=30)
        wait_until(lambda: all(self.backend.effects_of(f"D-J{n}") == 1 for n in range(1, 1201)), 60, "every order of the second file")

    def test_killed_again_and_again_every_order_arrives_once(self):
        gateway = Gateway(self.backend.url, edit=self.edit)
        self.addCleanup(gateway.__exit__)
        inbox = gateway.site / "inbox/acme"
        inbox.mkdir(parents=True)
        for n in range(60):
            upload(inbox, f"{n:03}.xml", order_xml(f"D-K{n}"))
        for n in range(12):
            try:
                gateway.start(env={"WAYLEAVE_CRASH_AT": ("drop-taken", "after-commit", "drop-answered")[n % 3] + f":{n % 4 + 1}"})
            except AssertionError:
                pass                         # it may come before it is ready
            wait_until(lambda: not gateway.alive(), what="the crash")
            gateway.kill()
        gateway.start()
        wait_until(lambda: len(list((inbox / "done").iterdir())) == 60, 30, "all files")
        wait_until(lambda: all(self.backend.effects_of(f"D-K{n}") == 1 for n in range(60)), 30, "all orders")
        self.assertEqual(len(self.backend.effects), 60)


class Trouble(unittest.TestCase):
    """What passes by itself: a store that takes no new work, a folder that is away."""

    def setUp(self):
        self.backend = BackEnd()
        self.addCleanup(self.backend.close)

    def test_a_full_disk_keeps_files_waiting_in_order_and_they_are_taken_when_it_has_room(self):
        disk = tempfile.mkdtemp(prefix="wayleave-disk-")
        self.addCleanup(os.rmdir, disk)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], capture_output=True).returncode:
            self.skipTest("no right to mount")
        self.addCleanup(subprocess.run, ["umount", "-l", disk])
        with Gateway(self.backend.url, edit=with_drops(), data=f"{disk}/data") as gateway:
            inbox = wait_ready(gateway.site / "inbox/acme")
            for n in range(200):
                upload(inbox, f"{n:03}.xml", order_xml(f"D-F{n}", lines=100))
            wait_until(lambda: "drop-retried" in gateway.log.read_text(), 30, "the retry")
            done = len(list((inbox / "done").iterdir()))
            self.assertLess(done, 200, "the disk never filled")
            self.assertEqual([f.name for f in (inbox / ".taking").iterdir()], [f"{done:03}.xml"])
            self.assertEqual(len(list(inbox.glob("*.xml"))), 199 - done)
            subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
            wait_until(lambda: len(list((inbox / "done").iterdir())) == 200, 60, "all files")
            wait_until(lambda: all(self.backend.effects_of(f"D-F{n}") == 1 for n in range(200)), 30, "all orders")
            self.assertEqual((len(self.backend.effects), list((inbox / "failed").iterdir())), (200, []))

    def test_a_folder_that_is_away_is_told_and_taken_up_when_it_is_there(self):
        mount = Path(tempfile.mkdtemp(prefix="wayleave-mount-"))
        self.addCleanup(shutil.rmtree, mount, True)
        with Gateway(self.backend.url, edit=with_drops(acme=f'path="{mount}/acme" stable="100ms" every="50ms"')) as gateway:
            wait_until(lambda: "drops-not-usable" in gateway.log.read_text(), what="the alarm")
            self.assertFalse((mount / "acme").exists())
            (mount / "acme").mkdir()
            upload(mount / "acme", "order.xml", order_xml("D-M"))
            wait_until(lambda: put_away(mount / "acme/done", "order.xml"), what="order.xml in done")
            self.assertEqual(gateway.log.read_text().count("drops-not-usable"), 1)


class Check(unittest.TestCase):
    def check(self, **folders):
        gateway = Gateway("http://127.0.0.1:9", edit=with_drops(**folders))
        self.addCleanup(gateway.__exit__)
        return subprocess.run([str(BINARY), "check", str(gateway.site)], capture_output=True, text=True, env=gateway.env, timeout=60)

    def test_two_partners_with_one_folder_are_an_error(self):
        self.assertEqual(self.check().returncode, 0)
        wrong = self.check(acme='path="inbox/both"', cobalt='path="inbox/./both/"')
        self.assertNotEqual(wrong.returncode, 0)
        self.assertIn("C180", wrong.stdout + wrong.stderr)
        wrong = self.check(acme='path="inbox/acme" done="archive"', cobalt='path="archive"')
        self.assertIn("C180", wrong.stdout + wrong.stderr)

    def test_values_are_judged(self):
        for attributes, code in (('path="a" pattern="sub/*.xml"', "C181"), ('path="a" every="0s"', "C181"), ('path="a" limit="many"', "C112"),
                                 ('path="a" stable="5"', "C111"), ('pattern="*.xml"', "X130"), ('path="a" done="a"', "C180")):
            with self.subTest(attributes):
                wrong = self.check(acme=attributes)
                self.assertNotEqual(wrong.returncode, 0)
                self.assertIn(code, wrong.stdout + wrong.stderr)


if __name__ == "__main__":
    unittest.main()
