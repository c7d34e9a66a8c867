"""Maps in operation: a partner's overlay, hot reload of maps, code lists and overlays, splitting, linked documents, numbers."""
import re
import subprocess
import unittest

from harness import BINARY, BackEnd, Gateway, wait_until

OVERLAY = """<m:overlay xmlns:m="urn:wayleave:map:1" xmlns="urn:northway:erp:order:1" name="acme-order-to-erp" extends="order_to_erp/base.map.xml" partner="acme">
  <m:let name="account" override="yes" value="{account}"/>
  <m:remove at="ErpOrder/Header/Department"/>
</m:overlay>
"""


def write_overlay(site, account="'ACME-1'", name="acme/order_to_erp.overlay.xml"):
    (site / "mappings" / name).write_text(OVERLAY.format(account=account))


class Overlays(unittest.TestCase):
    def setUp(self):
        self.backend = BackEnd()
        self.gateway = None

    def tearDown(self):
        if self.gateway:
            self.gateway.__exit__()
        self.backend.close()

    def start(self, edit):
        self.gateway = Gateway(self.backend.url, edit=edit).start()
        return self.gateway

    def account_of(self, number, partner="acme"):
        """What the back end got as the account of an order sent now."""
        reply = self.gateway.order(number, partner=partner)
        self.assertEqual(reply.status, 202, reply)
        wait_until(lambda: self.backend.effects_of(number) == 1, what=f"{number} at the back end")
        body = next(c["body"] for c in self.backend.calls if c["key"] == number).decode()
        return re.search("<Account>(.*?)</Account>", body).group(1)

    def test_a_partner_s_overlay_takes_the_place_of_the_step_s_map_for_that_partner(self):
        self.start(write_overlay)
        self.assertEqual(self.account_of("O-1"), "ACME-1")

    def test_an_overlay_for_another_partner_changes_nothing(self):
        def edit(site):
            write_overlay(site)
            path = site / "mappings/acme/order_to_erp.overlay.xml"
            path.write_text(path.read_text().replace('partner="acme"', 'partner="cobalt"'))
        self.start(edit)
        self.assertEqual(self.account_of("O-2"), "0000104711")

    def test_a_changed_overlay_takes_effect_and_a_broken_one_leaves_the_old_in_force_and_says_why(self):
        gateway = self.start(write_overlay)
        self.assertEqual(self.account_of("O-3"), "ACME-1")
        write_overlay(gateway.site, "'ACME-2'")
        gateway.reload()
        wait_until(lambda: gateway.metrics()["wayleave_site_version"] == 2, what="the reload")
        self.assertEqual(self.account_of("O-4"), "ACME-2")
        write_overlay(gateway.site, "Numbr")
        gateway.reload()
        wait_until(lambda: gateway.metrics().get('wayleave_reloads_total{outcome="failed"}', 0) == 1, what="the failed reload")
        self.assertEqual(self.account_of("O-5"), "ACME-2")
        log = gateway.log.read_text()
        self.assertIn("M101", log)
        self.assertIn("order_to_erp.overlay.xml", log)
        check = subprocess.run([str(BINARY), "check", str(gateway.site)], capture_output=True, text=True, env=gateway.env)
        self.assertNotEqual(check.returncode, 0)
        self.assertIn("did you mean Number?", check.stdout + check.stderr)
        write_overlay(gateway.site, "'ACME-3'")
        gateway.reload()
        wait_until(lambda: gateway.metrics()["wayleave_site_version"] == 3, what="the reload")
        self.assertEqual(self.account_of("O-6"), "ACME-3")

    def test_two_overlays_of_one_partner_are_told_apart_by_what_extends_what(self):
        def edit(site):
            write_overlay(site)
            write_overlay(site, "'ACME-9'", "acme/second.overlay.xml")
        with self.assertRaisesRegex(AssertionError, "C162"):
            Gateway(self.backend.url, edit=edit).start()

        def chained(site):
            write_overlay(site)
            write_overlay(site, "'ACME-9'", "acme/second.overlay.xml")
            path = site / "mappings/acme/second.overlay.xml"
            path.write_text(path.read_text().replace('extends="order_to_erp/base.map.xml"', 'extends="./order_to_erp.overlay.xml"')
                            .replace('  <m:remove at="ErpOrder/Header/Department"/>\n', ""))
        self.start(chained)
        self.assertEqual(self.account_of("O-7"), "ACME-9")

    def test_a_rejected_document_is_shown_with_its_place_in_map_and_document(self):
        def edit(site):
            path = site / "mappings/acme/po_to_order.map.xml"
            path.write_text(path.read_text().replace("</m:map>", "  <m:reject test=\"Line/Quantity > 100\" code=\"ACME-MANY\" at=\"Line[1]/Quantity\">too many</m:reject>\n</m:map>")
                            .replace("Line/Quantity > 100", "sum(Line/Quantity) > 100"))
        gateway = self.start(edit)
        reply = gateway.order("O-9", quantity="101")
        self.assertEqual(reply.status, 422)
        document = gateway.inside("GET", "/v1/messages?status=rejected").xml[0].get("id")
        shown = gateway.cli("show", document).stdout
        self.assertRegex(shown, r"ACME-MANY")
        self.assertRegex(shown, r"po_to_order\.map\.xml:\d+")
        self.assertRegex(shown, r"line=?.?1\b")

    def test_a_map_that_fails_at_delivery_is_shown_with_its_place_in_map_and_document(self):
        gateway = self.start(lambda site: write_overlay(site, "require(Reference[@kind='project'],'ACME-P','no project')"))
        reply = gateway.order("O-8")
        document = reply.xml[0].get("id")
        wait_until(lambda: "ACME-P" in gateway.cli("show", document).stdout, what="the parked document")
        shown = gateway.cli("show", document).stdout
        self.assertRegex(shown, r"order_to_erp\.overlay\.xml:2")


