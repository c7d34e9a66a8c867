#!/usr/bin/env python3
"""Northway Freight's back end, simulated: a transport management system.

It takes orders and reroutes from the gateway, answers with a verdict, moves shipments along their way, raises a network
incident now and then, and tells the gateway's internal listener about all of it. Python's standard library only.

  backend.py [--listen 127.0.0.1:9100] [--token T] [--step SECONDS]

POST /orders, /reroutes   what the gateway calls; honours Idempotency-Key: one effect a key
POST /connect?gateway=URL where events go (the gateway's internal listener)
POST /incident            a network incident right now
GET  /orders /shipments /reroutes   what it knows, as JSON
"""
import argparse
import json
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape, quoteattr

CANONICAL = "urn:wayleave:canonical:1"
TMS = "urn:northway:tms:1"
DISPATCH = "urn:northway:dispatch:1"
WAY = ["BKD", "PUP", "DEP", "ARR", "OFD", "DLV"]
TEXTS = {"BKD": "Booked", "PUP": "Picked up", "DEP": "Departed", "ARR": "Arrived", "OFD": "Out for delivery", "DLV": "Delivered"}
TERMINALS = [("Chicago", "US"), ("Detroit", "US"), ("Toronto", "CA"), ("Duisburg", "DE")]


def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local(tag):
    return tag.rsplit("}", 1)[-1]


def first_text(root, name):
    for element in root.iter():
        if local(element.tag) == name and element.text and element.text.strip():
            return element.text.strip()
    return ""


