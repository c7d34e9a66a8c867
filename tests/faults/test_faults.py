"""Crashes, full disks, failing syncs, bad back ends, hostile requests: real processes, real sockets, a real disk.

The oracle for all of it: every 2xx that a client saw is in the store and reaches the back end; with a back end that
honours the idempotency key every order has exactly one effect. The negative control runs the same oracle over a gateway
that loses what it acknowledged, and must see the loss.
"""
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from harness import BackEnd, Gateway, call, order_xml, raw, shipment_event, wait_until, TOKENS  # noqa: E402


class Client:
    """Sends orders from several threads and remembers every answer it got: the ledger."""

    def __init__(self, gateway, prefix, threads=4, keys=True):
        self.gateway, self.prefix, self.keys = gateway, prefix, keys
        self.acknowledged, self.sent, self.lock = {}, set(), threading.Lock()
        self.stopping = threading.Event()
        self.number = 0
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self):
        while not self.stopping.is_set():
            with self.lock:
                self.number += 1
                order = f"{self.prefix}{self.number}"
                self.sent.add(order)
            headers = {"Idempotency-Key": order} if self.keys else {}
            while not self.stopping.is_set():
                # The same order with the same key until there is an answer: what a careful ERP does.
                try:
                    reply = self.gateway.order(order, headers=headers, timeout=5)
                except OSError:
                    time.sleep(0.02)
                    continue
                except Exception:
                    time.sleep(0.02)
                    continue
                if reply.status in (503, 429):
                    time.sleep(0.05)
                    continue
                if 200 <= reply.status < 300:
                    with self.lock:
                        self.acknowledged[order] = reply.xml.get("id")
                break

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def judge(case, gateway, backend, client, seconds=30):
    """acknowledged ⊆ stored ⊆ delivered, and one effect a key. `seconds` bounds how long nothing may arrive: the back
    end here takes a few hundred calls a second, and what was acknowledged faster than that is late, not lost."""
    for order, receipt in client.acknowledged.items():
        case.assertEqual(gateway.api("GET", f"/v1/receipts/{receipt}").status, 200, f"{order} was acknowledged and is not stored")
    missing = set(client.acknowledged)
    deadline = time.monotonic() + seconds
    while missing and time.monotonic() < deadline:
        late = {order for order in missing if backend.effects_of(order) == 0}
        if len(late) < len(missing):
            deadline = time.monotonic() + seconds
        missing = late
        time.sleep(0.05)
    case.assertFalse(missing, f"{len(missing)} acknowledged and never delivered, such as {sorted(missing)[:5]}")
    for order in client.sent:
        case.assertLessEqual(backend.effects_of(order), 1, f"{order} had two effects")


