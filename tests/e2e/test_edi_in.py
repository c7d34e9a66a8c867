"""EDI over HTTP: an interchange is identified by its envelope, split, judged, acknowledged; each set has its own fate, a
repeat has no second effect, and nothing of a refused interchange takes effect."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import BINARY, DEMO, ROOT, BackEnd, Gateway, shipment_event, wait_until

ISA = "ISA*00*          *00*          *ZZ*ACME           *ZZ*NORTHWAY       *251121*0912*U*00401*%s*%d*%s*>~\n"


def order(number, st, quantity="12", beg05="20251121", unit="EA", more=""):
    body = [f"ST*850*{st}", f"BEG*00*SA*{number}**{beg05}", "DTM*002*20251205", "N1*ST*ACME DC 12*92*0012", "N3*1 Dock Road", "N4*Joliet*IL*60431*US",
            f"PO1*1*{quantity}*{unit}*9.95**BP*SKU-1", "PID*F****Widget", *([more] if more else []), "CTT*1"]
    return "".join(s + "~\n" for s in [*body, f"SE*{len(body) + 1}*{st}"])


def interchange(*sets, control="000000001", group="1", iea_count=1, ge_count=None, usage="P", ask=0, sender=None, code="PO"):
    text = ISA % (control, ask, usage)
    if sender:
        text = text.replace("ACME           ", sender.ljust(15))
    ge_count = len(sets) if ge_count is None else ge_count
    return text + f"GS*{code}*ACME*NORTHWAY*20251121*0912*{group}*X*004010~\n" + "".join(sets) + f"GE*{ge_count}*{group}~\nIEA*{iea_count}*{control}~\n"


def with_edi(site):
    gateway = site / "gateway.xml"
    gateway.write_text(gateway.read_text().replace("<self>", '<self><identity kind="x12" qualifier="ZZ" id="NORTHWAY"/><identity kind="edifact" qualifier="14" id="5412345000190"/>'))
    acme = site / "partners/acme.xml"
    agreements = (
        '<accepts document="order" format="x12" set="850" version="004010" guide="x12/004010/850.xsd" map="x12-850_to_order/base.map.xml" process="place-order" acknowledge="997"/>'
        '<accepts document="order" format="edifact" set="ORDERS" version="D.96A" guide="edifact/D96A/orders.xsd" map="edifact-orders_to_order/base.map.xml" process="place-order"/>'
        '<accepts document="order-change" format="x12" set="860" version="004010" guide="x12/004010/860.xsd" map="x12-860_to_order-change/base.map.xml" process="change-order"/>'
        '<accepts document="order-change" format="edifact" set="ORDCHG" version="D.96A" guide="edifact/D96A/ordchg.xsd" map="edifact-ordchg_to_order-change/base.map.xml" process="change-order"/>'
        '<accepts document="reroute" format="x12" set="204" version="004010" guide="x12/004010/204.xsd" map="x12-204_to_reroute/base.map.xml" process="reroute-shipment" as="shipper"'
        ' when="B2A/B2A01 = \'04\'"/>')
    text = acme.read_text().replace('<property name="erpCustomer"',
                                    '<identity kind="x12" qualifier="ZZ" id="ACME"/><identity kind="edifact" qualifier="14" id="5412345000176"/>\n  <property name="erpCustomer"', 1)
    text = re.sub(r' *<identity kind="x12"[^>]*>(?=\s*<property name="x")', "", text)
    # Agreements stand before what the partner sees.
    (site / "processes/change-order.xml").write_text(
        '<process xmlns="urn:wayleave:process:1" name="change-order" accepts="canonical/order-change-1.xsd#OrderChange" lane="order:{Number}" key="{Number}:{ChangeNumber}">'
        '<step name="change" adapter="http" url="${TMS_URL}/changes" timeout="5s" retry="1s" give-up="1h" repeat="safe"/></process>')
    acme.write_text(text.replace("  <sees ", "  " + agreements + "\n  <sees ", 1))


def segments(text):
    return [s.strip() for s in text.split("~") if s.strip()]


def orders(number, reference="1", quantity="12", date="20251121", more=""):
    body = [f"UNH+{reference}+ORDERS:D:96A:UN", f"BGM+220+{number}+9", f"DTM+137:{date}:102", "DTM+2:20251205:102", "NAD+BY+5412345000176::9", "NAD+DP+5412345000183::9++Lager Süd+Dockweg 1+Antwerpen++2000+BE",
            "CUX+2:EUR:9", "LIN+1++4000862141404:EN", "PIA+1+SKU-1:IN", "IMD+F++:::Widget", f"QTY+21:{quantity}:PCE", "PRI+AAA:9.95", *([more] if more else []), "UNS+S", "CNT+2:1"]
    return "".join(s + "'\r\n" for s in [*body, f"UNT+{len(body) + 1}+{reference}"])


def edifact(*messages, control="1", count=None, syntax="UNOC:3"):
    return (f"UNA:+.? '\r\nUNB+{syntax}+5412345000176:14+5412345000190:14+251121:0912+{control}'\r\n" + "".join(messages) +
            f"UNZ+{len(messages) if count is None else count}+{control}'\r\n")


def an_order_of_every_line(site):
    """The 850's map makes an order of every line, as its number says."""
    with_edi(site)
    acme = site / "partners/acme.xml"
    acme.write_text(acme.read_text().replace('map="x12-850_to_order/base.map.xml"', 'map="acme/split850.map.xml"'))
    (site / "mappings/acme/split850.map.xml").write_text("""<m:map xmlns:m="urn:wayleave:map:1" xmlns="urn:wayleave:canonical:1"
    name="acme/split850" source="x12/004010/850.xsd#TS850" target="canonical/order-1.xsd#Order">
  <m:let name="head" value="BEG"/>
  <m:messages>
    <m:message each="PO1">
      <Order>
        <Number>{fits(concat($head/BEG03,'-',require(PO107,'NO-ITEM','no item')),70)}</Number><Type>standard</Type><Date>{$head/BEG05}</Date><Currency>USD</Currency>
        <Party role="ship-to"><Id scheme="buyer-assigned">0012</Id></Party>
        <Line><Number>{require(PO101,'NO-LINE','no line')}</Number><Item><Id scheme="buyer">{PO107}</Id></Item><Quantity unit="EA">{round(PO102,9)}</Quantity></Line>
      </Order>
    </m:message>
  </m:messages>
</m:map>
""")


class EdiIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.backend = BackEnd()
        cls.gateway = Gateway(cls.backend.url, edit=with_edi)
        cls.gateway.start()

    @classmethod
    def tearDownClass(cls):
        cls.gateway.stop()
        cls.backend.close()

    def post(self, text, path="/v1/documents", **headers):
        return self.gateway.api("POST", path, text, headers=headers)

    def ack(self, reply):
        answer = self.gateway.api("GET", reply.headers["Location"] + "/acknowledgment")
        self.assertEqual(answer.status, 200, answer)
        return answer.text

    def documents(self, reply):
        return [d.attrib for d in reply.xml.iter("{urn:wayleave:receipt:1}document")]

    def test_an_850_becomes_an_order_and_a_997(self):
        reply = self.post(interchange(order("PO-1001", "0001"), control="000001001"))
        self.assertEqual(reply.status, 202, reply)
        documents = self.documents(reply)
        self.assertEqual([(d["kind"], d["key"], d["status"]) for d in documents], [("order", "PO-1001", "accepted")])
        wait_until(lambda: self.backend.effects_of("PO-1001"), what="the order at the back end")
        ack = self.ack(reply)
        self.assertIn("AK1*PO*1", segments(ack))
        self.assertIn("AK5*A", segments(ack))
        self.assertIn("AK9*A*1*1*1", segments(ack))
        self.assertTrue(ack.startswith("ISA*00*          *00*          *ZZ*NORTHWAY       *ZZ*ACME           *"), ack)
        self.assertEqual(self.ack(reply), ack)
        feed = self.gateway.api("GET", "/v1/feeds/acknowledgments/events")
        self.assertIn("AK9*A*1*1*1", feed.text)

    def test_the_same_again_has_no_second_effect(self):
        text = interchange(order("PO-1002", "0001"), control="000001002")
        first = self.post(text)
        again = self.post(text)
        self.assertEqual((first.status, again.status), (202, 202))
        self.assertEqual(first.headers["Location"], again.headers["Location"])
        self.assertEqual(again.headers.get("Wayleave-Replayed"), "true")
        self.assertEqual(self.ack(first), self.ack(again))
        wait_until(lambda: self.backend.effects_of("PO-1002"), what="the order")
        self.post(text)
        self.assertEqual(self.backend.effects_of("PO-1002"), 1)

    def test_the_same_number_with_other_bytes_is_refused(self):
        first = self.post(interchange(order("PO-1003", "0001"), control="000001003"))
        other = self.post(interchange(order("PO-1003X", "0001"), control="000001003"))
        self.assertEqual(first.status, 202)
        self.assertEqual(other.status, 400, other)
        self.assertIn("E126", other.text)
        self.assertTrue(any(s.startswith("TA1*000001003*251121*0912*R*025") for s in segments(self.ack(other))), self.ack(other))
        self.assertEqual(self.gateway.api("GET", "/v1/documents?kind=order&key=PO-1003X").text.count("<document "), 0)

    def test_each_set_has_its_own_fate(self):
        reply = self.post(interchange(order("PO-1004", "0001"), order("PO-1005", "0002", beg05="20250231"), order("PO-1006", "0003"), control="000001004"))
        self.assertEqual(reply.status, 202, reply)
        self.assertEqual(reply.xml.attrib["status"], "partly")
        found = segments(self.ack(reply))
        self.assertEqual([s for s in found if s.startswith("AK5")], ["AK5*A", "AK5*R*5", "AK5*A"])
        self.assertIn("AK3*BEG*2**8", found)
        self.assertIn("AK4*5*373*8*20250231", found)
        self.assertIn("AK9*P*3*3*2", found)
        report = self.gateway.api("GET", reply.headers["Location"] + "/report")
        finding = next(report.xml.iter("{urn:wayleave:report:1}finding"))
        self.assertEqual((finding.get("code"), finding.get("segment"), finding.get("element"), finding.get("path")), ("E314", "2", "5", "/TS850/BEG/BEG05"))
        wait_until(lambda: self.backend.effects_of("PO-1004") and self.backend.effects_of("PO-1006"), what="the good orders")
        self.assertFalse(self.backend.effects_of("PO-1005"))

    def test_nothing_of_an_interchange_with_a_wrong_trailer_is_taken(self):
        for control, text in (("000001010", interchange(order("PO-1010", "0001"), control="000001010", iea_count=2)),
                              ("000001011", interchange(order("PO-1011", "0001"), control="000001011").replace("IEA*1*000001011", "IEA*1*000001012")),
                              ("000001013", interchange(order("PO-1013", "0001"), control="000001013").split("GE*")[0])):
            reply = self.post(text)
            self.assertEqual(reply.status, 400, reply)
            self.assertTrue(any(s.startswith(f"TA1*{control}*251121*0912*R*") for s in segments(self.ack(reply))))
        self.assertEqual(self.gateway.api("GET", "/v1/documents?kind=order&key=PO-1010").text.count("<document "), 0)
        # Mended, with the same control number: it was never taken.
        reply = self.post(interchange(order("PO-1010", "0001"), control="000001010"))
        self.assertEqual(reply.status, 202, reply)

    def test_a_group_with_a_wrong_count_is_refused_as_a_whole(self):
        reply = self.post(interchange(order("PO-1014", "0001"), order("PO-1015", "0002"), control="000001014", ge_count=3))
        found = segments(self.ack(reply))
        self.assertEqual([s for s in found if s.startswith("AK5")], ["AK5*R", "AK5*R"])
        self.assertIn("AK9*R*3*2*0*5", found)
        self.assertEqual(reply.xml.attrib["status"], "rejected")

    def test_a_sender_must_be_the_partner_and_the_receiver_we(self):
        reply = self.post(interchange(order("PO-1020", "0001"), control="000001020", sender="COBALT"))
        self.assertEqual(reply.status, 400)
        self.assertTrue(any(s.startswith("TA1*000001020*251121*0912*R*006") for s in segments(self.ack(reply))))
        reply = self.post(interchange(order("PO-1021", "0001"), control="000001021").replace("*ZZ*NORTHWAY       *", "*ZZ*SOUTHWAY       *"))
        self.assertTrue(any(s.startswith("TA1*000001021*251121*0912*R*009") for s in segments(self.ack(reply))))

    def test_a_good_interchange_before_a_bad_one(self):
        good, bad = interchange(order("PO-1030", "0001"), control="000001030"), interchange(order("PO-1031", "0001"), control="000001031", iea_count=7)
        reply = self.post(good + "\n\n" + bad)
        self.assertEqual(reply.status, 400, reply)
        wait_until(lambda: self.backend.effects_of("PO-1030"), what="the good one's order")
        self.assertFalse(self.backend.effects_of("PO-1031"))
        again = self.post(good)
        self.assertEqual(again.headers.get("Wayleave-Replayed"), "true")

    def test_rubbish_before_an_interchange_takes_nothing_from_it(self):
        reply = self.post("$$ADD ID=X BATCHID='1'\n" + interchange(order("PO-1036", "0001"), control="000001036"))
        self.assertEqual(reply.status, 202, reply)
        self.assertIn("AK9*A*1*1*1", segments(self.ack(reply)))
        self.assertIn("E125", self.gateway.api("GET", reply.headers["Location"] + "/report").text)
        for other in ("<a>" + interchange(order("PO-1037", "0001"), control="000001037") + "</a>", "hello ISA*00*"):
            self.assertIn(self.post(other).status, (403, 415, 422), other)

    def test_a_message_without_an_envelope_is_told_so(self):
        for text in (order("PO-1038", "0001"), "GS*PO*ACME*NORTHWAY*20251121*0912*1*X*004010~" + order("PO-1038", "0001")):
            reply = self.post(text)
            self.assertEqual(reply.status, 400, reply)
            self.assertIn("E101", reply.text)

    def test_an_interchange_with_nothing_in_it_is_answered(self):
        reply = self.post(interchange(control="000001039").split("GS*")[0] + "IEA*0*000001039~")
        self.assertEqual(reply.status, 400, reply)
        self.assertTrue(any(s.startswith("TA1*000001039*251121*0912*R*022") for s in segments(self.ack(reply))))

    def test_a_report_names_who_was_refused_and_a_receipt_has_it_as_text_too(self):
        text = interchange(order("PO-1130", "0001"), order("PO-1131", "0002", unit="QQ"), control="000001130")
        reply = self.gateway.api("POST", "/v1/documents", text, headers={"Accept": "text/plain"})
        self.assertEqual((reply.status, reply.headers["Content-Type"].split(";")[0]), (202, "text/plain"), reply)
        self.assertRegex(reply.text, r"^SUBMISSION ACCEPTED IN PART  ")
        self.assertRegex(reply.text, r"\nORDER.*   NOT ACCEPTED\n1  E312 ")
        self.assertIn("expected: one of", reply.text)
        report = self.gateway.api("GET", reply.headers["Location"] + "/report").xml
        finding = next(report.iter("{urn:wayleave:report:1}finding"))
        self.assertEqual(text[int(finding.get("offset")):][:2], "QQ")

    def test_a_faulty_acknowledgment_is_refused_and_told(self):
        said = "ST*997*0001~AK1*PO*17~AK9*A*1*1*1~SE*4*0001~"
        good = self.post(interchange(said, control="000001110", code="FA"))
        self.assertEqual((good.status, good.xml.get("status")), (202, "accepted"), good)
        for number, wrong in (("000001111", said.replace("SE*4", "SE*77")), ("000001112", said.replace("AK9*A", "AK9*Q"))):
            reply = self.post(interchange(wrong, control=number, code="FA"))
            self.assertEqual((reply.status, reply.xml.get("status")), (202, "rejected"), reply)
            self.assertEqual(self.gateway.api("GET", reply.headers["Location"] + "/acknowledgment").status, 404)

    def test_what_asks_to_be_a_test_is_acknowledged_as_one(self):
        reply = self.post(interchange(order("PO-1120", "0001"), control="000001120"), path="/v1/documents?test=1")
        self.assertEqual(self.ack(reply).split("*")[15], "T")

    def test_a_report_shows_the_interchange_that_it_is_about(self):
        good, bad = interchange(order("PO-1034", "0001"), control="000001034"), interchange(order("PO-1035", "0001"), control="000001035", iea_count=7)
        reply = self.gateway.api("POST", "/v1/documents", good + bad, headers={"Accept": "text/plain"})
        self.assertEqual(reply.status, 400, reply)
        self.assertIn("IEA*7*000001035", reply.text)

    def test_two_good_interchanges_have_two_receipts(self):
        reply = self.post(interchange(order("PO-1032", "0001"), control="000001032") + interchange(order("PO-1033", "0001"), control="000001033"))
        self.assertEqual(reply.status, 202, reply)
        self.assertEqual(reply.text.count("<receipt "), 2)

    def test_what_the_business_refuses_is_told_in_an_824(self):
        first = self.post(interchange(order("PO-1040", "0001"), control="000001040"))
        self.assertEqual(first.status, 202)
        other = self.post(interchange(order("PO-1040", "0001", quantity="13"), control="000001041"))
        self.assertEqual(other.status, 202, other)
        self.assertEqual(other.xml.attrib["status"], "rejected")
        found = segments(self.ack(other))
        self.assertIn("AK5*A", found)
        self.assertTrue(any(s.startswith("ST*824*") for s in found), found)
        self.assertTrue(any("D101" in s for s in found), found)
        self.assertIn("OTI*TR*PO*PO-1040*****1*0001*850", found)
        self.assertEqual(len({s.split("*")[6] for s in found if s.startswith("GS*")}), 2, "each group has a number of its own")
        # What we write is what we would take: the 824 by its own guide.
        judged = subprocess.run([BINARY, "edi", "ack", "-"], input=self.ack(other), capture_output=True, text=True)
        self.assertEqual((judged.returncode, judged.stderr), (0, ""), judged.stdout)
        self.assertIn("AK9*A*1*1*1", judged.stdout)
        same = self.post(interchange(order("PO-1040", "0001"), control="000001042"))
        self.assertEqual(same.status, 202)
        self.assertEqual(same.xml.attrib["status"], "duplicate", same)

    def test_a_set_without_an_agreement(self):
        reply = self.post(interchange(order("PO-1050", "0001").replace("ST*850", "ST*810"), control="000001050"))
        found = segments(self.ack(reply))
        self.assertIn("AK5*R*1", found)

    def test_test_interchanges_stay_apart(self):
        reply = self.post(interchange(order("PO-1060", "0001"), control="000001060", usage="T"))
        self.assertEqual(reply.status, 202)
        self.assertEqual(reply.xml.attrib.get("test"), "true")
        live = self.post(interchange(order("PO-1060", "0001"), control="000001060"))
        self.assertEqual(live.status, 202, live)
        self.assertEqual(live.xml.attrib["status"], "accepted")
        wait_until(lambda: self.backend.effects_of("PO-1060"), what="the live order")
        self.assertEqual(self.backend.effects_of("PO-1060"), 1)

    def test_dry_run_keeps_nothing(self):
        reply = self.gateway.api("POST", "/v1/documents?dry-run=1", interchange(order("PO-1070", "0001"), control="000001070"))
        self.assertEqual(reply.status, 200, reply)
        self.assertIn("PO-1070</Number>", reply.text)
        text = self.gateway.api("POST", "/v1/documents?dry-run=1", interchange(order("PO-1071", "0001", unit="QQ"), order("PO-1070", "0002"), control="000001070"),
                                headers={"Accept": "text/plain"})
        self.assertEqual(text.status, 200, text)
        self.assertRegex(text.text, r"^SUBMISSION ACCEPTED IN PART[\s\S]*PO1\*1\*12\*QQ\*")
        self.assertEqual(self.gateway.api("GET", "/v1/documents?key=PO-1070").text.count("<document "), 0)

    def test_a_message_without_its_interchange(self):
        reply = self.post("UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'UNT+3+1'")
        self.assertEqual(reply.status, 400, reply)
        self.assertIn("E101", reply.text)

    def test_numbers_of_acknowledgments_have_no_gaps(self):
        numbers = []
        for i in range(4):
            reply = self.post(interchange(order(f"PO-108{i}", "0001"), control=f"00000108{i}"))
            self.post(interchange(order(f"PO-108{i}", "0001"), control=f"00000108{i}"))
            numbers.append(int(re.search(r"IEA\*\d+\*(\d{9})", self.ack(reply)).group(1)))
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 4)))

    def test_idempotency_key_leads_to_the_same_answer(self):
        text = interchange(order("PO-1090", "0001"), control="000001090")
        first = self.post(text, **{"Idempotency-Key": "edi-1"})
        again = self.post(text, **{"Idempotency-Key": "edi-1"})
        other = self.post(text.replace("PO-1090", "PO-1091"), **{"Idempotency-Key": "edi-1"})
        self.assertEqual((first.status, again.status, other.status), (202, 202, 409))
        self.assertEqual(first.text, again.text)

    def test_ta1_when_it_is_asked_for(self):
        reply = self.post(interchange(order("PO-1100", "0001"), control="000001100", ask=1))
        self.assertTrue(any(s == "TA1*000001100*251121*0912*A*000" for s in segments(self.ack(reply))), self.ack(reply))

    def test_edifact_orders(self):
        reply = self.post(edifact(orders("PO-1201"), orders("PO-1202", "2", date="20250231"), orders("PO-1203", "3"), control="1201").encode("latin-1"))
        self.assertEqual(reply.status, 202, reply)
        self.assertEqual(reply.xml.attrib["status"], "partly")
        ack = self.ack(reply)
        found = [s.strip() for s in ack.split("'")]
        self.assertTrue(any(s.startswith("UCI+1201+5412345000176:14+5412345000190:14+7") for s in found), ack)
        self.assertEqual([s for s in found if s.startswith("UCM")], ["UCM+1+ORDERS:D:96A:UN+7", "UCM+2+ORDERS:D:96A:UN+4", "UCM+3+ORDERS:D:96A:UN+7"])
        self.assertIn("UCS+3", found)
        self.assertIn("UCD+12+2:2", found)
        wait_until(lambda: self.backend.effects_of("PO-1201") and self.backend.effects_of("PO-1203"), what="the good orders")
        canonical = self.gateway.inside("GET", "/v1/messages?kind=order&key=PO-1201", token=self.gateway.operator_token())
        self.assertIn("PO-1201", canonical.text)
        again = self.post(edifact(orders("PO-1201"), orders("PO-1202", "2", date="20250231"), orders("PO-1203", "3"), control="1201").encode("latin-1"))
        self.assertEqual(again.headers.get("Wayleave-Replayed"), "true")
        other = self.post(edifact(orders("PO-1209"), control="1201").encode("latin-1"))
        self.assertEqual(other.status, 400)
        self.assertIn("UCI+1201+5412345000176:14+5412345000190:14+4+26+UNB", self.ack(other))
        short = self.post(edifact(orders("PO-1210"), control="1210", count=2).encode("latin-1"))
        self.assertIn("+4+29+UNZ", self.ack(short))

    def test_an_860_and_an_ordchg_become_order_changes(self):
        change = "ST*860*0001~\nBCH*04*SA*PO-1301**1*20251121*****20251122~\nSE*3*0001~\n"
        reply = self.post(interchange(change, control="000001301").replace("GS*PO*", "GS*PC*"))
        self.assertEqual([(d["kind"], d["status"]) for d in self.documents(reply)], [("order-change", "accepted")], self.report(reply))
        message = ["UNH+1+ORDCHG:D:96A:UN", "BGM+230+CHG-7+4", "DTM+137:20251122:102", "RFF+ON:PO-1302", "DTM+4:20251121:102", "NAD+BY+5412345000176::9", "UNS+S"]
        text = "".join(s + "'\n" for s in [*message, f"UNT+{len(message) + 1}+1"])
        reply = self.post(edifact(text, control="1302"))
        self.assertEqual([(d["kind"], d["status"]) for d in self.documents(reply)], [("order-change", "accepted")], self.report(reply))

    def tender(self, purpose, shipment, control):
        body = ["ST*204*0001", "B2****LD-75030**CC", f"B2A*{purpose}", f"L11*{shipment}*CN", f"L11*CHG-{control}*86", "S5*1*UL", "N1*ST**25*0031", "N4*Chicago*IL*60601"]
        text = "".join(s + "~\n" for s in [*body, f"SE*{len(body) + 1}*0001"])
        return self.post(interchange(text, control=control).replace("GS*PO*", "GS*SM*"))

    def test_a_204_that_changes_a_shipment_reroutes_it(self):
        self.assertEqual(self.gateway.publish(shipment_event("NW-1400", "e-1400")).status, 202)
        reply = self.tender("04", "NW-1400", "000001400")
        self.assertEqual([(d["kind"], d["status"]) for d in self.documents(reply)], [("reroute", "accepted")], self.report(reply))
        wait_until(lambda: self.backend.effects_of("CHG-000001400"), what="the reroute at the back end")
        other = self.tender("00", "NW-1400", "000001401")
        self.assertIn("AK5*R*1", segments(self.ack(other)))
        unknown = self.tender("04", "NW-1499", "000001402")
        self.assertEqual(unknown.xml.attrib["status"], "rejected")
        self.assertTrue(any("SHIPMENT-UNKNOWN" in s for s in segments(self.ack(unknown))), self.ack(unknown))

    def report(self, reply):
        return self.gateway.api("GET", reply.headers["Location"] + "/report").text

    def test_every_agreement_tells_its_set_and_gives_its_own_guide(self):
        ns = "{urn:wayleave:agreements:1}"
        agreements = [a.attrib for a in self.gateway.api("GET", "/v1/agreements").xml.iter(ns + "agreement")]
        self.assertEqual([(a["document"], a["format"], a.get("set"), a.get("version"), a.get("acknowledge")) for a in agreements if "set" in a],
                         [("order", "x12", "850", "004010", "997"), ("order", "edifact", "ORDERS", "D.96A", None), ("order-change", "x12", "860", "004010", None),
                          ("order-change", "edifact", "ORDCHG", "D.96A", None), ("reroute", "x12", "204", "004010", None)])
        self.assertEqual([a.get("when") for a in agreements if a.get("set") == "204"], ["B2A/B2A01 = '04'"])
        self.assertEqual(len({a["schema"] for a in agreements}), len(agreements))
        for agreement, inside in zip(agreements, ("PurchaseOrder", "RerouteRequest", "TS850", "ORDERS", "TS860", "ORDCHG", "TS204")):
            guide = self.gateway.api("GET", agreement["schema"])
            self.assertEqual(guide.status, 200)
            self.assertIn(f'<xs:element name="{inside}"', guide.text, agreement)

    def test_what_is_refused_makes_nothing_a_repeat(self):
        self.assertEqual(self.post(interchange(order("PO-1160", "0001"), control="000001160")).status, 202)
        other = self.post(interchange(order("PO-1160", "0001", quantity="13"), order("PO-1160", "0002", quantity="13"), control="000001161"))
        self.assertEqual([(d["key"], d["status"]) for d in self.documents(other)], [("PO-1160", "rejected")] * 2)
        self.assertEqual(len([s for s in segments(self.ack(other)) if s.startswith("OTI*TR*PO*PO-1160")]), 2)

    def test_any_number_of_refusals_leaves_the_first_known(self):
        first = interchange(order("PO-1162", "0001"), control="000001162")
        self.assertEqual(self.post(first).status, 202)
        for n in range(24):
            self.post(interchange(order("PO-1162", "0001", quantity=str(20 + n)), control=f"{2000 + n:09}"))
        again = self.post(interchange(order("PO-1162", "0001"), control="000001163"))
        self.assertEqual((again.status, again.xml.get("status")), (202, "duplicate"), again.text)

    def test_a_key_leads_to_the_receipt_of_the_interchange(self):
        text = interchange(order("PO-1164", "0001"), control="000001164")
        first = self.post(text, **{"Idempotency-Key": "k-1164"})
        again = self.post(text, **{"Idempotency-Key": "k-1164"})
        self.assertEqual(again.headers["Location"], first.headers["Location"])
        self.assertEqual(self.ack(again), self.ack(first))
        wrong = interchange(order("PO-1165", "0001"), control="000001165", iea_count=7)
        refused = self.post(wrong, **{"Idempotency-Key": "k-1165"})
        self.assertEqual(refused.status, 400)
        again = self.post(wrong, **{"Idempotency-Key": "k-1165"})
        self.assertEqual((again.status, again.headers["Location"]), (400, refused.headers["Location"]))

    def test_what_is_mended_is_another_acknowledgment(self):
        with Gateway(self.backend.url, edit=with_edi) as gateway:
            acme = gateway.site / "partners/acme.xml"
            good = acme.read_text()
            acme.write_text(good.replace('qualifier="ZZ" id="ACME"', 'qualifier="ZZ" id="ACNE"'))
            gateway.reload()
            wait_until(lambda: gateway.metrics()["wayleave_site_version"] == 2, what="the reload")
            text = interchange(order("PO-1166", "0001"), control="000001166")
            refused = gateway.api("POST", "/v1/documents", text)
            ta1 = gateway.api("GET", refused.headers["Location"] + "/acknowledgment").text
            acme.write_text(good)
            gateway.reload()
            wait_until(lambda: gateway.metrics()["wayleave_site_version"] == 3, what="the reload")
            taken = gateway.api("POST", "/v1/documents", text)
            self.assertEqual((refused.status, taken.status), (400, 202))
            ack = gateway.api("GET", taken.headers["Location"] + "/acknowledgment").text
            self.assertEqual((ta1[90:99], ack[90:99]), ("000000001", "000000002"))

    def test_a_parked_order_is_mapped_again_from_what_was_received(self):
        known = []
        backend = BackEnd(lambda made: (200, BackEnd.RESULT) if known else (401, ""))
        self.addCleanup(backend.close)
        with Gateway(backend.url, edit=with_edi) as gateway:
            reply = gateway.api("POST", "/v1/documents", interchange(order("PO-1168", "0001"), order("PO-1169", "0002"), control="000001168"))
            ids = {d.get("key"): d.get("id") for d in reply.xml.iter("{urn:wayleave:receipt:1}document")}
            wait_until(lambda: gateway.document_status(ids["PO-1169"]) == "parked", what="parked")
            known.append(True)
            replayed = gateway.cli("replay", "--stage", "received", ids["PO-1169"])
            self.assertEqual(replayed.returncode, 0, replayed.stderr)
            wait_until(lambda: backend.effects_of("PO-1169") == 1, what="the order")
            self.assertIn("by the operator from received", gateway.cli("show", ids["PO-1169"]).stdout)
            self.assertEqual(backend.effects_of("PO-1168"), 0)

    def test_survives_a_kill(self):
        with Gateway(self.backend.url, edit=with_edi) as gateway:
            text = interchange(order("PO-1110", "0001"), control="000001110")
            reply = gateway.api("POST", "/v1/documents", text)
            ack = gateway.api("GET", reply.headers["Location"] + "/acknowledgment").text
            gateway.kill()
            gateway.start()
            again = gateway.api("POST", "/v1/documents", text)
            self.assertEqual(again.headers["Location"], reply.headers["Location"])
            self.assertEqual(gateway.api("GET", reply.headers["Location"] + "/acknowledgment").text, ack)
            wait_until(lambda: self.backend.effects_of("PO-1110"), what="the order")
            self.assertEqual(self.backend.effects_of("PO-1110"), 1)

    def test_text_report_shows_the_segment(self):
        reply = self.gateway.api("POST", "/v1/documents", interchange(order("PO-1120", "0001"), control="000001120", iea_count=3), headers={"Accept": "text/plain"})
        self.assertEqual(reply.status, 400)
        self.assertIn("IEA", reply.text)


