"""HTTPS and client certificates, with certificates made for the occasion; and schemas that a site must refuse."""
import hashlib
import http.client
import json
import shutil
import ssl
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import BINARY, BackEnd, Gateway, order_xml


def make_certificate(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"],
                   check=True, capture_output=True)
    der = ssl.PEM_cert_to_DER_cert((folder / f"{name}.pem").read_text())
    return hashlib.sha256(der).hexdigest()


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class Tls(unittest.TestCase):
    def setUp(self):
        self.keys = Path(tempfile.mkdtemp(prefix="wayleave-tls-"))
        make_certificate(self.keys, "localhost")
        self.client = make_certificate(self.keys, "erp")
        make_certificate(self.keys, "stranger")

        def edit(site):
            gateway = site / "gateway.xml"
            gateway.write_text(gateway.read_text().replace('<public listen="127.0.0.1:8080"/>', '<public listen="127.0.0.1:8080">'
                               f'<tls certificate="{self.keys}/localhost.pem" key="{self.keys}/localhost.key" clients="offered"/></public>'))
            partner = site / "partners/acme.xml"
            partner.write_text(partner.read_text().replace("<accepts", f'<credential kind="certificate" sha256="{self.client}"/>\n  <accepts', 1))
        self.backend = BackEnd()
        self.gateway = Gateway(self.backend.url, edit=edit).start()

    def tearDown(self):
        self.gateway.__exit__()
        self.backend.close()
        shutil.rmtree(self.keys)

    def post(self, number, certificate=None, version=None, headers=None):
        context = ssl.create_default_context(cafile=self.keys / "localhost.pem")
        if version:
            context.minimum_version = context.maximum_version = version
        if certificate:
            context.load_cert_chain(self.keys / f"{certificate}.pem", self.keys / f"{certificate}.key")
        connection = http.client.HTTPSConnection("127.0.0.1", int(self.gateway.public.rsplit(":", 1)[1]), timeout=10, context=context)
        try:
            connection.request("POST", "/v1/orders", order_xml(number), headers or {})
            return connection.getresponse().status
        finally:
            connection.close()

    def test_a_certificate_opens_what_it_belongs_to_and_nothing_else_does(self):
        self.assertTrue(self.gateway.public.startswith("https://"))
        self.assertEqual(self.post("T-1", "erp"), 202)
        self.assertEqual(self.post("T-2", "erp", ssl.TLSVersion.TLSv1_2), 202)
        self.assertEqual(self.post("T-3", "stranger"), 401)
        self.assertEqual(self.post("T-4"), 401)
        self.assertEqual(self.post("T-5", headers={"Authorization": "Bearer demo-acme-token"}), 202)
        with self.assertRaises((ssl.SSLError, OSError)):
            self.post("T-6", "erp", ssl.TLSVersion.TLSv1_1)


class HostileSchemas(unittest.TestCase):
    SCHEMA = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a">{}</xs:element></xs:schema>'

    def judge(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".xsd") as file:
            file.write(text)
            file.flush()
            done = subprocess.run([str(BINARY), "validate", "--format", "json", "--schema", file.name], capture_output=True, text=True, timeout=30)
            return done.returncode, json.loads(done.stdout)

    def test_nested_quantifiers_repeated_groups_and_foreign_dtds_are_refused_with_a_reason(self):
        pattern = '<xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="(a+)+b"/></xs:restriction></xs:simpleType>'
        group = ('<xs:complexType><xs:sequence maxOccurs="1000000000"><xs:element name="b" type="xs:string"/>'
                 '<xs:element name="c" type="xs:string"/></xs:sequence></xs:complexType>')
        for hostile in (self.SCHEMA.format(pattern), self.SCHEMA.format(group), '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + self.SCHEMA.format(""), "<nonsense"):
            code, told = self.judge(hostile)
            self.assertEqual((code, told[0]["status"]), (2, "unusable"), told)
            self.assertTrue(told[0]["findings"], hostile)
        many = '<xs:complexType><xs:sequence><xs:element name="b" maxOccurs="1000000000" type="xs:string"/></xs:sequence></xs:complexType>'
        self.assertEqual(self.judge(self.SCHEMA.format(many))[0], 0)


if __name__ == "__main__":
    unittest.main()
