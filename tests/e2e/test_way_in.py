"""The way in, end to end: answers, receipts, repeats, duplicates, reports, the back end's verdict."""
import threading
import unittest

from harness import BackEnd, GatewayCase, basic, call, order_xml, raw, wait_until


class WayIn(GatewayCase):
    def test_an_order_is_accepted_with_a_receipt_and_reaches_the_back_end_once(self):
        reply = self.gateway.order("W-1")
        self.assertEqual(reply.status, 202, reply)
        self.assertEqual(reply.xml.tag, "{urn:wayleave:receipt:1}receipt")
        self.assertEqual(reply.headers["Location"], "/v1/receipts/" + reply.xml.get("id"))
        document = reply.xml[0].get("id")
        wait_until(lambda: self.gateway.document_status(document) == "confirmed", what="confirmation")
        self.assertEqual(self.backend.effects_of("W-1"), 1)
        self.assertEqual(self.gateway.api("GET", "/v1/orders/W-1").headers["Wayleave-Status"], "confirmed")
        content = self.gateway.api("GET", reply.headers["Location"] + "/content")
        self.assertEqual(content.text, order_xml("W-1"))

    def test_waiting_for_the_verdict_gives_200_and_says_so(self):
        reply = self.gateway.order("W-2", headers={"Prefer": "wait=10"})
        self.assertEqual((reply.status, reply.headers["Preference-Applied"]), (200, "wait=10"), reply)
        self.assertEqual(reply.xml[0].get("status"), "confirmed")

    def test_the_same_key_and_bytes_get_the_first_answer_again(self):
        first = self.gateway.order("W-3", headers={"Idempotency-Key": "k-3"})
        again = self.gateway.order("W-3", headers={"Idempotency-Key": "k-3"})
        self.assertEqual((again.status, again.body), (first.status, first.body))
        self.assertEqual(again.headers["Wayleave-Replayed"], "true")
        self.assertIsNone(first.headers["Wayleave-Replayed"])

    def test_a_key_used_with_other_bytes_is_refused(self):
        self.gateway.order("W-4", headers={"Idempotency-Key": "k-4"})
        self.assertEqual(self.gateway.order("W-4b", headers={"Idempotency-Key": "k-4"}).status, 409)

    def test_twenty_at_once_with_one_key_make_one_order(self):
        replies = []
        threads = [threading.Thread(target=lambda: replies.append(self.gateway.order("W-5", headers={"Idempotency-Key": "k-5"})))
                   for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual({reply.status for reply in replies}, {202})
        self.assertEqual(len({reply.body for reply in replies}), 1)
        self.assertEqual(sum(reply.headers["Wayleave-Replayed"] is None for reply in replies), 1)
        wait_until(lambda: self.backend.effects_of("W-5") == 1, what="one effect")

    def test_the_same_document_without_a_key_is_a_duplicate_of_the_first(self):
        first = self.gateway.order("W-6")
        again = self.gateway.order("W-6")
        self.assertEqual((again.status, again.xml.get("status"), again.xml.get("id")), (202, "duplicate", first.xml.get("id")))
        self.assertEqual(again.headers["Wayleave-Replayed"], "true")

    def test_another_content_under_the_same_number_is_refused_naming_the_first(self):
        first = self.gateway.order("W-7")
        other = self.gateway.order("W-7", quantity="13")
        self.assertEqual(other.status, 422)
        self.assertIn("D101", other.text)
        self.assertIn(first.xml.get("id"), other.text)

    def test_twenty_contents_at_once_under_one_number_leave_one(self):
        replies = []
        threads = [threading.Thread(target=lambda n=n: replies.append(self.gateway.order("W-8", quantity=str(n)))) for n in range(1, 21)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(reply.status for reply in replies), [202] + [422] * 19)

    def test_a_rejected_document_never_blocks_its_number(self):
        self.assertEqual(self.gateway.order("W-9", quantity="many").status, 422)
        self.assertEqual(self.gateway.order("W-9").status, 202)

    def test_a_report_has_every_finding_in_three_forms_and_is_kept(self):
        broken = order_xml("W-10", quantity="many").replace("2026-11-20", "20.11.2026").replace("<Currency>USD</Currency>", "")
        reply = self.gateway.api("POST", "/v1/orders", broken)
        self.assertEqual((reply.status, reply.headers["Content-Type"]), (422, "application/xml; charset=utf-8"))
        codes = sorted(finding.get("code") for finding in reply.xml[0])
        self.assertEqual(codes, ["X110", "X201", "X203"])
        twin = self.gateway.api("POST", "/v1/orders", broken, headers={"Accept": "application/json"})
        self.assertEqual(sorted(f["code"] for f in twin.json()["document"][0]["finding"]), codes)
        text = self.gateway.api("POST", "/v1/orders", broken, headers={"Accept": "text/plain"})
        self.assertIn("ORDER NOT ACCEPTED", text.text)
        kept = self.gateway.api("GET", reply.headers["Location"] + "/report")
        self.assertEqual(kept.body, reply.body)
        self.assertEqual(self.gateway.api("GET", reply.headers["Location"]).xml.get("status"), "rejected")

    def test_a_dry_run_shows_the_canonical_document_and_keeps_nothing(self):
        reply = self.gateway.api("POST", "/v1/orders?dry-run=1", order_xml("W-11"))
        self.assertEqual(reply.status, 200)
        self.assertIn("<Order xmlns=\"urn:wayleave:canonical:1\"", reply.text)
        self.assertEqual(self.gateway.api("GET", "/v1/orders/W-11").status, 404)
        self.assertEqual(self.gateway.order("W-11").status, 202)

    def test_a_test_document_is_kept_as_such_and_not_delivered(self):
        reply = self.gateway.api("POST", "/v1/orders?test=1", order_xml("W-12"))
        self.assertEqual((reply.status, reply.xml.get("test")), (202, "true"), reply)
        live = self.gateway.order("W-12", headers={"Prefer": "wait=10"})
        self.assertEqual(live.status, 200, "the test document does not block the real one")
        self.assertEqual(self.backend.effects_of("W-12"), 1)

    def test_strangers_are_told_nothing(self):
        for token in (None, "wrong", "demo-tms-token"):
            reply = call(self.gateway.public, "POST", "/v1/orders", order_xml("W-13"), token)
            self.assertEqual(reply.status, 401)
            self.assertEqual(call(self.gateway.public, "GET", "/nowhere", token=token).status, 401)
        reply = call(self.gateway.public, "POST", "/v1/orders", order_xml("W-13"), headers=basic("acme", "demo-acme-token"))
        self.assertEqual(reply.status, 202)
        reply = call(self.gateway.public, "POST", "/v1/orders", order_xml("W-14"), headers=basic("cobalt", "demo-acme-token"))
        self.assertEqual(reply.status, 401)

    def test_refusals_have_their_order_and_their_status(self):
        api = self.gateway.api
        self.assertEqual(api("POST", "/v1/orders", "<a/>", headers={"Content-Encoding": "gzip"}).status, 415)
        self.assertEqual(api("POST", "/v1/orders", "<a/>", headers={"Content-Type": "multipart/form-data; boundary=x"}).status, 415)
        self.assertEqual(api("POST", "/v1/orders", "").status, 400)
        self.assertEqual(api("POST", "/v1/orders", "hello").status, 415)
        self.assertEqual(api("POST", "/v1/orders", "<Unheard/>").status, 403)
        self.assertEqual(api("POST", "/v1/orders", "<PurchaseOrder xmlns=\"urn:acme:po:2\"/>").status, 422)
        self.assertEqual(api("POST", "/v1/orders", "<PurchaseOrdr xmlns=\"urn:acme:po:3\"/>").status, 422)
        self.assertEqual(api("POST", "/v1/reroutes", order_xml("W-15")).status, 403)
        self.assertEqual(api("POST", "/v1/orders", order_xml("W-15"), headers={"Idempotency-Key": "x" * 256}).status, 400)
        self.assertEqual(api("DELETE", "/v1/orders").status, 405)
        self.assertEqual(api("GET", "/v1/nothing").status, 404)
        big = self.gateway.public
        head = (f"POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer demo-acme-token\r\nContent-Encoding: gzip\r\n"
                f"Content-Length: {11 << 20}\r\nExpect: 100-continue\r\n\r\n").encode()
        answer = raw(big, head, 2)
        self.assertTrue(answer.startswith(b"HTTP/1.1 413"), answer[:80])

    def test_wrong_dressing_of_a_document_is_told_precisely(self):
        doctype = '<!DOCTYPE PurchaseOrder [<!ENTITY x "y">]>' + order_xml("W-16")
        for document in (doctype, order_xml("W-16")[:-5], "<PurchaseOrder xmlns='urn:acme:po:3'>&x;</PurchaseOrder>"):
            reply = self.gateway.api("POST", "/v1/orders", document)
            self.assertEqual(reply.status, 422, reply)
            self.assertRegex(reply.xml[0][0].get("code"), "^X0")

    def test_own_agreements_and_schemas_can_be_asked_for(self):
        agreements = self.gateway.api("GET", "/v1/agreements")
        self.assertEqual([a.get("document") for a in agreements.xml if a.tag.endswith("agreement")], ["order", "reroute"])
        schema = self.gateway.api("GET", "/v1/agreements/order/schema")
        self.assertIn("urn:acme:po:3", schema.text)
        self.assertEqual(self.gateway.api("GET", "/v1/agreements/invoice/schema").status, 404)

    def test_documents_are_listed_by_kind_and_key(self):
        self.gateway.order("W-17")
        found = self.gateway.api("GET", "/v1/documents?kind=order&key=W-17")
        self.assertEqual([d.get("key") for d in found.xml], ["W-17"])
        self.assertEqual(self.gateway.api("GET", "/v1/documents?since=yesterday").status, 400)


class Reroutes(GatewayCase):
    """A customer may reroute only a shipment in which it has the right role, only while it can still be rerouted."""

    def reroute(self, number, shipment, partner="acme"):
        from harness import reroute_xml
        return self.gateway.api("POST", "/v1/reroutes", reroute_xml(number, shipment), partner, {"Prefer": "wait=10"})

    def event(self, *arguments, **named):
        from harness import shipment_event
        reply = self.gateway.publish(shipment_event(*arguments, **named))
        self.assertEqual(reply.status, 202, reply)

    @classmethod
    def setUpClass(cls):
        cls.answer = staticmethod(lambda call: (200, '<reply xmlns="urn:northway:dispatch:1" outcome="done"/>'))
        super().setUpClass()

    def test_only_by_the_right_role_and_only_in_time(self):
        self.event("S-1", "e-1")
        accepted = self.reroute("R-1", "S-1")
        self.assertEqual((accepted.status, accepted.xml[0].get("status")), (200, "confirmed"), accepted)
        unknown = self.reroute("R-2", "S-404")
        self.assertEqual((unknown.status, "SHIPMENT-UNKNOWN" in unknown.text), (422, True))
        self.assertIn("We have no shipment S-404 of yours", unknown.text)
        self.event("S-2", "e-2", role="consignee")
        self.assertIn("SHIPMENT-UNKNOWN", self.reroute("R-3", "S-2").text, "a consignee sees it and may not reroute it")
        self.assertEqual(self.gateway.api("GET", "/v1/shipments/S-2").status, 200)
        self.event("S-3", "e-3", partner="cobalt")
        self.assertIn("SHIPMENT-UNKNOWN", self.reroute("R-4", "S-3").text, "somebody else's shipment does not exist")
        self.event("S-1", "e-4", kind="delivered", occurred="2026-11-20T12:00:00Z")
        self.assertIn("TOO-LATE", self.reroute("R-5", "S-1").text)

    def test_the_event_that_the_request_caused_reaches_the_customer(self):
        self.event("S-9", "e-9")
        document = self.reroute("R-9", "S-9").xml[0].get("id")
        self.event("S-9", "e-10", kind="rerouted", occurred="2026-11-20T13:00:00Z", more=f' causedBy="{document}"')
        page = self.gateway.api("GET", "/v1/feeds/shipment-status/events?limit=1000")
        self.assertIn(f'causedBy="{document}"', page.text)
        self.assertIn(">rerouted</Status>", self.gateway.api("GET", "/v1/shipments/S-9").text)


if __name__ == "__main__":
    unittest.main()