class Tms:
    """The state of the carrier. One lock for all of it: this is a demonstration, not a carrier."""

    def __init__(self, token, step):
        self.lock = threading.RLock()
        self.token, self.step = token, step
        self.gateway = None
        self.answers = {}      # Idempotency-Key -> (status, body): the same call again has no second effect
        self.orders, self.shipments, self.reroutes = {}, {}, {}
        self.next_shipment, self.next_event, self.next_incident = 125044986, 1, 1
        self.outbox = []       # events the gateway has not taken yet, in order

    # --- what the gateway calls

    def once(self, key, work):
        with self.lock:
            if key and key in self.answers:
                return self.answers[key]
            answer = work()
            if key:
                self.answers[key] = answer
            return answer

    def take_order(self, headers, body):
        partner, number = headers.get("Wayleave-Partner", ""), urllib.parse.unquote(headers.get("Wayleave-Key", ""))
        shipment = str(self.next_shipment)
        self.next_shipment += 1
        self.orders[f"{partner}/{number}"] = {"document": headers.get("Wayleave-Document"), "shipment": shipment,
                                              "received": now(), "bytes": len(body)}
        self.shipments[shipment] = {"partner": partner, "account": first_text(ET.fromstring(body), "Account"), "order": number,
                                    "at": 0, "history": []}
        self.tell(shipment, "BKD")
        return 200, '<result xmlns="urn:wayleave:result:1" status="accepted" code="BOOKED"/>'

    def take_reroute(self, headers, body):
        partner, number = headers.get("Wayleave-Partner", ""), urllib.parse.unquote(headers.get("Wayleave-Key", ""))
        shipment_id = ET.fromstring(body).get("pro", "")
        shipment = self.shipments.get(shipment_id)
        if not shipment or WAY[shipment["at"]] in ("OFD", "DLV"):
            return 200, f'<reply xmlns="{DISPATCH}" outcome="no" reason="TOO-LATE"><text>The shipment is past the last terminal.</text></reply>'
        self.reroutes[number] = {"partner": partner, "shipment": shipment_id, "received": now()}
        self.tell(shipment_id, "RRT", caused_by=headers.get("Wayleave-Document"))
        return 200, f'<reply xmlns="{DISPATCH}" outcome="done" reason="REROUTED"/>'

    # --- what it tells the gateway

    def event_number(self):
        self.next_event += 1
        return f"{int(time.time())}-{self.next_event}"

    def tell(self, shipment_id, kind, caused_by=None):
        """One shipment event, in this system's own XML; the gateway brings it into the canonical form."""
        shipment = self.shipments[shipment_id]
        shipment["history"].append(kind)
        city, country = TERMINALS[len(shipment["history"]) % len(TERMINALS)]
        cause = f" request={quoteattr(caused_by)}" if caused_by else ""
        remark = "Rerouted at the customer's request." if kind == "RRT" else f"{TEXTS[kind]} near {city}."
        self.post(
            f'<Event xmlns="{TMS}" no="{self.event_number()}"{cause}><Pro>{shipment_id}</Pro>'
            f'<Ref type="PO">{escape(shipment["order"])}</Ref><Party part="S" account={quoteattr(shipment["account"])}/>'
            f'<What>{kind}</What><When>{now()}</When><Where city="{city}" country="{country}"/>'
            f"<Remark>{escape(remark)}</Remark></Event>")

    def incident(self):
        number = 7800 + self.next_incident
        self.next_incident += 1
        self.post(
            f'<NetworkStatus xmlns="{CANONICAL}" id="noc-{number}-{int(time.time())}">'
            f'<Situation version="1" publisher="noc.northway.example">{number}</Situation><MessageKind>new</MessageKind>'
            f"<Lifecycle>actual</Lifecycle><Category>transport</Category><EventType>congestion</EventType>"
            f"<Severity>minor</Severity><Planned>false</Planned><ServiceAffecting>true</ServiceAffecting>"
            f'<Raised>{now()}</Raised><Affected impact="degraded"><Service>LANE-CHI-TOR</Service></Affected>'
            f'<Text lang="en" kind="headline">Border queue at Detroit, about two hours</Text></NetworkStatus>')

    def post(self, event):
        with self.lock:
            self.outbox.append(event)

    def send_outbox(self):
        """In order; an event stays until the gateway has it on disk, so a restart of the gateway loses none."""
        while True:
            with self.lock:
                if not self.gateway or not self.outbox:
                    return
                event, url = self.outbox[0], self.gateway + "/v1/events"
            request = urllib.request.Request(url, event.encode(), {"Authorization": f"Bearer {self.token}"})
            try:
                urllib.request.urlopen(request, timeout=10).read()
            except urllib.error.HTTPError as refused:
                print(f"backend: event refused {refused.code}: {refused.read().decode(errors='replace')[:400]}", file=sys.stderr)
                if refused.code in (401, 429, 503):
                    return
            except OSError:
                return
            with self.lock:
                self.outbox.pop(0)

    def run(self):
        """Moves every shipment one station on, each `step` seconds."""
        last = time.monotonic()
        while True:
            self.send_outbox()
            time.sleep(0.05)
            if self.step and time.monotonic() - last >= self.step:
                last = time.monotonic()
                with self.lock:
                    for shipment_id, shipment in self.shipments.items():
                        if shipment["at"] < len(WAY) - 1:
                            shipment["at"] += 1
                            self.tell(shipment_id, WAY[shipment["at"]])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    tms = None

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/xml"):
        body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urllib.parse.urlsplit(self.path)
        key = self.headers.get("Idempotency-Key")
        if path.path == "/orders":
            self.answer(*self.tms.once(key, lambda: self.tms.take_order(self.headers, body)))
        elif path.path == "/reroutes":
            self.answer(*self.tms.once(key, lambda: self.tms.take_reroute(self.headers, body)))
        elif path.path == "/connect":
            self.tms.gateway = urllib.parse.parse_qs(path.query)["gateway"][0]
            self.answer(200, "{}", "application/json")
        elif path.path == "/incident":
            self.tms.incident()
            self.answer(200, "{}", "application/json")
        else:
            self.answer(404, "<no/>")

    def do_GET(self):
        known = {"/orders": self.tms.orders, "/shipments": self.tms.shipments, "/reroutes": self.tms.reroutes}
        with self.tms.lock:
            data = known.get(self.path)
            text = json.dumps(data, indent=1)
        self.answer(200 if data is not None else 404, text, "application/json")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--listen", default="127.0.0.1:9100")
    options.add_argument("--token", default="demo-tms-token")
    options.add_argument("--step", type=float, default=5.0, help="seconds between stations; 0: shipments stand still")
    given = options.parse_args()
    host, port = given.listen.rsplit(":", 1)
    Handler.tms = Tms(given.token, given.step)
    server = ThreadingHTTPServer((host, int(port)), Handler)
    server.daemon_threads = True
    print(f"ready http://{host}:{server.server_address[1]}", flush=True)
    threading.Thread(target=Handler.tms.run, daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
