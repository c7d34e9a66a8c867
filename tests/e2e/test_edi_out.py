"""EDI on its way out: status events and order responses as interchanges, in folders and in webhooks, with control numbers
that have no gaps and never change; what was sent, until it is acknowledged."""
import base64
import hashlib
import hmac
import re
import subprocess
import unittest
import xml.etree.ElementTree as ET

from harness import BINARY, BackEnd, Gateway, GatewayCase, order_xml, shipment_event, wait_until
from test_feeds import Endpoint, bodies

# Small maps of the test's own: what the gateway does with a map, not what the product's maps say.
STATUS = """<m:map xmlns:m="urn:wayleave:map:1" xmlns="urn:wayleave:x12:004010:214" name="status-to-214"
     source="canonical/shipment-status-1.xsd#ShipmentStatus" target="x12/004010/214.xsd#TS214">
  <m:codes name="status"><c from="picked-up" to="AF"/><c from="delivered" to="D1"/></m:codes>
  <TS214>
    <B10><B1001>{fits(Shipment,30)}</B1001><B1003>NWAY</B1003></B10>
    <LX m:each="Event"><AT7>
      <AT701>{require(code(@type,'status'),'214-STATUS','a 214 has no code for {@type}')}</AT701><AT702>NS</AT702>
      <AT705>{date(to-zone(Occurred,'UTC'))}</AT705><AT706>{time(to-zone(Occurred,'UTC'))}</AT706><AT707>UT</AT707>
    </AT7></LX>
  </TS214>
</m:map>"""
RESPONSE = """<m:map xmlns:m="urn:wayleave:map:1" xmlns="urn:wayleave:x12:004010:855" name="response-to-855"
     source="canonical/order-response-1.xsd#OrderResponse" target="x12/004010/855.xsd#TS855">
  <TS855><BAK><BAK01>00</BAK01><BAK02>{choose(Status='refused','RJ','AD')}</BAK02><BAK03>{fits(Number,22)}</BAK03>
    <BAK04>{default(OrderDate,Date)}</BAK04></BAK></TS855>
</m:map>"""
RECEIVES = """
  <receives feed="shipment-status" format="x12" set="214" version="004010" guide="x12/004010/214.xsd" map="out/status.map.xml"
            via="directory" path="outbox/acme"/>
  <receives feed="order-response" format="x12" set="855" version="004010" guide="x12/004010/855.xsd" map="out/response.map.xml"
            via="directory" path="outbox/orders"/>
"""


def site(receives=RECEIVES, self_identity='<identity kind="x12" qualifier="ZZ" id="NORTHWAY"/>'):
    def edit(folder):
        (folder / "mappings/out").mkdir()
        (folder / "mappings/out/status.map.xml").write_text(STATUS)
        (folder / "mappings/out/response.map.xml").write_text(RESPONSE)
        gateway = folder / "gateway.xml"
        gateway.write_text(gateway.read_text().replace("<self>", "<self>" + self_identity))
        acme = folder / "partners/acme.xml"
        acme.write_text(acme.read_text().replace("<property", '<identity kind="x12" qualifier="01" id="123456789"/>\n  <property')
                        .replace("</partner>", receives + "</partner>"))
    return edit


def files(folder):
    """Name -> bytes of what a partner would fetch."""
    if not folder.exists():
        return {}
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if not p.name.startswith(".")}


def segments(edi):
    return [segment.split("*") for segment in edi.decode().strip().split("~") if segment]


def one(edi, tag):
    found = [s for s in segments(edi) if s[0] == tag]
    assert len(found) == 1, (tag, edi)
    return found[0]


def publish(gateway, shipment, event, kind="picked-up", **named):
    reply = gateway.publish(shipment_event(shipment, event, kind, **named))
    assert reply.status == 202, reply


def interchanges(gateway, query=""):
    reply = gateway.inside("GET", "/v1/sent" + query)
    assert reply.status == 200, reply
    return list(reply.xml)


