"""One partner never sees, infers or changes another's data: every route with an id × every id × every other partner,
and the internal listener against everybody who has no business there."""
import re
import threading
import unittest

from harness import ROOT, Gateway, BackEnd, EventStream, GatewayCase, TOKENS, call, raw, reroute_xml, shipment_event, wait_until


def public_routes():
    """The routes as the source lists them, so that a new one joins the matrix by itself."""
    source = (ROOT / "src/gateway/public_api.cpp").read_text()
    routes = re.findall(r'\{"([A-Z]+)", "(/v1[^"]*)"', source)
    assert len(routes) >= 20, routes
    return routes


class Tenancy(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        gateway = cls.gateway
        receipt = gateway.order("T-1", headers={"Prefer": "wait=10"})
        gateway.publish(shipment_event("T-S1", "t-1"))
        network = ('<NetworkStatus xmlns="urn:wayleave:canonical:1" id="n-t1"><Situation version="1" publisher="noc.example">99</Situation>'
                   "<MessageKind>new</MessageKind><Lifecycle>actual</Lifecycle><Category>transport</Category><EventType>congestion</EventType>"
                   "<Severity>minor</Severity><Planned>false</Planned><ServiceAffecting>true</ServiceAffecting><Raised>2026-11-20T03:12:00Z</Raised>"
                   '<Affected impact="degraded"><Service>LANE-CHI-TOR</Service></Affected></NetworkStatus>')
        gateway.publish(network)
        made = gateway.api("POST", "/v1/subscriptions", '<subscription xmlns="urn:wayleave:subscription:1"><feed>shipment-status</feed>'
                           "<endpoint>https://hooks.example.com/x</endpoint></subscription>")
        cls.ids = {"/v1/receipts/*": receipt.xml.get("id"), "/v1/documents/*": receipt.xml[0].get("id"), "/v1/orders/*": "T-1",
                   "/v1/shipments/*": "T-S1", "/v1/network/*": "LANE-CHI-TOR", "/v1/subscriptions/*": made.headers["Location"].split("/")[-1]}
        cls.secrets = [cls.ids["/v1/receipts/*"], cls.ids["/v1/documents/*"], "T-S1", cls.ids["/v1/subscriptions/*"], "LANE-CHI-TOR", "T-1"]

    def test_every_route_with_somebody_elses_id_is_404_and_its_owner_gets_it(self):
        tried = 0
        for method, pattern in public_routes():
            for prefix, identity in self.ids.items():
                if not pattern.startswith(prefix):
                    continue
                path = pattern.replace("*", identity, 1)
                reply = self.gateway.api(method, path, partner="cobalt")
                self.assertEqual(reply.status, 404, f"{method} {path}: {reply}")
                nobody = self.gateway.api(method, pattern.replace("*", "01AAAAAAAAAAAAAAAAAAAAAAAA", 1), partner="cobalt")
                self.assertEqual(nobody.body, reply.body, "somebody else's and nobody's look the same")
                if method == "GET" and not path.endswith(("/report", "/acknowledgment")):
                    self.assertEqual(self.gateway.api(method, path).status, 200, f"{method} {path} for its owner")
                tried += 1
        self.assertGreaterEqual(tried, 12)

    def test_no_list_shows_anything_of_somebody_else(self):
        for method, pattern in public_routes():
            if method != "GET" or "*" in pattern:
                continue
            for query in ("", "?kind=order&key=T-1", "?ref=purchase-order:T-1", "?updated-since=2000-01-01T00:00:00Z"):
                text = self.gateway.api("GET", pattern + query, partner="cobalt").text
                for secret in self.secrets:
                    self.assertNotIn(secret, text, f"{pattern}{query}")
        for feed in ("shipment-status", "network-status", "documents"):
            text = self.gateway.api("GET", f"/v1/feeds/{feed}/events", partner="cobalt").text
            for secret in self.secrets:
                self.assertNotIn(secret, text)

    def test_numbers_of_a_line_tell_nothing_of_other_lines(self):
        before = self.gateway.api("GET", "/v1/feeds/shipment-status/events?after=now", partner="cobalt").headers["Feed-Cursor"]
        for number in range(5):
            self.gateway.publish(shipment_event("T-S2", f"t2-{number}"))
        after = self.gateway.api("GET", "/v1/feeds/shipment-status/events?after=now", partner="cobalt").headers["Feed-Cursor"]
        self.assertEqual(before, after)

    def test_keys_and_numbers_are_each_partners_own(self):
        cobalt = ('<Auftrag><AuftragsNr>A-1000</AuftragsNr><Datum>2026-11-20</Datum><Waehrung>EUR</Waehrung>'
                  '<LieferOrt name="x" strasse="x" ort="x" plz="40213" land="DE"/><Position nr="1" artikel="a" menge="1" einheit="ST"/></Auftrag>')
        first = self.gateway.order("A-1000", headers={"Idempotency-Key": "same"})
        second = self.gateway.api("POST", "/v1/orders", cobalt, "cobalt", {"Idempotency-Key": "same"})
        self.assertEqual((first.status, second.status), (202, 202), second)
        self.assertNotEqual(first.xml.get("id"), second.xml.get("id"))

    def test_a_reroute_of_somebody_elses_shipment_looks_like_one_of_nobodys(self):
        umleitung = ('<Umleitung nr="{}"><Sendung>{}</Sendung><NeueAnschrift strasse="x" ort="x" plz="40213" land="DE"/>'
                     "<Ansprechpartner>x</Ansprechpartner></Umleitung>")
        theirs = self.gateway.api("POST", "/v1/reroutes", umleitung.format("U-1", "T-S1"), "cobalt")
        nobodys = self.gateway.api("POST", "/v1/reroutes", umleitung.format("U-2", "T-S9"), "cobalt")
        self.assertEqual((theirs.status, nobodys.status), (422, 422), theirs)
        scrub = lambda reply: re.sub(r'id="[^"]*"|key="[^"]*"|T-S\d', "", reply.text)
        self.assertEqual(scrub(theirs), scrub(nobodys))

    def test_somebody_elses_cursor_is_gone_everywhere(self):
        cursor = self.gateway.api("GET", "/v1/feeds/shipment-status/events?after=now").headers["Feed-Cursor"]
        self.assertEqual(self.gateway.api("GET", f"/v1/feeds/shipment-status/events?after={cursor}", partner="cobalt").status, 410)
        stream = EventStream(self.gateway.public, "/v1/feeds/shipment-status/events", TOKENS["cobalt"], last_event_id=cursor)
        self.assertEqual(stream.status, 410)
        reply = self.gateway.api("POST", "/v1/subscriptions", '<subscription xmlns="urn:wayleave:subscription:1"><feed>shipment-status</feed>'
                                 f"<endpoint>https://hooks.example.com/x</endpoint><start>{cursor}</start></subscription>", "cobalt")
        self.assertEqual(reply.status, 422)


class Internal(GatewayCase):
    def test_without_a_token_or_with_a_customers_nothing_opens(self):
        for token in (None, "nonsense", TOKENS["acme"]):
            for method, path in (("POST", "/v1/events"), ("GET", "/v1/messages"), ("GET", "/v1/parked"), ("GET", "/v1/subscriptions"),
                                 ("POST", "/v1/documents/01AAAAAAAAAAAAAAAAAAAAAAAA/result"), ("GET", "/nothing")):
                self.assertEqual(call(self.gateway.internal, method, path, "<x/>" if method == "POST" else None, token).status, 401, f"{path} {token}")

    def test_health_and_metrics_are_open(self):
        self.assertEqual(call(self.gateway.internal, "GET", "/healthz").status, 200)
        self.assertEqual(call(self.gateway.internal, "GET", "/readyz").status, 200)
        name = 'wayleave_documents_total{kind="order",outcome="accepted",partner="acme"}'
        before = self.gateway.metrics().get(name, 0)
        self.backend.answer = lambda made: (200, BackEnd.RESULT)
        self.gateway.order("M-1", headers={"Prefer": "wait=10"})
        metrics = self.gateway.metrics()
        self.assertEqual(metrics[name], before + 1)
        self.assertIn('wayleave_step_seconds_count{process="place-order",step="book"}', metrics)

    def test_a_browser_is_turned_away_by_origin_and_by_host(self):
        token = self.gateway.operator_token()
        self.assertEqual(self.gateway.inside("GET", "/v1/messages", headers={"Origin": "https://evil.example"}).status, 403)
        answer = raw(self.gateway.internal, f"GET /v1/messages HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer {token}\r\n\r\n".encode(), 1)
        self.assertTrue(answer.startswith(b"HTTP/1.1 421"), answer[:60])

    def test_a_back_end_may_send_events_and_results_and_nothing_else(self):
        for path in ("/v1/messages", "/v1/parked", "/v1/subscriptions"):
            self.assertEqual(self.gateway.inside("GET", path, token=TOKENS["tms"]).status, 404)

    def test_a_result_settles_once_and_contradictions_are_refused(self):
        self.backend.answer = lambda made: (202, "")
        document = self.gateway.order("R-1").xml[0].get("id")
        wait_until(lambda: self.gateway.document_status(document) == "delivered", what="delivery")
        result = '<result xmlns="urn:wayleave:result:1" status="{}" code="X"><reason>{}</reason></result>'
        path = f"/v1/documents/{document}/result"
        refused = self.gateway.inside("POST", path, result.format("refused", "No stock."), token=TOKENS["tms"])
        self.assertEqual(refused.status, 200, refused)
        self.assertEqual(self.gateway.inside("POST", path, result.format("refused", "No stock."), token=TOKENS["tms"]).status, 200)
        self.assertEqual(self.gateway.inside("POST", path, result.format("accepted", ""), token=TOKENS["tms"]).status, 409)
        self.assertIn("No stock.", self.gateway.api("GET", f"/v1/documents/{document}").text)
        self.assertEqual(self.gateway.inside("POST", path, "<x/>", token=TOKENS["tms"]).status, 422)
        second = self.gateway.order("R-2").xml[0].get("id")
        wait_until(lambda: self.gateway.document_status(second) == "delivered", what="delivery")
        by_key = self.gateway.inside("POST", "/v1/results?partner=acme&kind=order&key=R-2", '{"status":"accepted","code":"OK"}', token=TOKENS["tms"])
        self.assertEqual(by_key.status, 200, by_key)
        self.assertEqual(self.gateway.document_status(second), "confirmed")

    def test_the_operators_commands(self):
        self.backend.answer = lambda made: (404, "") if made["key"] == "O-1" else (200, BackEnd.RESULT)
        document = self.gateway.order("O-1").xml[0].get("id")
        wait_until(lambda: document in self.gateway.cli("park").stdout, what="parked")
        self.assertNotEqual(self.gateway.document_status(document), "confirmed")
        self.assertIn("O-1", self.gateway.cli("messages", "--partner", "acme", "--kind", "order", "--key", "O-1").stdout)
        self.assertIn("book", self.gateway.cli("show", document).stdout)
        self.backend.answer = lambda made: (200, BackEnd.RESULT)
        self.assertEqual(self.gateway.cli("replay", "--parked").returncode, 0)
        wait_until(lambda: self.gateway.document_status(document) == "confirmed", what="confirmation after replay")
        self.assertEqual(self.backend.effects_of("O-1"), 1)
        keys = {made["idempotency"] for made in self.backend.calls if made["key"] == "O-1"}
        self.assertEqual(len(keys), 1, "a replay carries the same idempotency key")
        self.backend.answer = lambda made: (404, "")
        given_up = self.gateway.order("O-2").xml[0].get("id")
        wait_until(lambda: given_up in self.gateway.cli("park").stdout, what="parked")
        self.assertEqual(self.gateway.cli("discard", given_up, "--reason", "customer called").returncode, 0)
        self.assertEqual(self.gateway.document_status(given_up), "discarded")
        self.assertEqual(self.gateway.cli("show", "01AAAAAAAAAAAAAAAAAAAAAAAA").returncode, 1)


class Reload(GatewayCase):
    def test_a_broken_site_changes_nothing_and_says_so_and_a_good_one_takes_effect(self):
        self.backend.answer = lambda made: (200, BackEnd.RESULT)
        partner = self.gateway.site / "partners/acme.xml"
        good = partner.read_text()
        for broken in (good.replace("po_to_order", "nowhere"), good[:-20], good.replace("<sees", "<seas"), good.replace("place-order", "no-such")):
            partner.write_text(broken)
            failed = self.gateway.metrics().get('wayleave_reloads_total{outcome="failed"}', 0)
            self.gateway.reload()
            wait_until(lambda: self.gateway.metrics().get('wayleave_reloads_total{outcome="failed"}', 0) > failed, what="a refused reload")
            self.assertEqual(self.gateway.metrics()["wayleave_site_version"], 1)
            self.assertEqual(self.gateway.order("L-1").status, 202)
        partner.write_text(good.replace('label="demo"', 'label="renamed"'))
        self.gateway.reload()
        wait_until(lambda: self.gateway.metrics()["wayleave_site_version"] == 2, what="the reload")
        self.assertEqual(self.gateway.order("L-2").status, 202)


if __name__ == "__main__":
    unittest.main()