class Splitting(unittest.TestCase):
    """An agreement whose map makes an order of every line: one submission, several documents."""

    def setUp(self):
        self.backend = BackEnd()
        self.gateway = Gateway(self.backend.url, edit=self.split).start()

    def tearDown(self):
        self.gateway.__exit__()
        self.backend.close()

    @staticmethod
    def split(site):
        (site / "mappings/acme/po_to_order.map.xml").write_text("""<m:map xmlns:m="urn:wayleave:map:1" xmlns="urn:wayleave:canonical:1"
    name="acme/split" source="acme/po.xsd#PurchaseOrder" target="canonical/order-1.xsd#Order">
  <m:codes name="uom" href="./codes/uom.codes.xml"/>
  <m:let name="head" value="Header"/>
  <m:messages>
    <m:message each="Line">
      <Order>
        <Number>{$head/Number}-{@no}</Number><Type>standard</Type><Date>{$head/Date}</Date><Currency>{$head/Currency}</Currency>
        <Party role="ship-to"><Id scheme="buyer-assigned">{/PurchaseOrder/ShipTo/Code}</Id></Party>
        <Line><Number>{@no}</Number><Item><Id scheme="buyer">{Item}</Id></Item><Quantity unit="{code(Quantity/@uom,'uom')}">{Quantity}</Quantity></Line>
      </Order>
    </m:message>
  </m:messages>
</m:map>
""")

    def test_every_message_becomes_a_document_of_the_one_receipt(self):
        reply = self.gateway.order("S-1", lines=3)
        self.assertEqual(reply.status, 202, reply.text)
        self.assertEqual([d.get("key") for d in reply.xml], ["S-1-1", "S-1-2", "S-1-3"])
        for key in ("S-1-1", "S-1-2", "S-1-3"):
            wait_until(lambda: self.backend.effects_of(key) == 1, what=key)
        again = self.gateway.order("S-1", lines=3)
        self.assertEqual((again.status, again.xml.get("status")), (202, "duplicate"))

    def test_what_is_new_beside_known_documents_is_taken(self):
        self.assertEqual(self.gateway.order("S-3", lines=2).status, 202)
        reply = self.gateway.order("S-3", lines=4)
        self.assertEqual((reply.status, reply.xml.get("status")), (202, "accepted"), reply.text)
        self.assertEqual([d.get("key") for d in reply.xml], ["S-3-3", "S-3-4"])
        for n in range(1, 5):
            wait_until(lambda: self.backend.effects_of(f"S-3-{n}") == 1, what=f"S-3-{n}")
        again = self.gateway.order("S-3", lines=4)
        self.assertEqual((again.status, again.xml.get("status")), (202, "duplicate"))
        # One that contradicts refuses them all, wherever it stands among known and new ones.
        refused = self.gateway.order("S-3", lines=6, quantity=13)
        self.assertEqual(refused.status, 422, refused.text)
        self.assertIn("D101", refused.text)
        self.assertIn("S-3-1", refused.text)
        self.assertEqual(self.backend.effects_of("S-3-5"), 0)

    def test_the_same_bytes_are_a_duplicate_though_the_map_was_changed(self):
        first = self.gateway.order("S-4", lines=2)
        path = self.gateway.site / "mappings/acme/po_to_order.map.xml"
        path.write_text(path.read_text().replace("<Type>standard</Type>", "<Type code='NE'>standard</Type>"))
        self.gateway.reload()
        wait_until(lambda: self.gateway.metrics()["wayleave_site_version"] == 2, what="the reload")
        again = self.gateway.order("S-4", lines=2)
        self.assertEqual((again.status, again.xml.get("status"), again.headers["Location"]), (202, "duplicate", first.headers["Location"]), again.text)

    def test_two_messages_with_one_number_are_refused_together(self):
        path = self.gateway.site / "mappings/acme/po_to_order.map.xml"
        path.write_text(path.read_text().replace("-{@no}</Number><Type>", "</Number><Type>"))
        self.gateway.reload()
        wait_until(lambda: self.gateway.metrics()["wayleave_site_version"] == 2, what="the reload")
        reply = self.gateway.order("S-2", lines=2)
        self.assertEqual(reply.status, 422)
        self.assertIn("D102", reply.text)