class Files(GatewayCase):
    options = {"edit": site()}

    def setUp(self):
        self.outbox = self.gateway.site / "outbox/acme"

    def wait_for(self, count, folder=None):
        wait_until(lambda: len(files(folder or self.outbox)) >= count, what=f"{count} files")
        return files(folder or self.outbox)

    def test_1_events_become_files_with_numbers_that_count_up(self):
        publish(self.gateway, "O-1", "o1-1")
        publish(self.gateway, "O-1", "o1-2", "delivered", occurred="2026-11-20T12:30:00Z")
        publish(self.gateway, "O-2", "o2-1")
        got = self.wait_for(3)
        self.assertEqual(sorted(got), [f"214-00000000{n}.edi" for n in (1, 2, 3)])
        for number, edi in enumerate(got.values(), 1):
            isa = one(edi, "ISA")
            self.assertEqual([isa[i].strip() for i in (5, 6, 7, 8)], ["ZZ", "NORTHWAY", "01", "123456789"])
            self.assertEqual((isa[12], isa[13], isa[15]), ("00401", f"{number:09}", "P"))
            gs = one(edi, "GS")
            self.assertEqual((gs[1], gs[2], gs[3], gs[6], gs[8]), ("QM", "NORTHWAY", "123456789", str(number), "004010"))
            self.assertEqual(one(edi, "ST")[1:], ["214", "0001"])
            self.assertEqual(one(edi, "SE")[1:], [str(len(segments(edi)) - 4), "0001"])
            self.assertEqual((one(edi, "GE")[2], one(edi, "IEA")[2]), (str(number), f"{number:09}"))
        page = self.gateway.api("GET", "/v1/feeds/shipment-status/events")
        recorded = ET.fromstring(page.body)[0].get("recorded")
        isa = one(got["214-000000001.edi"], "ISA")
        self.assertEqual("20" + isa[9] + isa[10], re.sub(r"\D", "", recorded)[:12], "dated by the entry")
        self.assertEqual([one(edi, "AT7")[1] for edi in got.values() if one(edi, "B10")[1] == "O-1"], ["AF", "D1"])
        second = [edi for edi in got.values() if one(edi, "AT7")[1] == "D1"][0]
        self.assertEqual((one(second, "B10")[1], one(second, "LX")[1]), ("O-1", "1"))
        self.assertEqual(one(second, "AT7")[1:], ["D1", "NS", "", "", "20261120", "1230", "UT"])

    def test_2_after_a_kill_the_same_entry_has_the_same_number_and_there_is_no_gap(self):
        before = len(files(self.outbox))
        # The folder is none: the entry has its number, and no file.
        away = self.outbox.with_name("away")
        self.outbox.rename(away)
        self.outbox.write_text("no folder")
        publish(self.gateway, "O-3", "o3-1")
        waiting = wait_until(lambda: [i for i in interchanges(self.gateway, "?status=sending")], what="an interchange drawn up")
        number = int(waiting[0].get("control"))
        self.assertEqual(number, before + 1)
        self.gateway.kill()
        self.outbox.unlink()
        away.rename(self.outbox)
        self.gateway.start()
        publish(self.gateway, "O-4", "o4-1")
        got = self.wait_for(before + 2)
        self.assertEqual(sorted(got), [f"214-{n:09}.edi" for n in range(1, before + 3)])
        self.assertEqual(one(got[f"214-{number:09}.edi"], "B10")[1], "O-3")
        self.assertEqual(one(got[f"214-{number + 1:09}.edi"], "B10")[1], "O-4")

    def test_3_what_was_sent_is_not_sent_again_after_a_kill_even_when_it_was_fetched(self):
        before = len(files(self.outbox))
        publish(self.gateway, "O-5", "o5-1")
        name = f"214-{before + 1:09}.edi"
        wait_until(lambda: name in files(self.outbox), what="the file")
        wait_until(lambda: not interchanges(self.gateway, "?status=sending"), what="it to be known as sent")
        self.gateway.kill()                     # before the cursor was written, or just after
        (self.outbox / name).unlink()
        self.gateway.start()
        publish(self.gateway, "O-6", "o6-1")
        wait_until(lambda: f"214-{before + 2:09}.edi" in files(self.outbox), what="the next")
        self.assertNotIn(name, files(self.outbox))
        (self.outbox / name).write_text("fetched")        # for the counts of the other tests

    def test_4_an_event_that_the_map_refuses_is_parked_with_its_reason_and_leaves_no_gap(self):
        before = len(files(self.outbox))
        publish(self.gateway, "O-7", "o7-1", "customs-held")
        publish(self.gateway, "O-7", "o7-2", "delivered", occurred="2026-11-20T13:00:00Z")
        got = self.wait_for(before + 1)
        self.assertEqual(one(got[f"214-{before + 1:09}.edi"], "AT7")[1], "D1")
        shown = wait_until(lambda: [s for s in self.gateway.inside("GET", "/v1/subscriptions").xml
                                    if s.get("id") == "receives-acme-shipment-status-1" and s.find("{*}parked") is not None], what="parked")
        event = shown[0].find("{*}parked/{*}event")
        self.assertEqual(event.get("id"), "o7-1")
        self.assertIn("214-STATUS: a 214 has no code for customs-held", event.text)

    def test_5_the_partner_neither_sees_nor_ends_what_the_site_says_it_receives(self):
        self.assertNotIn("receives-", self.gateway.api("GET", "/v1/subscriptions").text)
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/test")):
            reply = self.gateway.api(method, "/v1/subscriptions/receives-acme-shipment-status-1" + path)
            self.assertEqual(reply.status, 404, method + path)
        self.assertIn("receives-acme-shipment-status-1", self.gateway.cli("subscriptions").stdout)
        taken = self.gateway.api("POST", "/v1/subscriptions", '<subscription xmlns="urn:wayleave:subscription:1">'
                                 "<feed>shipment-status</feed><endpoint>directory:outbox/acme</endpoint></subscription>")
        self.assertEqual(taken.status, 422, taken)

    def test_6_verdicts_on_orders_become_responses(self):
        folder = self.gateway.site / "outbox/orders"
        self.backend.answer = lambda call: (422, '<result xmlns="urn:wayleave:result:1" status="refused" code="NO-STOCK">'
                                                 "<reason>Nothing left</reason></result>") if call["key"] == "R-2" else (200, BackEnd.RESULT)
        start = self.gateway.api("GET", "/v1/feeds/order-response/events?after=now").headers["Feed-Cursor"]
        for number in ("R-1", "R-2"):
            self.assertEqual(self.gateway.order(number, headers={"Prefer": "wait=10"}).status, 200)
        got = [one(edi, "BAK")[2:5] for edi in self.wait_for(2, folder).values()]
        self.assertEqual(sorted(got), [["AD", "R-1", "20261120"], ["RJ", "R-2", "20261120"]])
        self.assertTrue(all(name.startswith("855-") for name in files(folder)))
        page = self.gateway.api("GET", "/v1/feeds/order-response/events?after=" + start)
        made = {ET.fromstring(b).find("{*}Number").text: ET.fromstring(b) for _, _, b in bodies(page)}
        self.assertEqual(made["R-1"].find("{*}Status").text, "accepted")
        self.assertEqual((made["R-2"].find("{*}Status").text, made["R-2"].find("{*}Reason").get("text")), ("refused", "Nothing left"))
        self.assertEqual(made["R-2"].find("{*}Status").get("code"), "NO-STOCK")

    def test_7_a_response_of_the_back_end_goes_out_as_it_is(self):
        given = ('<OrderResponse xmlns="urn:wayleave:canonical:1"><Number>R-3</Number><ResponseNumber>SO-99</ResponseNumber>'
                 "<Date>2026-11-22</Date><Status>changed</Status></OrderResponse>")
        self.backend.answer = lambda call: (202, "")       # the verdict comes later
        receipt = self.gateway.order("R-3")
        document = receipt.xml[0].get("id")
        wait_until(lambda: self.gateway.document_status(document) == "delivered", what="delivery")
        start = self.gateway.api("GET", "/v1/feeds/order-response/events?after=now").headers["Feed-Cursor"]
        for _ in range(2):                                 # said twice, told once
            said = self.gateway.inside("POST", f"/v1/documents/{document}/result", given)
            self.assertEqual(said.status, 200, said)
        page = self.gateway.api("GET", "/v1/feeds/order-response/events?after=" + start)
        self.assertEqual([b for _, _, b in bodies(page)], [given])
        # Tests have no effects: no response to them either.
        self.backend.answer = lambda call: (200, BackEnd.RESULT)
        start = page.headers["Feed-Cursor"]
        self.gateway.api("POST", "/v1/orders?test=1", order_xml("R-4"))
        self.gateway.order("R-5", headers={"Prefer": "wait=10"})
        page = self.gateway.api("GET", "/v1/feeds/order-response/events?after=" + start)
        self.assertEqual([ET.fromstring(b).find("{*}Number").text for _, _, b in bodies(page)], ["R-5"])

    def test_8_what_was_sent_is_listed_until_it_is_acknowledged(self):
        publish(self.gateway, "O-8", "o8-1")
        sent = wait_until(lambda: [i for i in interchanges(self.gateway, "?partner=acme&status=sent") if i[0].get("event") == "o8-1"], what="sent")[0]
        self.assertEqual((sent.get("standard"), sent[0].get("id"), sent[0].get("key"), sent.get("via")), ("x12", "214", "O-8", "directory"))
        self.assertEqual(self.gateway.metrics()['wayleave_sent_waiting{partner="acme"}'], len(interchanges(self.gateway, "?status=sent")))
        self.assertEqual(interchanges(self.gateway, "?overdue=1h"), [])
        self.assertIn(sent.get("control"), [i.get("control") for i in interchanges(self.gateway, "?overdue=1ms")])
        self.assertEqual(interchanges(self.gateway, "?partner=cobalt"), [])
        self.assertEqual(self.gateway.inside("GET", "/v1/sent?overdue=soon").status, 400)
        self.assertEqual(self.gateway.inside("GET", "/v1/sent?status=lost").status, 400)
        self.assertEqual(self.gateway.api("GET", "/v1/sent").status, 404)
        told = self.gateway.cli("sent", "--partner", "acme", "--status", "sent")
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn("event=o8-1", told.stdout)
        waiting = self.gateway.metrics()['wayleave_sent_waiting{partner="acme"}']
        ack = acknowledgment(int(sent.get("control")), "A")
        self.assertEqual(self.gateway.api("POST", "/v1/documents", ack).status, 202)
        closed = wait_until(lambda: [i for i in interchanges(self.gateway, "?status=accepted") if i[0].get("event") == "o8-1"], what="closing")
        self.assertEqual({a.get("status") for a in closed[0].findall("{*}answer")}, {"accepted"})
        self.assertEqual(self.gateway.metrics()['wayleave_sent_waiting{partner="acme"}'], waiting - 1)

    def test_9_a_refusal_and_an_unknown_number(self):
        publish(self.gateway, "O-9", "o9-1")
        sent = wait_until(lambda: [i for i in interchanges(self.gateway, "?status=sent") if i[0].get("event") == "o9-1"], what="sent")[0]
        self.assertEqual(self.gateway.api("POST", "/v1/documents", acknowledgment(int(sent.get("control")), "R", 2)).status, 202)
        wait_until(lambda: [i for i in interchanges(self.gateway, "?status=rejected") if i[0].get("event") == "o9-1"], what="rejection")
        self.assertEqual(self.gateway.api("POST", "/v1/documents", acknowledgment(777, "A", 3)).status, 202)
        wait_until(lambda: "acknowledgment-of-nothing" in self.gateway.log.read_text(), what="a line in the log")


