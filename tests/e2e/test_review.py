"""What a gateway must stand up to over months: numbers that begin again, entries that are gone, partners that leave and come
back, a store that is busy at the wrong moment, an operator who mends what was parked."""
import re
import sqlite3
import subprocess
import time
import unittest

from harness import BINARY, BackEnd, Gateway, order_xml, wait_until
from test_edi_in import interchange, with_edi
from test_edi_out import files, interchanges, one, publish
from test_edi_out import site as out_site
from test_feeds import Endpoint

STATUS = ('<receives feed="shipment-status" format="x12" set="214" version="004010" guide="x12/004010/214.xsd" map="out/status.map.xml"'
          ' via="directory" path="outbox/acme"/>')
OURS = "receives-acme-shipment-status-1"


def reload(gateway):
    before = gateway.log.read_text().count(" reloaded ")
    gateway.reload()
    wait_until(lambda: gateway.log.read_text().count(" reloaded ") > before, 30, "the reload")


def subscription(gateway, name):
    found = [s for s in gateway.inside("GET", "/v1/subscriptions").xml if s.get("id") == name]
    return found[0] if found else None


def metric(gateway, name):
    return sum(value for key, value in gateway.metrics().items() if key.split("{")[0] == name)


class Case(unittest.TestCase):
    def gateway(self, edit=None, answer=None):
        backend = BackEnd(answer)
        self.addCleanup(backend.close)
        gateway = Gateway(backend.url, edit=edit)
        self.addCleanup(gateway.__exit__)
        gateway.backend = backend
        return gateway.start()


