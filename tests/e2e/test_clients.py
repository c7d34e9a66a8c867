"""The example clients do what they say: order, feed and webhook, each in shell, Python and Node where it has them."""
import json
import shutil
import subprocess
import sys
import time
import unittest

from harness import ROOT, GatewayCase, TOKENS, order_xml, shipment_event
from test_feeds import Endpoint, wait_until

CLIENTS = ROOT / "examples/clients"
SPOKEN = {"python": [sys.executable, str(CLIENTS / "client.py")], "node": ["node", str(CLIENTS / "client.mjs")]}


class Clients(GatewayCase):
    def run_client(self, *command, given=None, seconds=60):
        return subprocess.run([str(c) for c in command], input=given, capture_output=True, text=True, timeout=seconds)

    def spoken(self):
        return {name: command for name, command in SPOKEN.items() if shutil.which(command[0])}

    def test_an_order_and_a_broken_order(self):
        good, bad = self.gateway.folder / "good.xml", self.gateway.folder / "bad.xml"
        clients = dict({name: [*command, "order"] for name, command in self.spoken().items()}, shell=[CLIENTS / "order.sh"])
        for name, command in clients.items():
            good.write_text(order_xml(f"CL-{name}"))
            bad.write_text(order_xml(f"CL-{name}-bad", quantity="many"))
            with self.subTest(name):
                done = self.run_client(*command, self.gateway.public, TOKENS["acme"], good)
                self.assertEqual((done.returncode, 'status="confirmed"' in done.stdout), (0, True), done)
                again = self.run_client(*command, self.gateway.public, TOKENS["acme"], good)
                self.assertEqual(again.stdout, done.stdout)
                refused = self.run_client(*command, self.gateway.public, TOKENS["acme"], bad)
                self.assertNotEqual(refused.returncode, 0)
                self.assertIn("X203", refused.stdout)

    def test_a_feed_from_its_beginning_and_from_a_cursor(self):
        for number in range(3):
            self.gateway.publish(shipment_event("CL-S", f"cl-{number}"))
        for name, command in self.spoken().items():
            with self.subTest(name):
                done = self.run_client(*command, "follow", self.gateway.public, TOKENS["acme"], "shipment-status", "", "3")
                lines = done.stdout.splitlines()
                self.assertEqual(len(lines), 3, done)
                self.assertIn("cl-0", lines[0])
                rest = self.run_client(*command, "follow", self.gateway.public, TOKENS["acme"], "shipment-status", lines[0].split(" ")[0], "2")
                self.assertEqual(rest.stdout.splitlines(), lines[1:])
        cursor = self.gateway.folder / "cursor"
        first = self.run_client(CLIENTS / "follow.sh", self.gateway.public, TOKENS["acme"], "shipment-status", cursor, "1")
        self.assertEqual(first.stdout.count("<Event "), 3, first)
        self.gateway.publish(shipment_event("CL-S", "cl-3"))
        second = self.run_client(CLIENTS / "follow.sh", self.gateway.public, TOKENS["acme"], "shipment-status", cursor, "1")
        self.assertEqual(second.stdout.count("<Event "), 1, second)

    def test_a_webhook_is_told_from_a_forged_one(self):
        endpoint = Endpoint()
        try:
            gateway_xml = self.gateway.site / "gateway.xml"
            gateway_xml.write_text(gateway_xml.read_text().replace('allow="', f'allow="{endpoint.address} '))
            self.gateway.reload()
            wait_until(lambda: self.gateway.metrics()["wayleave_site_version"] == 2, what="reload")
            made = self.gateway.api("POST", "/v1/subscriptions", f'<subscription xmlns="urn:wayleave:subscription:1">'
                                    f"<feed>shipment-status</feed><endpoint>http://{endpoint.address}/</endpoint></subscription>")
            secret = made.xml.find("{urn:wayleave:subscription:1}secret").text
            self.gateway.publish(shipment_event("CL-W", "cl-w-1"))
            wait_until(lambda: endpoint.got, what="the webhook")
            headers, body = endpoint.got[0]
            request = {"headers": headers, "body": body.decode()}
            forged = dict(request, body=request["body"].replace("CL-W", "CL-X"))
            for name, command in self.spoken().items():
                with self.subTest(name):
                    self.assertEqual(self.run_client(*command, "verify", secret, given=json.dumps(request)).stdout.strip(), "genuine")
                    self.assertEqual(self.run_client(*command, "verify", secret, given=json.dumps(forged)).stdout.strip(), "forged")
        finally:
            endpoint.close()


if __name__ == "__main__":
    unittest.main()