def acknowledgment(group, code, own=1):
    """Acme's 997 on a group of ours."""
    return (f"ISA*00*          *00*          *01*123456789      *ZZ*NORTHWAY       *261122*1200*U*00401*{own:09}*0*P*:~"
            f"GS*FA*123456789*NORTHWAY*20261122*1200*{own}*X*004010~ST*997*0001~AK1*QM*{group}~AK2*214*0001~AK5*{code}~"
            f"AK9*{code}*1*1*{1 if code == 'A' else 0}~SE*6*0001~GE*1*{own}~IEA*1*{own:09}~")


class Reloaded(unittest.TestCase):
    def test_begins_with_what_comes_after_it_and_goes_on_where_it_stood(self):
        backend = BackEnd()
        try:
            with Gateway(backend.url, edit=site("")) as gateway:
                outbox, acme = gateway.site / "outbox/acme", gateway.site / "partners/acme.xml"
                publish(gateway, "L-1", "l1-1")

                def reload(change):
                    version = gateway.metrics()["wayleave_site_version"]
                    acme.write_text(change(acme.read_text()))
                    gateway.reload()
                    wait_until(lambda: gateway.metrics()["wayleave_site_version"] > version, what="reload")

                reload(lambda text: text.replace("</partner>", RECEIVES + "</partner>"))
                publish(gateway, "L-2", "l2-1")
                wait_until(lambda: files(outbox), what="a file")
                self.assertEqual([one(edi, "B10")[1] for edi in files(outbox).values()], ["L-2"])
                reload(lambda text: text.replace(RECEIVES, ""))
                publish(gateway, "L-3", "l3-1")
                self.assertIn("paused", gateway.inside("GET", "/v1/subscriptions").text)
                reload(lambda text: text.replace("</partner>", RECEIVES.replace("outbox/acme", "outbox/elsewhere") + "</partner>"))
                wait_until(lambda: files(gateway.site / "outbox/elsewhere"), what="a file elsewhere")
                self.assertEqual([one(edi, "B10")[1] for edi in files(gateway.site / "outbox/elsewhere").values()], ["L-3"])
                self.assertEqual(len(files(outbox)), 1)
        finally:
            backend.close()