class WayOut(Case):
    def outbound(self, receives=STATUS):
        gateway = self.gateway(out_site(receives))
        self.outbox = gateway.site / "outbox/acme"
        self.acme = gateway.site / "partners/acme.xml"
        return gateway

    def wait_for(self, count):
        wait_until(lambda: len(files(self.outbox)) >= count, what=f"{count} files")
        return files(self.outbox)

    def test_what_was_parked_goes_out_when_the_map_is_mended(self):
        gateway = self.outbound()
        for event in ("p1", "p2"):
            publish(gateway, "P-1", event, "customs-held")
        publish(gateway, "P-1", "p3", "delivered", occurred="2026-11-20T13:00:00Z")
        self.assertEqual(one(self.wait_for(1)["214-000000001.edi"], "AT7")[1], "D1")
        parked = wait_until(lambda: subscription(gateway, OURS).findall("{*}parked/{*}event"), what="what is parked to be listed")
        self.assertEqual([e.get("id") for e in parked], ["p1", "p2"])
        self.assertEqual(metric(gateway, "wayleave_subscriber_parked"), 2)
        status_map = gateway.site / "mappings/out/status.map.xml"
        status_map.write_text(status_map.read_text().replace('<c from="picked-up"', '<c from="customs-held" to="X6"/><c from="picked-up"'))
        reload(gateway)
        numbers = [e.get("cursor").split(":")[1] for e in parked]
        done = gateway.cli("subscriptions", "replay", OURS, "--seq", numbers[1])
        self.assertEqual((done.returncode, "entries=1" in done.stdout), (0, True), done)
        self.wait_for(2)
        self.assertEqual(gateway.cli("subscriptions", "replay", OURS, "--seq", numbers[1]).returncode, 1, "it is parked no more")
        self.assertEqual(gateway.cli("subscriptions", "replay", OURS).returncode, 0)
        got = self.wait_for(3)
        self.assertEqual([one(edi, "AT7")[1] for edi in got.values()], ["D1", "X6", "X6"])
        self.assertEqual(sorted(got), [f"214-00000000{n}.edi" for n in (1, 2, 3)], "and no number is left out")
        self.assertEqual(metric(gateway, "wayleave_subscriber_parked"), 0)
        wait_until(lambda: subscription(gateway, OURS).find("{*}parked") is None, what="nothing to be parked")
        self.assertEqual(gateway.cli("subscriptions", "replay", "none").returncode, 1)
        self.assertEqual(gateway.inside("POST", f"/v1/subscriptions/{OURS}/replay?seq=x").status, 400)
        # Removed only when the site has it no more.
        self.assertEqual(gateway.cli("subscriptions", "remove", OURS).returncode, 1)
        self.acme.write_text(self.acme.read_text().replace(STATUS, ""))
        reload(gateway)
        self.assertEqual(gateway.cli("subscriptions", "remove", OURS).returncode, 0)
        self.assertIsNone(subscription(gateway, OURS))

    def test_receives_that_a_busy_store_did_not_take_begin_where_the_reload_was(self):
        gateway = self.outbound("")
        publish(gateway, "B-0", "b0")
        time.sleep(0.1)
        locking = sqlite3.connect(gateway.data / "wayleave.db", isolation_level=None, timeout=5)
        locking.execute("begin immediate")
        self.acme.write_text(self.acme.read_text().replace("</partner>", STATUS + "</partner>"))
        reload(gateway)
        locking.execute("rollback")
        locking.close()
        publish(gateway, "B-1", "b1")
        self.assertIn("receives-not-begun", gateway.log.read_text())
        publish(gateway, "B-2", "b2")
        self.wait_for(2)
        publish(gateway, "B-3", "b3")
        self.assertEqual([one(edi, "B10")[1] for edi in self.wait_for(3).values()], ["B-1", "B-2", "B-3"])

    def test_receives_whose_next_entries_are_gone_go_on_with_the_oldest_kept(self):
        gateway = self.outbound()
        publish(gateway, "G-1", "g1")
        self.wait_for(1)
        text = self.acme.read_text()
        self.acme.write_text(text.replace(STATUS, ""))
        reload(gateway)
        for n in range(2, 6):
            publish(gateway, f"G-{n}", f"g{n}")
        gateway.stop()
        # What the retention does after as many days as feeds are kept.
        store = sqlite3.connect(gateway.data / "wayleave.db")
        line = store.execute("SELECT l.n FROM line l JOIN name f ON f.n=l.feed WHERE f.text='shipment-status'").fetchone()[0]
        gone = [row[0] for row in store.execute("SELECT entry FROM line_entry WHERE line=? AND seq<=3", (line,))]
        store.execute("DELETE FROM line_entry WHERE line=? AND seq<=3", (line,))
        store.execute("UPDATE line SET base=3 WHERE n=?", (line,))
        store.executemany("DELETE FROM entry WHERE n=?", [(n,) for n in gone])
        store.commit()
        store.close()
        self.acme.write_text(text)
        gateway.start()
        self.assertEqual([one(edi, "B10")[1] for edi in self.wait_for(3).values()], ["G-1", "G-4", "G-5"])
        self.assertEqual(subscription(gateway, OURS).find("{*}status").text, "active")
        # One may have been read before it stood still: what is parked is told, too.
        lost = metric(gateway, "wayleave_subscriber_lost_total")
        self.assertEqual(lost + metric(gateway, "wayleave_subscriber_parked"), 2)
        self.assertRegex(gateway.log.read_text(), rf"warning push-gap subscription={OURS} .*lost={lost:.0f}")

    def test_control_numbers_that_begin_again_never_swallow_an_interchange(self):
        gateway = self.outbound()
        for n in (1, 2):
            publish(gateway, f"W-{n}", f"w{n}")
        self.wait_for(2)
        wait_until(lambda: len(interchanges(gateway, "?status=sent")) == 2, what="both sent")
        gateway.stop()
        store = sqlite3.connect(gateway.data / "wayleave.db")
        store.execute("UPDATE sequence SET last=999999999 WHERE name='interchange'")
        store.commit()
        store.close()
        gateway.start()
        publish(gateway, "W-3", "w3")                      # 1 and 2 are taken
        got = self.wait_for(3)
        self.assertEqual(one(got["214-000000003.edi"], "B10")[1], "W-3")
        self.assertEqual(gateway.log.read_text().count("control-number-taken"), 2)
        self.assertEqual({i.get("control"): i[0].get("key") for i in interchanges(gateway)}, {"1": "W-1", "2": "W-2", "3": "W-3"})

    def test_a_set_that_was_rejected_stays_so_whatever_is_said_of_its_group(self):
        gateway = self.outbound()
        for n in (1, 2):
            publish(gateway, f"A-{n}", f"a{n}")
        self.wait_for(2)
        wait_until(lambda: len(interchanges(gateway, "?status=sent")) == 2, what="both sent")

        def said(control, *segments):
            body = "~\n".join(["ST*997*0001", *segments])
            return gateway.api("POST", "/v1/documents", (
                f"ISA*00*          *00*          *01*123456789      *ZZ*NORTHWAY       *251121*0912*U*00401*{control}*0*P*>~\n"
                f"GS*FA*123456789*NORTHWAY*20251121*0912*1*X*004010~\n{body}~\nSE*{len(segments) + 2}*0001~\nGE*1*1~\nIEA*1*{control}~\n")).status

        def status():
            return {i.get("control"): i.get("status") for i in interchanges(gateway)}

        self.assertEqual(said("000000901", "AK1*QM*1", "AK2*214*0001", "AK5*R*5", "AK9*A*1*1*1"), 202)
        self.assertEqual(status(), {"1": "rejected", "2": "sent"})
        self.assertEqual(said("000000902", "AK1*QM*2", "AK2*214*0777", "AK5*A", "AK9*A*1*1*1"), 202)
        self.assertEqual(status(), {"1": "rejected", "2": "sent"})
        self.assertIn("acknowledgment-of-another-set", gateway.log.read_text())

    def test_a_very_long_acknowledgment_reaches_the_outbox(self):
        def edit(site):
            with_edi(site)
            acme = site / "partners/acme.xml"
            receives = '<receives feed="acknowledgments" format="x12" via="directory" path="outbox/acme"/>'
            acme.write_text(acme.read_text().replace("</partner>", receives + "</partner>"))

        def wrong(n, lines=60):
            body = [f"ST*850*{n:04}", f"BEG*00*SA*L-{n}**20251121"] + [f"PO1*{i}*xx*EA*zz**BP*S" for i in range(1, lines + 1)]
            return "~\n".join(body) + f"~\nSE*{len(body) + 1}*{n:04}~\n"

        gateway = self.gateway(edit)
        self.outbox = gateway.site / "outbox/acme"
        receipt = gateway.api("POST", "/v1/documents", interchange(*(wrong(n) for n in range(1, 500))), timeout=120)
        self.assertEqual(receipt.status, 202, receipt)
        kept = gateway.api("GET", receipt.headers["Location"] + "/acknowledgment").body
        self.assertGreater(len(kept), 1 << 20)
        self.assertEqual(list(self.wait_for(1).values()), [kept])