class Crashes(unittest.TestCase):
    def crash_at(self, point):
        backend = BackEnd()
        with Gateway(backend.url, env={}) as gateway:
            gateway.kill()
            gateway.start(env={"WAYLEAVE_CRASH_AT": f"{point}:3"})
            client = Client(gateway, f"C-{point}-", threads=2)
            try:
                gateway.process.wait(20)
            except subprocess.TimeoutExpired:
                self.fail(f"the gateway never passed {point}")
            self.assertEqual(gateway.process.returncode, -signal.SIGKILL)
            gateway.process.stdout.close()
            began = time.monotonic()
            gateway.start()
            self.assertLess(time.monotonic() - began, 5, "restart")
            wait_until(lambda: len(client.acknowledged) >= 5, what="work after the restart")
            client.stop()
            judge(self, gateway, backend, client)
        backend.close()

    def test_after_accept(self):
        self.crash_at("after-accept")

    def test_mid_body(self):
        self.crash_at("mid-body")

    def test_after_validate(self):
        self.crash_at("after-validate")

    def test_before_commit(self):
        self.crash_at("before-commit")

    def test_after_commit_before_the_answer(self):
        self.crash_at("after-commit")

    def test_before_send(self):
        self.crash_at("before-send")

    def test_after_send_before_the_reply(self):
        self.crash_at("after-send")

    def test_after_reply_before_the_mark(self):
        self.crash_at("after-reply")

    def test_mid_reload(self):
        backend = BackEnd()
        with Gateway(backend.url) as gateway:
            gateway.kill()
            gateway.start(env={"WAYLEAVE_CRASH_AT": "mid-reload"})
            client = Client(gateway, "C-reload-", threads=2)
            wait_until(lambda: len(client.acknowledged) >= 3, what="some work")
            gateway.reload()
            self.assertEqual(gateway.process.wait(20), -signal.SIGKILL)
            gateway.process.stdout.close()
            gateway.start()
            wait_until(lambda: len(client.acknowledged) >= 8, what="work after the restart")
            client.stop()
            judge(self, gateway, backend, client)
        backend.close()

    def test_kills_at_random_under_load(self):
        rounds = int(os.environ.get("WAYLEAVE_KILLS", "25"))
        seed = int(os.environ.get("WAYLEAVE_SEED", time.time_ns() % 1_000_000))
        print(f"seed {seed}", file=sys.stderr)
        chance = random.Random(seed)
        backend = BackEnd()
        with Gateway(backend.url) as gateway:
            client = Client(gateway, "K-")
            for _ in range(rounds):
                time.sleep(chance.uniform(0, 0.5))
                gateway.kill()
                began = time.monotonic()
                gateway.start()
                self.assertLess(time.monotonic() - began, 5, "restart")
            wait_until(lambda: len(client.acknowledged) > rounds, 30, "work between the kills")
            client.stop()
            judge(self, gateway, backend, client)
            print(f"{rounds} kills, {len(client.acknowledged)} acknowledged, none lost", file=sys.stderr)
        backend.close()

    def test_the_oracle_sees_a_gateway_that_loses_what_it_acknowledged(self):
        """Negative control: the store is put back to an earlier copy after a kill, as a disk does that lied about its
        syncs. The same oracle must fail."""
        backend = BackEnd(lambda made: (503, ""))
        with Gateway(backend.url) as gateway:
            gateway.kill()
            before = gateway.folder / "before"
            shutil.copytree(gateway.data, before)
            gateway.start()
            client = Client(gateway, "N-")
            wait_until(lambda: len(client.acknowledged) >= 10, what="acknowledged orders")
            client.stop()
            gateway.kill()
            shutil.rmtree(gateway.data)
            shutil.copytree(before, gateway.data)
            gateway.start()
            with self.assertRaises(AssertionError):
                judge(self, gateway, backend, client, 2)
        backend.close()

    def test_events_survive_kills_with_contiguous_numbers(self):
        chance = random.Random(7)
        backend = BackEnd()
        acknowledged, stop = [], threading.Event()
        with Gateway(backend.url) as gateway:
            def publish():
                number = 0
                while not stop.is_set():
                    number += 1
                    while not stop.is_set():
                        try:
                            reply = gateway.publish(shipment_event(f"KE-{number % 7}", f"ke-{number}"))
                            if reply.status == 202:
                                acknowledged.append(f"ke-{number}")
                                break
                        except Exception:
                            time.sleep(0.02)
            thread = threading.Thread(target=publish)
            thread.start()
            epoch = None
            for _ in range(10):
                time.sleep(chance.uniform(0.05, 0.4))
                gateway.kill()
                gateway.start()
            wait_until(lambda: len(acknowledged) >= 100, 30, "events")
            stop.set()
            thread.join()
            seen, after = [], None
            while True:
                query = f"?limit=1000&after={after}" if after else "?limit=1000"
                page = gateway.api("GET", "/v1/feeds/shipment-status/events" + query)
                if len(page.xml) == 0:
                    break
                for event in page.xml:
                    here, number = event.get("cursor").split(":")
                    epoch = epoch or here
                    self.assertEqual(here, epoch, "the epoch never changes")
                    seen.append((int(number), event.get("id")))
                after = page.headers["Feed-Cursor"]
            self.assertEqual([n for n, _ in seen], list(range(1, len(seen) + 1)))
            self.assertEqual(set(acknowledged) - {i for _, i in seen}, set())
        backend.close()