class Checked(unittest.TestCase):
    def check(self, edit):
        gateway = Gateway("http://127.0.0.1:1", edit=edit)
        try:
            done = subprocess.run([str(BINARY), "check", str(gateway.site)], capture_output=True, text=True, env=gateway.env)
            return done.returncode, re.findall(r"(?:error|warning)\[(C17\d|C16\d)\]", done.stderr + done.stdout)
        finally:
            gateway.__exit__()

    def test_what_does_not_fit_is_an_error_of_the_site(self):
        self.assertEqual(self.check(site()), (0, []))

        def nobody(folder):
            site(self_identity="")(folder)
            gateway = folder / "gateway.xml"
            gateway.write_text(gateway.read_text().replace('kind="scac" id="NWAY"', 'kind="house" id="NWAY"'))   # a SCAC stands in an ISA, too

        self.assertEqual(self.check(nobody), (2, ["C170", "C170"]))
        self.assertEqual(self.check(site(RECEIVES.replace("out/status.map.xml", "out/response.map.xml", 1))), (2, ["C171", "C171"]))
        self.assertEqual(self.check(site(RECEIVES.replace('"004010" guide="x12/004010/214', '"005010" guide="x12/004010/214'))), (2, ["C171"]))
        self.assertEqual(self.check(site(RECEIVES.replace('path="outbox/acme"', 'path="outbox/acme" separators="~~"'))), (2, ["C173"]))
        self.assertEqual(self.check(site(RECEIVES.replace('path="outbox/acme"', 'path="outbox/acme" separators="A * : ^ none ."'))), (2, ["C173"]))
        self.assertEqual(self.check(site(RECEIVES.replace('path="outbox/acme"', ""))), (2, ["C172"]))

    def test_what_cannot_be_written_is_replaced_or_parked_as_the_partner_wants(self):
        for unfit, parked in (("", False), ('unfit="refuse"', True)):
            with self.subTest(unfit):
                backend = BackEnd()
                gateway = Gateway(backend.url, edit=site(RECEIVES.replace('path="outbox/acme"', f'path="outbox/acme" {unfit}')))
                try:
                    gateway.start()
                    publish(gateway, "S~7:1", "unfit-1")
                    outbox = gateway.site / "outbox/acme"
                    if parked:
                        entry = wait_until(lambda: gateway.inside("GET", "/v1/subscriptions").xml.findall(".//{*}parked"), what="parked")[0]
                        self.assertIn("B1001 has \"~\"", "".join(entry.itertext()))
                        self.assertEqual(files(outbox), {})
                    else:
                        wait_until(lambda: files(outbox), what="a file")
                        self.assertIn(b"S 7 1", list(files(outbox).values())[0])
                finally:
                    gateway.stop()
                    backend.close()

    def test_a_partners_overlay_takes_the_place_of_the_map(self):
        def edit(folder):
            site()(folder)
            (folder / "mappings/out/acme.overlay.xml").write_text(
                '<m:overlay xmlns:m="urn:wayleave:map:1" xmlns="urn:wayleave:x12:004010:214" name="acme-214" extends="./status.map.xml" '
                'partner="acme">'
                '<m:replace at="TS214/B10/B1003"><B1003>ACMX</B1003></m:replace></m:overlay>')

        backend = BackEnd()
        try:
            with Gateway(backend.url, edit=edit) as gateway:
                publish(gateway, "Y-1", "y1-1")
                edi = wait_until(lambda: files(gateway.site / "outbox/acme"), what="a file")["214-000000001.edi"]
                self.assertEqual(one(edi, "B10"), ["B10", "Y-1", "", "ACMX"])
        finally:
            backend.close()