class WayIn(Case):
    def test_rejected_resends_hide_no_document_and_tests_stand_for_nothing_real(self):
        def edit(site):
            with_edi(site)
            process = site / "processes/change-order.xml"
            process.write_text(process.read_text().replace(
                "<step ", '<reject code="ORDER-UNKNOWN" unless="state(\'order\', Number)">We have no order {Number}.</reject><step '))

        def change(gateway, order, control, number="1", query=""):
            reply = gateway.api("POST", "/v1/documents" + query, interchange(
                f"ST*860*0001~\nBCH*04*SA*{order}**{number}*20251121*****20251122~\nSE*3*0001~\n", control=control).replace("GS*PO*", "GS*PC*"))
            self.assertEqual(reply.status, 202, reply)
            return reply.xml[0].get("status")

        gateway = self.gateway(edit, answer=lambda call: (202, ""))
        self.assertEqual(gateway.api("POST", "/v1/orders?test=1", order_xml("S-1")).status, 202)
        self.assertEqual(change(gateway, "S-1", "000000001"), "rejected")
        self.assertEqual(change(gateway, "S-1", "000000002", query="?test=1"), "accepted")
        document = gateway.order("S-2").xml[0].get("id")
        wait_until(lambda: gateway.document_status(document) == "delivered", what="delivery")
        for n in range(101):
            self.assertEqual(gateway.order("S-2", quantity=str(100 + n)).status, 422)
        self.assertEqual(change(gateway, "S-2", "000000003"), "accepted")
        self.assertEqual(change(gateway, "S-2", "000000004", query="?test=1"), "accepted")
        self.assertEqual(gateway.api("GET", "/v1/orders/S-2").status, 200)
        said = gateway.inside("POST", "/v1/results?partner=acme&kind=order&key=S-2", BackEnd.RESULT)
        self.assertEqual(said.status, 200, said)
        self.assertEqual(gateway.document_status(document), "confirmed")

    def test_a_parked_test_holds_up_nothing_real(self):
        def edit(site):
            process = (site / "processes/place-order.xml").read_text()
            (site / "processes/try-order.xml").write_text(process.replace('name="place-order"', 'name="try-order"').replace("/orders", "/test-orders"))
            acme = site / "partners/acme.xml"
            agreement = re.search(r'<accepts document="order".*?/>', acme.read_text(), re.S).group(0)
            acme.write_text(acme.read_text().replace(agreement, agreement.replace("/>", ' usage="production"/>')
                                                     + agreement.replace('"place-order"', '"try-order"').replace("/>", ' usage="test"/>')))

        gateway = self.gateway(edit, answer=lambda call: (404, "") if call["path"] == "/test-orders" else (200, BackEnd.RESULT))
        test = gateway.api("POST", "/v1/orders?test=1", order_xml("L-1")).xml[0].get("id")
        wait_until(lambda: gateway.document_status(test) == "parked", what="the test to be parked")
        real = gateway.order("L-1").xml[0].get("id")
        wait_until(lambda: gateway.document_status(real) == "confirmed", what="the order to be confirmed")

    def test_a_refusal_is_judged_anew_when_the_site_was_mended_and_started_again(self):
        rule = '<reject code="CLOSED" when="count(Line) > 0">We are closed.</reject>'

        def close(site):
            process = site / "processes/place-order.xml"
            process.write_text(process.read_text().replace("<step ", rule + "<step "))

        gateway = self.gateway(close)
        key = {"Idempotency-Key": "K1"}
        self.assertEqual(gateway.order("R-1", headers=key).status, 422)
        gateway.stop()
        process = gateway.site / "processes/place-order.xml"
        process.write_text(process.read_text().replace(rule, ""))
        gateway.start()
        self.assertEqual(gateway.order("R-1", headers=key).status, 202)
        self.assertEqual(gateway.order("R-1", headers=key).headers.get("Wayleave-Replayed"), "true")


