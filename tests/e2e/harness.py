"""What the end-to-end tests share: a real gateway process on a copy of the demo site, a back end whose every answer a
test can choose, and a small HTTP client. Standard library only; loopback only; every port is the system's choice.

Environment: WAYLEAVE_BINARY (default build/release/wayleave), WAYLEAVE_UBL (folder with maindoc/ and common/).
"""
import base64
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("WAYLEAVE_BINARY", ROOT / "build/release/wayleave"))
DEMO = ROOT / "examples/demo"
TOKENS = {"acme": "demo-acme-token", "cobalt": "demo-cobalt-token", "blueriver": "demo-blueriver-token", "tms": "demo-tms-token"}


def ubl():
    """The UBL run-time schemas, or None."""
    folder = Path(os.environ.get("WAYLEAVE_UBL", ROOT / "../shared/data/ubl-2.4/xsdrt"))
    return folder.resolve() if (folder / "maindoc/UBL-Order-2.4.xsd").exists() else None


def wait_until(condition, seconds=10.0, what="condition"):
    """The condition's first true value; fails the test when it never comes."""
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not come about within {seconds} s")
        time.sleep(0.02)


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def xml(self):
        return ET.fromstring(self.body)

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.text[:400]}>"


def call(url, method, path, body=None, token=None, headers=None, timeout=30):
    """One request on a connection of its own."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        all_headers = dict(headers or {})
        if token:
            all_headers.setdefault("Authorization", f"Bearer {token}")
        connection.request(method, path, body.encode() if isinstance(body, str) else body, all_headers)
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


def raw(url, data, seconds=5.0):
    """Sends these bytes as they are; everything that comes back until the other side closes or `seconds` pass."""
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=seconds) as sock:
        received = b""
        try:
            sock.sendall(data)
            sock.settimeout(seconds)
            while True:
                chunk = sock.recv(65536)
                if not chunk:
                    break
                received += chunk
        except (TimeoutError, ConnectionError):
            pass
        return received


class BackEnd:
    """A back end for tests. `answer` decides what each call gets; the ledger holds every effect it had.

    answer(call) returns (status, body) or (status, body, headers), or one of: "drop" (apply the effect, then cut the
    connection without an answer), "refuse-drop" (cut without any effect), "hang" (no answer until the client gives up),
    ("raw", bytes) (these bytes as the whole answer). Effects are idempotent by Idempotency-Key unless idempotent=False.
    """

    RESULT = '<result xmlns="urn:wayleave:result:1" status="accepted" code="OK"/>'

    def __init__(self, answer=None, idempotent=True, port=0):
        self.answer = answer or (lambda call: (200, self.RESULT))
        self.idempotent = idempotent
        self.calls = []          # every call, in order
        self.effects = {}        # Idempotency-Key -> number of effects
        self.asked = {}          # Wayleave-Key -> the idempotency keys it came with
        self.order = []          # Wayleave-Key in order of first effect
        self.lock = threading.Lock()
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.take(self, {"path": self.path, "headers": dict(self.headers.items()), "body": body,
                                  "key": urllib.parse.unquote(self.headers.get("Wayleave-Key", "")),
                                  "document": self.headers.get("Wayleave-Document"),
                                  "idempotency": self.headers.get("Idempotency-Key")})

            do_PUT = do_POST

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def effect(self, made):
        with self.lock:
            known = self.effects.get(made["idempotency"], 0)
            if known == 0:
                self.order.append(made["key"])
            if known == 0 or not self.idempotent:
                self.effects[made["idempotency"]] = known + 1

    def take(self, handler, made):
        with self.lock:
            self.calls.append(made)
            self.asked.setdefault(made["key"], set()).add(made["idempotency"])
        what = self.answer(made)
        if what == "hang":
            self.released.wait(120)
            handler.close_connection = True
            return
        if what in ("drop", "refuse-drop"):
            if what == "drop":
                self.effect(made)
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        if what[0] == "raw":
            handler.wfile.write(what[1])
            handler.close_connection = True
            return
        status, body = what[0], what[1]
        if 200 <= status < 300:
            self.effect(made)
        body = body.encode() if isinstance(body, str) else body
        handler.send_response(status)
        for name, value in (what[2] if len(what) > 2 else {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def effects_of(self, key):
        """How many effects the document with this business key had."""
        with self.lock:
            return sum(self.effects.get(i, 0) for i in self.asked.get(key, ()))

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


class Gateway:
    """A gateway process on a working copy of the demo site. Use as a context manager."""

    def __init__(self, backend_url, retry="100ms 200ms 500ms", give_up="72h", edit=None, env=None, with_ubl=False,
                 arguments=(), data=None, wrap=()):
        self.folder = Path(tempfile.mkdtemp(prefix="wayleave-e2e-"))
        self.site = self.folder / "site"
        shutil.copytree(DEMO / "site", self.site)
        for process in (self.site / "processes").glob("*.xml"):
            text = process.read_text()
            text = re.sub(r'retry="[^"]*"', f'retry="{retry}"', text)
            process.write_text(re.sub(r'give-up="[^"]*"', f'give-up="{give_up}"', text))
        limits = self.site / "gateway.xml"
        limits.write_text(limits.read_text().replace('requests="500/s"', 'requests="1000000/s"'))
        if with_ubl and ubl():
            for partner in (DEMO / "with-ubl/partners").glob("*.xml"):
                shutil.copy(partner, self.site / "partners")
        if edit:
            edit(self.site)
        self.env = dict(os.environ, TMS_URL=backend_url, **(env or {}))
        if ubl():
            self.env.setdefault("WAYLEAVE_UBL", str(ubl()))
        self.arguments = list(arguments)
        self.wrap = list(wrap)                  # a command to run it under: strace …, fiu-run …
        self.data = Path(data) if data else self.site / "data"
        self.process = None
        self.public = self.internal = None
        self.log = self.folder / "gateway.log"

    def start(self, seconds=20, env=None):
        command = [*self.wrap, str(BINARY), "serve", str(self.site), "--listen", self.listen("public"), "--internal",
                   self.listen("internal"), "--data", str(self.data), *self.arguments]
        log = open(self.log, "ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=dict(self.env, **(env or {})))
        log.close()
        lines = []
        reader = threading.Thread(target=lambda: lines.append(self.process.stdout.readline().decode()), daemon=True)
        reader.start()
        reader.join(seconds)
        if not lines or not lines[0].startswith("ready "):
            self.process.kill()
            raise AssertionError(f"the gateway did not start: {self.log.read_text()[-3000:]}")
        self.public, self.internal = re.match(r"ready public=(\S+) internal=(\S+)", lines[0]).groups()
        return self

    def listen(self, which):
        """The same ports again after a restart, so that clients find it."""
        url = getattr(self, which)
        return urllib.parse.urlsplit(url).netloc if url else "127.0.0.1:0"

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        if self.process:
            self.process.wait()
            self.process.stdout.close()

    def stop(self, seconds=12):
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        finally:
            self.process.stdout.close()
        return code

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def alive(self):
        return self.process.poll() is None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- calls

    def api(self, method, path, body=None, partner="acme", headers=None, timeout=30):
        return call(self.public, method, path, body, TOKENS.get(partner, partner), headers, timeout)

    def inside(self, method, path, body=None, token=None, headers=None, timeout=30):
        return call(self.internal, method, path, body, token or self.operator_token(), headers, timeout)

    def operator_token(self):
        return (self.data / "operator.token").read_text().strip()

    def metrics(self):
        """name{labels} -> value"""
        values = {}
        for line in call(self.internal, "GET", "/metrics").text.splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        return values

    def order(self, number, partner="acme", headers=None, timeout=30, **fields):
        return self.api("POST", "/v1/orders", order_xml(number, **fields), partner, headers, timeout)

    def document_status(self, document, partner="acme"):
        return self.api("GET", f"/v1/documents/{document}", partner=partner).xml.get("status")

    def publish(self, event):
        return self.inside("POST", "/v1/events", event, token=TOKENS["tms"])

    def cli(self, *arguments):
        """An operator's command against this gateway."""
        return subprocess.run([str(BINARY), *arguments, "--gateway", self.internal, "--token-file", str(self.data / "operator.token")],
                              capture_output=True, text=True, timeout=60, env=self.env)