class Desk(unittest.TestCase):
    def check(self, edit):
        with tempfile.TemporaryDirectory() as folder:
            site = Path(folder) / "site"
            shutil.copytree(DEMO / "site", site)
            with_edi(site)
            guide = site / "schemas/acme/own850.xsd"
            guide.write_text(edit((ROOT / "schemas/x12/004010/850.xsd").read_text().replace("../../edi-types.xsd", "edi-types.xsd")))
            acme = site / "partners/acme.xml"
            acme.write_text(acme.read_text().replace('guide="x12/004010/850.xsd"', 'guide="acme/own850.xsd"'))
            done = subprocess.run([BINARY, "check", site], capture_output=True, text=True, env=dict(os.environ, TMS_URL="http://127.0.0.1:9"))
            return done.returncode, done.stdout + done.stderr

    def test_a_map_is_checked_over_the_guide_of_the_agreement(self):
        code, said = self.check(lambda guide: guide)
        self.assertEqual(code, 0, said)
        code, said = self.check(lambda guide: guide.replace('name="BEG05" edi:de="373" type="edi:DT8"', 'name="BEG05" edi:de="373" type="edi:DT8" minOccurs="0"'))
        self.assertEqual(code, 2, said)
        self.assertRegex(said, r"error\[M210\]: Date is mandatory.*acme/own850.xsd")
        self.assertIn("C167", said)