class Webhooks(unittest.TestCase):
    def test_the_partners_own_subscription_carries_the_interchange_signed(self):
        endpoint, backend = Endpoint(lambda number, headers, body: 500 if number == 1 else 200), BackEnd()
        receives = RECEIVES.replace('via="directory" path="outbox/acme"', 'via="webhook" separators="| + > ^ none ." newline="yes"')

        def edit(folder):
            site(receives)(folder)
            gateway = folder / "gateway.xml"
            gateway.write_text(gateway.read_text().replace('allow="', f'allow="{endpoint.address} '))

        try:
            with Gateway(backend.url, edit=edit) as gateway:
                made = gateway.api("POST", "/v1/subscriptions", '<subscription xmlns="urn:wayleave:subscription:1"><feed>shipment-status</feed>'
                                   f"<endpoint>http://{endpoint.address}/hook</endpoint></subscription>")
                secret = made.xml.find("{*}secret").text
                publish(gateway, "W-1", "w1-1", "customs-held")        # cannot be written: parked, and the next goes on
                publish(gateway, "W-1", "w1-2")
                wait_until(lambda: len(endpoint.got) >= 2, 30, "the webhook and its repeat")
                (first, body), (again, repeated) = endpoint.got[:2]
                self.assertEqual(body, repeated, "a repeat has the same number")
                self.assertEqual(first["Content-Type"], "application/EDI-X12")
                self.assertEqual(first["ce-dataschema"], "urn:wayleave:x12:004010:214")
                lines = body.decode().split("\n")
                self.assertTrue(lines[0].startswith("ISA+00+") and lines[0].endswith("+000000001+0+P+>|"), lines[0])
                self.assertEqual(lines[3], "B10+W-1++NWAY|")
                signed = f"{again['webhook-id']}.{again['webhook-timestamp']}.".encode() + body
                mac = hmac.new(base64.b64decode(secret[len("whsec_"):]), signed, hashlib.sha256).digest()
                self.assertEqual(again["webhook-signature"], "v1," + base64.b64encode(mac).decode())
                shown = gateway.api("GET", made.headers["Location"])
                wait_until(lambda: "214-STATUS" in gateway.api("GET", made.headers["Location"]).text, what="parked")
                self.assertEqual(shown.status, 200)
                sent = wait_until(lambda: interchanges(gateway, "?status=sent"), what="sent")
                self.assertEqual((sent[0].get("via"), sent[0].get("control")), ("webhook", "1"))
        finally:
            endpoint.close()
            backend.close()