class Disk(unittest.TestCase):
    def test_a_full_disk_refuses_work_keeps_what_was_accepted_and_recovers_by_itself(self):
        mount = tempfile.mkdtemp(prefix="wayleave-small-")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", mount], capture_output=True).returncode:
            os.rmdir(mount)
            self.skipTest("no right to mount a small file system")
        backend = BackEnd()
        try:
            with Gateway(backend.url, data=Path(mount) / "data") as gateway:
                accepted, refused = [], None
                for number in range(400):
                    reply = gateway.order(f"FULL-{number}", lines=60)
                    if reply.status == 503:
                        refused = reply
                        break
                    self.assertEqual(reply.status, 202, reply)
                    accepted.append(reply.xml.get("id"))
                self.assertIsNotNone(refused, "the disk never filled")
                self.assertIn("Retry-After", refused.headers)

                def not_ready():
                    # What is smaller than an order may still fit, and make the store writable again for a moment.
                    reply = gateway.order(f"FULL-more-{time.monotonic_ns()}", lines=60)
                    if reply.status == 202:
                        accepted.append(reply.xml.get("id"))
                    return call(gateway.internal, "GET", "/readyz").status == 503
                wait_until(not_ready, 10, "a store that says it is full")
                self.assertEqual(gateway.api("GET", f"/v1/receipts/{accepted[0]}").status, 200, "reads go on")
                self.assertTrue(gateway.alive())
                subprocess.run(["mount", "-o", "remount,size=64m", mount], check=True)
                wait_until(lambda: gateway.order("FULL-after").status == 202, 15, "recovery without hands")
                for receipt in accepted:
                    self.assertEqual(gateway.api("GET", f"/v1/receipts/{receipt}").status, 200)
                wait_until(lambda: call(gateway.internal, "GET", "/readyz").status == 200, 10, "readiness")
        finally:
            subprocess.run(["umount", "-l", mount])
            backend.close()

    def test_a_failing_fdatasync_ends_the_process_and_acknowledges_nothing(self):
        if not shutil.which("fiu-run"):
            self.skipTest("fiu-run is not installed")
        backend = BackEnd()
        with Gateway(backend.url) as gateway:
            self.assertEqual(gateway.order("SYNC-1").status, 202)
            gateway.kill()
            gateway.wrap = ["fiu-run", "-x", "-c", "enable name=posix/io/sync/fdatasync,failinfo=5"]
            try:
                gateway.start()
            except AssertionError:
                pass                        # it could not even open its store: that is an answer too
            statuses = []
            if gateway.alive():
                try:
                    statuses.append(gateway.order("SYNC-2", timeout=5).status)
                except Exception:
                    pass
            self.assertNotIn(202, statuses)
            wait_until(lambda: not gateway.alive(), 10, "the end of the process")
            gateway.wrap = []
            gateway.start()
            self.assertEqual(gateway.api("GET", "/v1/orders/SYNC-1").status, 200)
            self.assertEqual(gateway.api("GET", "/v1/orders/SYNC-2").status, 404)
        backend.close()

    def test_two_gateways_on_one_store_the_second_ends_with_a_message(self):
        backend = BackEnd()
        with Gateway(backend.url) as first:
            second = Gateway(backend.url, data=first.data)
            with self.assertRaisesRegex(AssertionError, "did not start"):
                second.start(10)
            self.assertEqual(second.process.wait(5), 2)
            self.assertEqual(first.order("LOCK-1").status, 202)
            shutil.rmtree(second.folder)
        backend.close()