def order_xml(number, item="SKU-1", quantity="12", lines=1):
    """An order in Acme's XML."""
    line = "".join(f'<Line no="{i}"><Item>{item}</Item><Quantity uom="EA">{quantity}</Quantity><Price>9.95</Price></Line>'
                   for i in range(1, lines + 1))
    return (f'<PurchaseOrder xmlns="urn:acme:po:3"><Header><Number>{number}</Number><Date>2026-11-20</Date>'
            f'<Currency>USD</Currency></Header><ShipTo><Code>0012</Code><Name>ACME DC 12</Name><Street>1 Dock Rd</Street>'
            f'<City>Joliet</City><State>IL</State><Zip>60431</Zip><Country>US</Country></ShipTo>{line}</PurchaseOrder>')


def reroute_xml(number, shipment):
    return (f'<RerouteRequest xmlns="urn:wayleave:canonical:1"><RequestNumber>{number}</RequestNumber><Shipment>{shipment}</Shipment>'
            f'<Change><ReturnToShipper/></Change><RequestedBy><Email>traffic@acme.example</Email></RequestedBy></RerouteRequest>')


def shipment_event(shipment, event, kind="picked-up", occurred="2026-11-20T10:00:00Z", partner="acme", role="shipper", more=""):
    """A canonical shipment event that concerns one partner."""
    party = f'<Party role="{role}" partner="{partner}"/>' if partner else ""
    return (f'<ShipmentStatus xmlns="urn:wayleave:canonical:1"><Shipment>{shipment}</Shipment>{party}'
            f'<Event id="{event}" type="{kind}" classifier="actual"{more}><Occurred>{occurred}</Occurred></Event></ShipmentStatus>')


class EventStream:
    """A server-sent event reader in a thread of its own: .events holds (id, event, data)."""

    def __init__(self, url, path, token, last_event_id=None):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        self.connection.request("GET", path, headers=headers)
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.events = []
        self.ended = threading.Event()
        if self.status == 200:
            threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        current = {}
        try:
            for line in self.response:
                line = line.decode().rstrip("\n")
                if line == "":
                    if "data" in current:
                        self.events.append((current.get("id"), current.get("event"), current["data"]))
                    current = {}
                elif not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    current[name] = value
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass
        self.ended.set()

    def close(self):
        try:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            pass
        self.connection.close()


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class GatewayCase(unittest.TestCase):
    """One gateway and one back end for all tests of a class; `options` go to Gateway, `answer` to BackEnd."""

    options = {}
    answer = None

    @classmethod
    def setUpClass(cls):
        cls.backend = BackEnd(cls.answer)
        cls.gateway = Gateway(cls.backend.url, **cls.options).start()

    @classmethod
    def tearDownClass(cls):
        cls.gateway.__exit__()
        cls.backend.close()
