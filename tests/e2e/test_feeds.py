"""The way out, end to end: state, pages, long-poll, server-sent events, webhooks; the same bytes on every one of them."""
import hashlib
import hmac
import base64
import shutil
import subprocess
import sys
import threading
import time
import unittest
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import ROOT, EventStream, Gateway, GatewayCase, TOKENS, call, shipment_event, wait_until

EVENTS = "/v1/feeds/shipment-status/events"


class Endpoint:
    """A customer's webhook endpoint; `answer(number, headers, body)` gives a status."""

    def __init__(self, answer=None):
        self.answer = answer or (lambda number, headers, body: 200)
        self.got = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.got.append((dict(self.headers.items()), body))
                status = outer.answer(len(outer.got), dict(self.headers.items()), body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def bodies(page):
    """(cursor, id, body) of an events page, bodies as the bytes between the event tags."""
    text = page.text
    found = []
    for piece in text.split("<event ")[1:]:
        head, rest = piece.split(">", 1)
        attributes = dict(part.split("=", 1) for part in head.split('" ') if "=" in part)
        found.append((attributes["cursor"].strip('"'), attributes["id"].strip('"'), rest.split("</event>")[0]))
    return found


class Feeds(GatewayCase):
    def publish(self, *arguments, **named):
        reply = self.gateway.publish(shipment_event(*arguments, **named))
        self.assertEqual(reply.status, 202, reply)
        return reply

    def test_state_follows_the_events_and_says_where_it_stands_in_the_feed(self):
        self.publish("F-1", "f1-1", occurred="2026-11-20T10:00:00Z")
        state = self.gateway.api("GET", "/v1/shipments/F-1")
        self.assertEqual(state.status, 200)
        self.assertIn(">picked-up</Status>", state.text)
        again = self.gateway.api("GET", "/v1/shipments/F-1", headers={"If-None-Match": state.headers["ETag"]})
        self.assertEqual(again.status, 304)
        self.publish("F-1", "f1-2", kind="delivered", occurred="2026-11-20T12:00:00Z")
        self.publish("F-1", "f1-3", kind="arrived-terminal", occurred="2026-11-20T11:00:00Z")
        later = self.gateway.api("GET", "/v1/shipments/F-1", headers={"If-None-Match": state.headers["ETag"]})
        self.assertEqual(later.status, 200)
        self.assertIn(">delivered</Status>", later.text, "a late event never moves the state back")
        changes = self.gateway.api("GET", f"{EVENTS}?after={state.headers['Feed-Cursor']}")
        self.assertEqual([i for _, i, _ in bodies(changes)], ["f1-2", "f1-3"])
        json = self.gateway.api("GET", "/v1/shipments/F-1", headers={"Accept": "application/json"}).json()
        self.assertEqual(len(json["Event"]), 3)

    def test_shipments_are_found_by_reference_and_time(self):
        event = shipment_event("F-2", "f2-1").replace("<Party", '<Reference kind="purchase-order">PO-F2</Reference><Party')
        self.assertEqual(self.gateway.publish(event).status, 202)
        found = self.gateway.api("GET", "/v1/shipments?ref=purchase-order:PO-F2")
        self.assertEqual(found.text.count("<Shipment>"), 1)
        self.assertEqual(self.gateway.api("GET", "/v1/shipments?ref=purchase-order:PO-F3").text.count("<Shipment>"), 0)
        self.assertEqual(self.gateway.api("GET", "/v1/shipments?updated-since=2999-01-01T00:00:00Z").text.count("<Shipment>"), 0)
        self.assertEqual(self.gateway.api("GET", "/v1/shipments?ref=nonsense").status, 400)

    def test_the_same_event_again_makes_no_entry_and_other_content_is_refused(self):
        self.publish("F-3", "f3-1")
        again = self.publish("F-3", "f3-1")
        self.assertEqual(again.xml[0].get("duplicate"), "yes")
        other = self.gateway.publish(shipment_event("F-3", "f3-1", kind="delivered"))
        self.assertEqual(other.status, 409)
        self.assertEqual(self.gateway.api("GET", "/v1/shipments/F-3").text.count("<Event "), 1)

    def test_a_list_of_events_is_all_or_nothing(self):
        good = shipment_event("F-4", "f4-1")
        bad = good.replace("f4-1", "f4-2").replace("2026-11-20T10", "yesterday")
        reply = self.gateway.publish(f'<events xmlns="urn:wayleave:events:1">{good}{bad}</events>')
        self.assertEqual(reply.status, 422, reply)
        self.assertEqual(self.gateway.api("GET", "/v1/shipments/F-4").status, 404)
        reply = self.gateway.publish(f'<events xmlns="urn:wayleave:events:1">{good}{good.replace("f4-1", "f4-3")}</events>')
        self.assertEqual((reply.status, len(reply.xml)), (202, 2), reply)

    def test_pages_streams_and_webhooks_carry_the_same_bytes_in_the_same_order(self):
        endpoint = Endpoint()
        try:
            start = self.gateway.api("GET", f"{EVENTS}?after=now").headers["Feed-Cursor"]
            stream = EventStream(self.gateway.public, f"{EVENTS}?after={start}", TOKENS["acme"])
            self.allow(endpoint)
            made = self.gateway.api("POST", "/v1/subscriptions", f'<subscription xmlns="urn:wayleave:subscription:1">'
                                    f"<feed>shipment-status</feed><endpoint>http://{endpoint.address}/hook</endpoint></subscription>")
            self.assertEqual(made.status, 201, made)
            for number in range(30):
                self.publish(f"F-5-{number % 3}", f"f5-{number}", occurred=f"2026-11-20T10:{number:02}:00Z")
            wait_until(lambda: len(stream.events) >= 30, what="30 server-sent events")
            wait_until(lambda: len(endpoint.got) >= 30, what="30 webhooks")
            paged, after = [], start
            while True:
                page = self.gateway.api("GET", f"{EVENTS}?after={after}&limit=7")
                if not bodies(page):
                    break
                paged += bodies(page)
                after = page.headers["Feed-Cursor"]
            mine = [p for p in paged if p[1].startswith("f5-")]
            twin = self.gateway.api("GET", f"{EVENTS}?after={start}&limit=1000", headers={"Accept": "application/json"}).json()
            self.assertEqual([e["id"] for e in twin["event"]], [i for _, i, _ in paged])
            self.assertIn("Shipment", twin["event"][0]["ShipmentStatus"])
            self.assertEqual([i for _, i, _ in mine], [f"f5-{n}" for n in range(30)])
            self.assertEqual([(i, d) for i, e, d in stream.events if "F-5-" in d], [(c, b) for c, _, b in mine])
            numbers = [int(c.split(":")[1]) for c, _, _ in paged]
            self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))), "contiguous")
            by_key = {}
            for headers, body in endpoint.got:
                by_key.setdefault(headers["ce-partitionkey"], []).append(body.decode())
            for key, got in by_key.items():
                self.assertEqual(got, [b for _, _, b in mine if f"<Shipment>{key}</Shipment>" in b], f"order of {key}")
            stream.close()
        finally:
            endpoint.close()

    def allow(self, endpoint):
        """Lets the site post to this endpoint on loopback: a reload takes it in."""
        gateway_xml = self.gateway.site / "gateway.xml"
        version = self.gateway.metrics()["wayleave_site_version"]
        gateway_xml.write_text(gateway_xml.read_text().replace('allow="', f'allow="{endpoint.address} '))
        self.gateway.reload()
        wait_until(lambda: self.gateway.metrics()["wayleave_site_version"] > version, what="reload")

    def test_a_webhook_is_signed_so_that_the_standard_library_takes_it(self):
        endpoint = Endpoint()
        try:
            self.allow(endpoint)
            made = self.gateway.api("POST", "/v1/subscriptions", f'<subscription xmlns="urn:wayleave:subscription:1">'
                                    f"<feed>shipment-status</feed><endpoint>http://{endpoint.address}/</endpoint></subscription>")
            secret = made.xml.find("{urn:wayleave:subscription:1}secret").text
            self.assertNotIn("secret", self.gateway.api("GET", made.headers["Location"]).text)
            self.publish("F-6", "f6-ü-1")
            wait_until(lambda: endpoint.got, what="the webhook")
            headers, body = endpoint.got[0]
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            mac = hmac.new(base64.b64decode(secret[len("whsec_"):]), signed, hashlib.sha256).digest()
            self.assertIn("v1," + base64.b64encode(mac).decode(), headers["webhook-signature"].split(" "))
            self.assertEqual(headers["Content-Digest"], "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":")
            if (ROOT / "build/node/node_modules/standardwebhooks").exists() and shutil.which("node"):
                script = ("const {Webhook}=require('standardwebhooks');const h=JSON.parse(process.argv[2]);"
                          "new Webhook(process.argv[1]).verify(Buffer.from(process.argv[3],'base64').toString('utf8'),h);")
                import json
                lower = {name.lower(): value for name, value in headers.items()}
                # The library returns the body parsed as JSON; ours is XML, so only its verdict on the signature counts.
                done = subprocess.run(["node", "-e", script.replace("new Webhook", "try{new Webhook").rstrip(";") +
                                       "}catch(e){if(!(e instanceof SyntaxError))throw e}", secret, json.dumps(lower),
                                       base64.b64encode(body).decode()], cwd=ROOT / "build/node", capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)
                bad = dict(lower, **{"webhook-signature": "v1," + base64.b64encode(b"x" * 32).decode()})
                done = subprocess.run(["node", "-e", script, secret, json.dumps(bad), base64.b64encode(body).decode()],
                                      cwd=ROOT / "build/node", capture_output=True, text=True)
                self.assertNotEqual(done.returncode, 0, "a forged signature must not verify")
            else:
                print("skipped: the npm package standardwebhooks is not in build/node", file=sys.stderr)
        finally:
            endpoint.close()

    def test_a_failing_endpoint_gets_everything_in_order_once_it_works(self):
        endpoint = Endpoint(lambda number, headers, body: 500 if number == 1 else 204)
        try:
            self.allow(endpoint)
            self.gateway.api("POST", "/v1/subscriptions", f'<subscription xmlns="urn:wayleave:subscription:1">'
                             f"<feed>shipment-status</feed><endpoint>http://{endpoint.address}/</endpoint></subscription>")
            for number in range(3):
                self.publish("F-7", f"f7-{number}", occurred=f"2026-11-20T10:0{number}:00Z")
            wait_until(lambda: len(endpoint.got) >= 4, 30, "retries")
            ids = [headers["webhook-id"] for headers, _ in endpoint.got]
            self.assertEqual(ids[0], ids[1])
            self.assertEqual([i for n, i in enumerate(ids) if i not in ids[:n]], [f"msg_f7-{n}" for n in range(3)])
        finally:
            endpoint.close()

    def test_endpoints_that_lead_inside_are_refused(self):
        own = self.gateway.internal.split("//")[1]
        for url in ("http://169.254.169.254/", "https://127.0.0.1/", "https://[::1]/", "http://10.0.0.1/", "https://0x7f.1/",
                    "https://2130706433/", "https://user@example.com/", "https://example.com:22/", "ftp://example.com/",
                    f"http://{own}/v1/events", f"https://{own}/", "https://" + "a" * 2100 + ".example/"):
            reply = self.gateway.api("POST", "/v1/subscriptions", f'<subscription xmlns="urn:wayleave:subscription:1">'
                                     f"<feed>shipment-status</feed><endpoint>{url}</endpoint></subscription>")
            self.assertEqual(reply.status, 422, url)

    def test_subscriptions_live_pause_resume_and_end(self):
        make = ('<subscription xmlns="urn:wayleave:subscription:1"><feed>shipment-status</feed>'
                "<endpoint>https://hooks.example.com/x</endpoint>{}</subscription>")
        self.assertEqual(self.gateway.api("POST", "/v1/subscriptions", make.format("<colour>red</colour>")).status, 422)
        self.assertEqual(self.gateway.api("POST", "/v1/subscriptions", make.format("").replace("shipment-status", "weather")).status, 422)
        made = self.gateway.api("POST", "/v1/subscriptions", make.format("<start>earliest</start>"))
        self.assertEqual(made.status, 201, made)
        where = made.headers["Location"]
        self.assertIn("paused", self.gateway.api("POST", where + "/pause").text)
        self.assertIn("active", self.gateway.api("POST", where + "/resume").text)
        json = self.gateway.api("POST", "/v1/subscriptions", '{"feed":"network-status","endpoint":"https://hooks.example.com/y"}')
        self.assertEqual(json.status, 201, json)
        self.assertEqual(self.gateway.api("DELETE", where).status, 204)
        self.assertEqual(self.gateway.api("GET", where).status, 404)

    def test_long_poll_returns_with_the_event(self):
        start = self.gateway.api("GET", f"{EVENTS}?after=now").headers["Feed-Cursor"]
        threading.Timer(0.4, lambda: self.publish("F-8", "f8-1")).start()
        began = time.monotonic()
        page = self.gateway.api("GET", f"{EVENTS}?after={start}", headers={"Prefer": "wait=20"})
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual([i for _, i, _ in bodies(page)], ["f8-1"])
        self.assertEqual(page.headers["Preference-Applied"], "wait=20")

    def test_cursors_that_are_not_ours_are_gone(self):
        self.publish("F-9", "f9-1")
        self.publish("F-9c", "f9-2", partner="cobalt")
        foreign = self.gateway.api("GET", f"{EVENTS}?after=now", partner="cobalt").headers["Feed-Cursor"]
        mine = self.gateway.api("GET", f"{EVENTS}?after=now").headers["Feed-Cursor"]
        too_high = mine.split(":")[0] + ":999999"
        for cursor in (foreign, too_high, "nonsense", "x:1", mine + "x"):
            reply = self.gateway.api("GET", f"{EVENTS}?after={cursor}")
            self.assertEqual(reply.status, 410, cursor)
            self.assertIn("Feed-Earliest", reply.headers)
        self.assertEqual(self.gateway.api("GET", EVENTS, headers={"Accept": "text/event-stream", "Last-Event-ID": foreign}).status, 410)

    def test_a_stream_resumes_without_loss_or_repeat(self):
        start = self.gateway.api("GET", f"{EVENTS}?after=now").headers["Feed-Cursor"]
        stop = threading.Event()

        def burst():
            for number in range(150):
                self.publish(f"F-10-{number % 5}", f"f10-{number}", occurred="2026-11-20T10:00:00Z")
            stop.set()

        threading.Thread(target=burst).start()
        seen, last = [], start
        while len(seen) < 150:
            stream = EventStream(self.gateway.public, EVENTS, TOKENS["acme"], last_event_id=last)
            wait_until(lambda: len(stream.events) >= 10 or (stop.is_set() and len(stream.events) + len(seen) >= 150), what="some events")
            stream.close()
            seen += stream.events
            last = seen[-1][0]
        numbers = [int(i.split(":")[1]) for i, _, _ in seen]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 150)))

    def test_network_news_reach_only_those_whose_services_they_name(self):
        event = ('<NetworkStatus xmlns="urn:wayleave:canonical:1" id="n-1"><Situation version="1" publisher="noc.example">71</Situation>'
                 "<MessageKind>new</MessageKind><Lifecycle>actual</Lifecycle><Category>transport</Category><EventType>congestion</EventType>"
                 "<Severity>minor</Severity><Planned>false</Planned><ServiceAffecting>true</ServiceAffecting><Raised>2026-11-20T03:12:00Z</Raised>"
                 '<Affected impact="degraded"><Service>LANE-CHI-TOR</Service></Affected></NetworkStatus>')
        reply = self.gateway.publish(event)
        self.assertEqual((reply.status, reply.xml[0].get("audience")), (202, "1"), reply)
        self.assertIn(">71<", self.gateway.api("GET", "/v1/network").text)
        self.assertIn(">71<", self.gateway.api("GET", "/v1/network/LANE-CHI-TOR").text)
        self.assertNotIn(">71<", self.gateway.api("GET", "/v1/network", partner="cobalt").text)
        self.assertEqual(self.gateway.api("GET", "/v1/network/LANE-CHI-TOR", partner="cobalt").status, 404)


class DocumentsFeed(GatewayCase):
    def test_every_change_of_status_is_an_entry(self):
        self.gateway.order("D-1", headers={"Prefer": "wait=10"})
        page = self.gateway.api("GET", "/v1/feeds/documents/events")
        statuses = [ET.fromstring(b).get("status") for _, _, b in bodies(page)]
        self.assertEqual((statuses[0], statuses[-1]), ("accepted", "confirmed"))


if __name__ == "__main__":
    unittest.main()