class Acknowledgments(unittest.TestCase):
    def test_an_acknowledgment_is_a_file_as_it_was_made(self):
        backend = BackEnd()
        receives = """<accepts document="order" format="x12" set="850" version="004010" guide="x12/004010/850.xsd" map="out/850.map.xml"
               process="place-order"/><receives feed="acknowledgments" format="x12" via="directory" path="outbox/acks"/>"""

        def edit(folder):
            site(receives)(folder)
            (folder / "mappings/out/850.map.xml").write_text(
                '<m:map xmlns:m="urn:wayleave:map:1" xmlns="urn:wayleave:canonical:1" name="850" source="x12/004010/850.xsd#TS850" '
                'target="canonical/order-1.xsd#Order"><Order><Number>{BEG/BEG03}</Number>'
                '<Type>standard</Type><Date>{BEG/BEG05}</Date><Currency>USD</Currency>'
                '<Line m:each="PO1"><Number>{format(position(),\'0\')}</Number><Item><Id scheme="buyer">{PO107}</Id></Item>'
                '<Quantity unit="EA">{round(PO102,3)}</Quantity></Line>'
                "</Order></m:map>")

        try:
            with Gateway(backend.url, edit=edit) as gateway:
                order = ("ISA*00*          *00*          *01*123456789      *ZZ*NORTHWAY       *261122*1200*U*00401*000000042*0*P*:~"
                         "GS*PO*123456789*NORTHWAY*20261122*1200*42*X*004010~ST*850*0001~BEG*00*SA*~SE*3*0001~GE*1*42~IEA*1*000000042~")
                reply = gateway.api("POST", "/v1/documents", order)
                self.assertEqual(reply.status, 202, reply)
                receipt = reply.headers["Location"]
                outbox = gateway.site / "outbox/acks"
                wait_until(lambda: files(outbox), what="the acknowledgment")
                (name, edi), = files(outbox).items()
                self.assertEqual(edi, gateway.api("GET", receipt + "/acknowledgment").body)
                self.assertEqual(name, "997-000000001.edi")
                page = gateway.api("GET", "/v1/feeds/acknowledgments/events")
                self.assertEqual(ET.fromstring(bodies(page)[0][2]).text, edi.decode())
                self.assertEqual(interchanges(gateway), [], "acknowledgments are not acknowledged")
        finally:
            backend.close()


if __name__ == "__main__":
    unittest.main()