class BackEnds(unittest.TestCase):
    def run_with(self, answer, number="B-1", **options):
        backend = BackEnd(answer)
        self.addCleanup(backend.close)
        gateway = Gateway(backend.url, **options)
        self.addCleanup(gateway.__exit__)
        gateway.start()
        document = gateway.order(number).xml[0].get("id")
        return backend, gateway, document

    def first_then(self, *answers):
        """These answers one after the other, then accepted."""
        state = {"left": list(answers)}
        lock = threading.Lock()

        def answer(made):
            with lock:
                return state["left"].pop(0) if state["left"] else (200, BackEnd.RESULT)
        return answer

    def test_errors_that_pass_are_retried_with_the_same_key_and_have_one_effect(self):
        for name, bad in {"500": (500, "oops"), "502": (502, ""), "429": (429, "", {"Retry-After": "1"}), "408": (408, ""),
                          "lost reply": "drop", "cut": "refuse-drop", "garbage": ("raw", b"\x00\x01 this is not HTTP\r\n\r\n"),
                          "503": (503, "", {"Retry-After": "1"})}.items():
            with self.subTest(name):
                backend, gateway, document = self.run_with(self.first_then(bad, bad))
                wait_until(lambda: gateway.document_status(document) == "confirmed", 45, f"confirmation after {name}")
                self.assertEqual(backend.effects_of("B-1"), 1)
                self.assertEqual(len({made["idempotency"] for made in backend.calls}), 1)
                self.assertGreaterEqual(len(backend.calls), 2)

    def test_our_own_faults_park_and_the_customer_hears_nothing(self):
        for status in (401, 403, 404, 405, 415):
            with self.subTest(status):
                backend, gateway, document = self.run_with(lambda made, status=status: (status, "internal secret"))
                wait_until(lambda: document in gateway.cli("park").stdout, what="parked")
                self.assertEqual(len(backend.calls), 1)
                told = gateway.api("GET", f"/v1/documents/{document}").text
                self.assertNotIn("secret", told)
                self.assertNotIn(str(backend.port), told)

    def test_refusals_are_verdicts(self):
        verdict = '<result xmlns="urn:wayleave:result:1" status="refused" code="STOCK"><reason>Out of stock.</reason></result>'
        for status, body, reason in ((422, verdict, "Out of stock."), (200, verdict, "Out of stock."), (409, "ERR 17: row locked by job 4", None)):
            with self.subTest(status=status):
                backend, gateway, document = self.run_with(lambda made, s=status, b=body: (s, b))
                wait_until(lambda: gateway.document_status(document) == "refused", what="refusal")
                told = gateway.api("GET", f"/v1/documents/{document}").text
                self.assertIn(reason, told) if reason else self.assertNotIn("row locked", told)

    def test_a_hanging_back_end_does_not_hold_up_another(self):
        backend = BackEnd(lambda made: "hang" if made["path"] == "/orders" else
                          (200, '<reply xmlns="urn:northway:dispatch:1" outcome="done"/>'))
        self.addCleanup(backend.close)
        healthy = BackEnd(lambda made: (200, '<reply xmlns="urn:northway:dispatch:1" outcome="done"/>'))
        self.addCleanup(healthy.close)

        def edit(site):
            process = site / "processes/reroute-shipment.xml"
            process.write_text(process.read_text().replace("${TMS_URL}", healthy.url))
        gateway = Gateway(backend.url, edit=edit)
        self.addCleanup(gateway.__exit__)
        gateway.start()
        for number in range(40):
            self.assertEqual(gateway.order(f"H-{number}").status, 202)
        gateway.publish(shipment_event("HS-1", "hs-1"))
        from harness import reroute_xml
        began = time.monotonic()
        reply = gateway.api("POST", "/v1/reroutes", reroute_xml("HR-1", "HS-1"), headers={"Prefer": "wait=10"})
        self.assertEqual(reply.status, 200, reply)
        self.assertLess(time.monotonic() - began, 5)

    def test_a_back_end_that_comes_back_gets_everything_that_waited(self):
        absent = BackEnd()
        port = absent.port
        absent.close()
        with Gateway(f"http://127.0.0.1:{port}") as gateway:
            documents = [gateway.order(f"D-{n}").xml[0].get("id") for n in range(5)]
            time.sleep(1)
            for document in documents:
                self.assertIn(gateway.document_status(document), ("accepted", "delivering"))
            backend = BackEnd(port=port)
            try:
                # The breaker is open by now: its probe comes after 30 s.
                for document in documents:
                    wait_until(lambda d=document: gateway.document_status(d) == "confirmed", 60, "confirmation")
                self.assertEqual([backend.effects_of(f"D-{n}") for n in range(5)], [1] * 5)
            finally:
                backend.close()

    def test_order_is_kept_in_a_lane_and_a_parked_document_holds_only_its_own(self):
        backend, gateway, document = self.run_with(lambda made: (404, "") if made["key"] == "B-1" else (200, BackEnd.RESULT))
        wait_until(lambda: document in gateway.cli("park").stdout, what="parked")
        other = gateway.order("B-2").xml[0].get("id")
        wait_until(lambda: gateway.document_status(other) == "confirmed", what="another lane")