class Partners(Case):
    def test_the_webhook_of_a_partner_that_is_gone_stands_still_until_it_is_back(self):
        endpoint = Endpoint()
        self.addCleanup(endpoint.close)

        def edit(site):
            text = site / "gateway.xml"
            text.write_text(re.sub(r'<webhooks allow="[^"]*"', f'<webhooks allow="{endpoint.address}"', text.read_text()))

        gateway = self.gateway(edit, answer=lambda call: (202, ""))
        made = gateway.api("POST", "/v1/subscriptions", '<subscription xmlns="urn:wayleave:subscription:1"><feed>documents</feed>'
                           f"<endpoint>http://{endpoint.address}/h</endpoint></subscription>")
        self.assertEqual(made.status, 201, made)
        name = made.xml.get("id")
        document = gateway.order("X-1").xml[0].get("id")
        wait_until(lambda: gateway.document_status(document) == "delivered", what="delivery")
        wait_until(lambda: len(endpoint.got) == 2, what="accepted and delivered to be told")
        acme = gateway.site / "partners/acme.xml"
        text = acme.read_text()
        acme.unlink()
        reload(gateway)
        result = gateway.inside("POST", "/v1/results?partner=acme&kind=order&key=X-1", BackEnd.RESULT)
        self.assertEqual(result.status, 200, result)
        time.sleep(1)
        self.assertEqual(len(endpoint.got), 2)
        shown = subscription(gateway, name).find("{*}status")
        self.assertEqual((shown.text, shown.get("reason")), ("suspended", "the site has no partner acme any more"))
        gateway.stop()
        gateway.start()
        time.sleep(0.5)
        self.assertEqual(len(endpoint.got), 2)
        acme.write_text(text)
        reload(gateway)
        wait_until(lambda: len(endpoint.got) == 3, what="what came meanwhile")
        self.assertEqual(subscription(gateway, name).find("{*}status").text, "active")
        acme.unlink()
        reload(gateway)
        self.assertEqual(gateway.cli("subscriptions", "remove", name).returncode, 0)
        self.assertIsNone(subscription(gateway, name))


class Checked(unittest.TestCase):
    def warnings(self, edit=None):
        gateway = Gateway("http://127.0.0.1:1", edit=edit)
        try:
            done = subprocess.run([str(BINARY), "check", str(gateway.site)], capture_output=True, text=True, env=gateway.env)
            return done.returncode, re.findall(r"warning\[C176\][^\n]*", done.stderr + done.stdout)
        finally:
            gateway.__exit__()

    def test_a_property_without_which_every_document_is_refused_is_missed(self):
        self.assertEqual(self.warnings(), (0, []))

        def edit(site):
            acme = site / "partners/acme.xml"
            acme.write_text(re.sub(r'<property name="erpCustomer"[^>]*>', "", acme.read_text()))

        code, told = self.warnings(edit)
        self.assertEqual((code, len(told)), (0, 1), told)
        self.assertIn("acme has no property erpCustomer", told[0])


if __name__ == "__main__":
    unittest.main()