class Numbers(unittest.TestCase):
    """seq() and linked() in a step's map."""

    def test_a_document_keeps_its_number_over_attempts_and_a_crash_and_numbers_have_no_gaps(self):
        fail = [True]
        backend = BackEnd(lambda made: (500, "") if fail[0] else (200, BackEnd.RESULT))

        def count(site):
            write_overlay(site, "format(seq('confirmation'),'00000')")
            path = site / "mappings/acme/order_to_erp.overlay.xml"
            path.write_text(path.read_text().replace('partner="acme">', 'partner="acme">\n  <m:sequence name="confirmation"/>'))

        def accounts(number):
            return {re.search(b"<Account>(.*?)</Account>", c["body"]).group(1) for c in backend.calls if c["key"] == number}

        gateway = Gateway(backend.url, edit=count).start()
        try:
            for number in ("N-1", "N-2", "N-3"):
                self.assertEqual(gateway.order(number).status, 202)
            wait_until(lambda: all(sum(c["key"] == n for c in backend.calls) >= 2 for n in ("N-1", "N-2", "N-3")), what="two attempts each")
            gateway.kill()
            fail[0] = False
            gateway.start()
            wait_until(lambda: all(backend.effects_of(n) == 1 for n in ("N-1", "N-2", "N-3")), what="delivery")
            given = [accounts(n) for n in ("N-1", "N-2", "N-3")]
            self.assertTrue(all(len(each) == 1 for each in given), given)
            self.assertEqual({next(iter(each)) for each in given}, {b"00001", b"00002", b"00003"})
        finally:
            gateway.__exit__()
            backend.close()

    def test_a_step_gives_its_map_parameters_and_the_site_refuses_those_that_do_not_fit(self):
        backend = BackEnd()

        def give(value):
            def edit(site):
                write_overlay(site, "$account-of")
                path = site / "mappings/acme/order_to_erp.overlay.xml"
                path.write_text(path.read_text().replace('partner="acme">', 'partner="acme">\n  <m:param name="account-of" type="integer"/>'))
                process = site / "processes/place-order.xml"
                process.write_text(process.read_text().replace('repeat="safe"/>', f'repeat="safe"><param name="account-of" value="{value}"/></step>'))
            return edit

        for value in ("many", ""):
            with self.assertRaisesRegex(AssertionError, "C164"):
                Gateway(backend.url, edit=give(value)).start()
        gateway = Gateway(backend.url, edit=give("4711")).start()
        try:
            self.assertEqual(gateway.order("P-1").status, 202)
            wait_until(lambda: backend.effects_of("P-1") == 1, what="P-1")
            self.assertIn(b"<Account>4711</Account>", backend.calls[0]["body"])
        finally:
            gateway.__exit__()
            backend.close()

    def test_linked_finds_an_earlier_document_of_the_partner_by_its_business_key(self):
        backend = BackEnd()

        def link(site):
            write_overlay(site, "default(linked('first')/Currency,'none')")
            path = site / "mappings/acme/order_to_erp.overlay.xml"
            path.write_text(path.read_text().replace(
                'partner="acme">', 'partner="acme">\n  <m:linked name="first" schema="canonical/order-1.xsd#Order" by="before(concat(Number,\'~\'),\'-b~\')"/>'))

        gateway = Gateway(backend.url, edit=link).start()
        try:
            accounts = {}
            for number in ("L-1", "L-1-b", "L-2-b"):
                self.assertEqual(gateway.order(number).status, 202)
                wait_until(lambda: backend.effects_of(number) == 1, what=number)
                body = next(c["body"] for c in backend.calls if c["key"] == number)
                accounts[number] = re.search(b"<Account>(.*?)</Account>", body).group(1)
            self.assertEqual(accounts, {"L-1": b"none", "L-1-b": b"USD", "L-2-b": b"none"})
        finally:
            gateway.__exit__()
            backend.close()


if __name__ == "__main__":
    unittest.main()