class Hostile(unittest.TestCase):
    """Requests as attackers and broken clients send them; after each the gateway still serves."""

    @classmethod
    def setUpClass(cls):
        cls.backend = BackEnd()
        cls.gateway = Gateway(cls.backend.url).start()

    @classmethod
    def tearDownClass(cls):
        cls.gateway.__exit__()
        cls.backend.close()

    def tearDown(self):
        self.assertTrue(self.gateway.alive())
        self.assertEqual(self.gateway.api("GET", "/v1/agreements").status, 200)

    HEAD = b"POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer demo-acme-token\r\n"

    def test_oversized_heads_and_trailers_end_a_connection_and_never_the_process(self):
        long = b"a" * 66_000
        answer = raw(self.gateway.public, self.HEAD + b"X-Long: " + long + b"\r\n\r\n", 2)
        self.assertTrue(answer.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400")), answer[:60])
        chunked = self.HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\n<a>\r\n0\r\n"
        for trailer in (b"X-Long: " + long + b"\r\n\r\n", b"".join(b"T%d: x\r\n" % n for n in range(2000)) + b"\r\n", b"Authorization: Bearer x\r\n\r\n"):
            answer = raw(self.gateway.public, chunked + trailer, 2)
            self.assertEqual(answer.count(b"HTTP/1.1 "), 1, answer[:100])
            self.assertRegex(answer[:12], rb"HTTP/1.1 4\d\d")
        answer = raw(self.gateway.public, self.HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 65536 + b"\r\na\r\n0\r\n\r\n", 2)
        self.assertRegex(answer[:12], rb"HTTP/1.1 4\d\d")
        self.assertRegex(raw(self.gateway.public, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 2)[:12], rb"HTTP/1.1 414")

    def test_ambiguous_framing_gets_one_answer_and_the_end_of_the_connection(self):
        body = b"<a/>"
        smuggled = b"GET /v1/orders/SMUGGLED HTTP/1.1\r\nHost: x\r\n\r\n"
        cases = [b"Transfer-Encoding: gzip\r\nContent-Length: 4\r\n", b"Transfer-Encoding: chunked, gzip\r\n", b"Transfer-Encoding: xchunked\r\n",
                 b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                 b"Content-Length: 5,5\r\n", b"Content-Length: 4\r\nContent-Length: 4\r\n", b"Content-Length: +4\r\n", b"Content-Length: 0x4\r\n",
                 b"Content-Length: 4\r\n folded\r\n", b"X: a\r\n\tfolded\r\nContent-Length: 4\r\n", b"Host: y\r\nContent-Length: 4\r\n", b"Transfer_Encoding: chunked\r\nContent-Length : 4\r\n"]
        for case in cases:
            answer = raw(self.gateway.public, self.HEAD + case + b"\r\n" + body + smuggled, 2)
            self.assertEqual(answer.count(b"HTTP/1.1 "), 1, (case, answer[:300]))
            self.assertRegex(answer[:12], rb"HTTP/1.1 [45]\d\d", case)
        for line in (b"GET /v1/agreements HTTP/1.0\r\nHost: x\r\n\r\n", b"GET /v1/agreements HTTP/1.1\r\n\r\n", b"GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01"):
            answer = raw(self.gateway.public, line, 2)
            self.assertFalse(answer.startswith(b"HTTP/1.1 2"), (line, answer[:80]))

    def test_slow_heads_and_bodies_are_cut_while_others_are_served(self):
        url = urllib.parse.urlsplit(self.gateway.public)
        slow = [socket.create_connection((url.hostname, url.port)) for _ in range(100)]
        for sock in slow:
            sock.sendall(b"GET /v1/agreements HTTP/1.1\r\nHost:")
        body = socket.create_connection((url.hostname, url.port))
        body.sendall(self.HEAD + b"Content-Length: 1000\r\n\r\n<Pur")
        began = time.monotonic()
        self.assertEqual(self.gateway.api("GET", "/v1/agreements").status, 200)
        self.assertLess(time.monotonic() - began, 1)

        def all_closed():
            for sock in slow:
                sock.settimeout(0.01)
                try:
                    while sock.recv(4096):
                        pass
                except TimeoutError:
                    return False
                except OSError:
                    pass
            return True
        wait_until(all_closed, 20, "the end of the slow heads")
        for sock in slow:
            sock.close()
        body.settimeout(45)                      # a body may pause for 30 s
        answer = body.recv(4096)
        self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 408"), answer[:60])
        body.close()

    def test_an_oversized_body_is_refused_by_length_and_by_chunks(self):
        answer = raw(self.gateway.public, self.HEAD + b"Content-Length: 99999999\r\nExpect: 100-continue\r\n\r\n", 2)
        self.assertTrue(answer.startswith(b"HTTP/1.1 413"), answer[:60])
        url = urllib.parse.urlsplit(self.gateway.public)
        with socket.create_connection((url.hostname, url.port), timeout=5) as sock:
            sock.sendall(self.HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
            chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
            answer = b""
            try:
                for _ in range(200):
                    sock.sendall(chunk)
                answer = sock.recv(4096)
            except OSError:
                try:
                    answer = sock.recv(4096)
                except OSError:
                    pass
            self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 413"), answer[:60])

    def timed(self, document):
        best = None
        for _ in range(3):
            began = time.monotonic()
            reply = self.gateway.api("POST", "/v1/orders", document)
            took = time.monotonic() - began
            best = took if best is None else min(best, took)
        return reply, best

    def test_bombs_are_answered_quickly_with_the_limit_they_broke(self):
        depth = "<PurchaseOrder xmlns='urn:acme:po:3'>" + "<a>" * 100_000
        attributes = "<PurchaseOrder xmlns='urn:acme:po:3' " + " ".join(f"a{n}='x'" for n in range(100_000)) + "/>"
        namespaces = "<PurchaseOrder xmlns='urn:acme:po:3' " + " ".join(f"xmlns:n{n}='x{n}'" for n in range(20_000)) + "/>"
        name = "<PurchaseOrder xmlns='urn:acme:po:3'><" + "n" * 1_000_000 + "/></PurchaseOrder>"
        for document in (depth, attributes, namespaces, name):
            reply, took = self.timed(document)
            self.assertEqual(reply.status, 422, reply)
            self.assertIn("X0", reply.xml[0][0].get("code"))
            self.assertLess(took, 0.1 * float(os.environ.get("WAYLEAVE_SLOWNESS", "1")), reply.text[:200])

    def test_utf7_and_other_disguises_are_refused(self):
        utf7 = '<?xml version="1.0" encoding="UTF-7"?>+ADw-PurchaseOrder xmlns=+ACI-urn:acme:po:3+ACI-/+AD4-'
        for document in (utf7.encode(), order_xml("U-1").encode("utf-16-le"), b'<?xml version="1.0" encoding="EBCDIC-CP-US"?><PurchaseOrder xmlns="urn:acme:po:3"/>',
                         order_xml("U-1").encode("utf-32"), b"<PurchaseOrder xmlns='urn:acme:po:3'>\xc0\xaf</PurchaseOrder>", b"<PurchaseOrder xmlns='urn:acme:po:3'>\x00</PurchaseOrder>"):
            reply = self.gateway.api("POST", "/v1/orders", document)
            self.assertIn(reply.status, (415, 422), reply)
        with_bom = self.gateway.api("POST", "/v1/orders", order_xml("U-2").encode("utf-16"))
        self.assertEqual(with_bom.status, 202, with_bom)


class NothingIsFetched(unittest.TestCase):
    def test_documents_open_no_file_and_no_socket(self):
        if not shutil.which("strace"):
            self.skipTest("strace is not installed")
        secret = tempfile.NamedTemporaryFile(prefix="wayleave-secret-", suffix=".dtd")
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        attacks = [
            f'<!DOCTYPE PurchaseOrder SYSTEM "http://127.0.0.1:{port}/x.dtd">' + order_xml("A-1"),
            f'<!DOCTYPE PurchaseOrder SYSTEM "file://{secret.name}">' + order_xml("A-2"),
            f'<!DOCTYPE PurchaseOrder [<!ENTITY e SYSTEM "file://{secret.name}">]><PurchaseOrder xmlns="urn:acme:po:3">&e;</PurchaseOrder>',
            f'<!DOCTYPE PurchaseOrder [<!ENTITY % p SYSTEM "http://127.0.0.1:{port}/p">%p;]>' + order_xml("A-3"),
            '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9)) + "]><l>&j;</l>",
            order_xml("A-4").replace("<PurchaseOrder ", '<PurchaseOrder xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
                                     f'xsi:schemaLocation="urn:acme:po:3 http://127.0.0.1:{port}/s.xsd urn:acme:po:3 file://{secret.name}" ', 1),
            f'<?xml-stylesheet href="http://127.0.0.1:{port}/s.xsl"?>' + order_xml("A-5"),
            order_xml("A-6").replace("<Header>", f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{secret.name}"/><Header>', 1),
        ]
        backend = BackEnd()
        trace = tempfile.NamedTemporaryFile(prefix="wayleave-trace-")
        # Delivery is held so that what is left to see is the reading alone.
        with Gateway(backend.url, arguments=["--hold-delivery"]) as gateway:
            gateway.order("A-0")                     # whatever is opened lazily is open now
            gateway.order("A-00", quantity="x")
            tracer = subprocess.Popen(["strace", "-f", "-p", str(gateway.process.pid), "-e", "trace=open,openat,openat2,connect", "-o", trace.name],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            line = tracer.stderr.readline()
            if b"attached" not in line:
                tracer.kill()
                self.skipTest("no right to trace: " + line.decode())
            time.sleep(0.5)
            for attack in attacks:
                reply = gateway.api("POST", "/v1/orders", attack)
                self.assertIn(reply.status, (202, 422), reply)
            tracer.send_signal(signal.SIGINT)
            tracer.wait(10)
            tracer.stderr.close()
        seen = [line for line in open(trace.name) if "open" in line or "connect" in line]
        self.assertEqual([line for line in seen if "/data/" not in line and "resumed" not in line], [])
        with self.assertRaises(TimeoutError):
            listener.accept()
        listener.close()
        backend.close()


if __name__ == "__main__":
    unittest.main()