class Splitting(unittest.TestCase):
    def test_what_is_new_beside_known_documents_is_taken(self):
        def lines(st, *items, quantity=12):
            body = [f"ST*850*{st}", "BEG*00*SA*PO-1130**20251121", *(f"PO1*{i}*{quantity}*EA*9.95**BP*{item}" for i, item in enumerate(items, 1)), f"CTT*{len(items)}"]
            return "".join(s + "~\n" for s in [*body, f"SE*{len(body) + 1}*{st}"])

        backend = BackEnd()
        self.addCleanup(backend.close)
        with Gateway(backend.url, edit=an_order_of_every_line) as gateway:
            def post(control, *sets):
                reply = gateway.api("POST", "/v1/documents", interchange(*sets, control=control))
                return reply, segments(gateway.api("GET", reply.headers["Location"] + "/acknowledgment").text)

            def keys(reply):
                return [(d.get("key"), d.get("status")) for d in reply.xml.iter("{urn:wayleave:receipt:1}document")]

            first, ack = post("000001130", lines("0001", "A", "B"))
            self.assertEqual(keys(first), [("PO-1130-A", "accepted"), ("PO-1130-B", "accepted")], first.text)
            more, ack = post("000001131", lines("0001", "A", "B", "C"), lines("0002", "A", "B", "C", "D"))
            self.assertEqual((more.status, keys(more)), (202, [("PO-1130-C", "accepted"), ("PO-1130-D", "accepted")]), more.text)
            self.assertIn("AK9*A*2*2*2", ack)
            for item in "ABCD":
                wait_until(lambda: backend.effects_of(f"PO-1130-{item}") == 1, what=item)
            known, ack = post("000001132", lines("0001", "A", "B"))
            self.assertEqual((known.status, known.xml.get("status")), (202, "duplicate"))
            refused, ack = post("000001133", lines("0001", "E", "A", quantity=13))
            self.assertEqual(refused.xml.get("status"), "rejected", refused.text)
            self.assertTrue(any("D101" in s or "PO-1130-A" in s for s in ack), ack)
            self.assertEqual(backend.effects_of("PO-1130-E"), 0)
            # What stood in a refused set is no repeat in the next one.
            both, ack = post("000001134", lines("0001", "G", "A", quantity=14), lines("0002", "G", quantity=14))
            self.assertEqual(keys(both)[-1], ("PO-1130-G", "accepted"), both.text)
            wait_until(lambda: backend.effects_of("PO-1130-G") == 1, what="G")


if __name__ == "__main__":
    unittest.main()
