"""Calls the services of the BPI generation with zeep, which signs and verifies with its own `BinarySignature`.

It signs the body and the timestamp; what it must sign besides is added here, as its users do.
"""

import datetime
import pathlib
import sys

import zeep
import zeep.wsse.signature
import xmlsec
from lxml import etree
from zeep.wsa import WsAddressingPlugin
from zeep.wsse.utils import WSU, get_security_header, get_timestamp

import question

MORE = ["{%s}%s" % question.SIGNED[name] for name in ("MessageID", "UdbydersystemId")]
own_sign_node = zeep.wsse.signature._sign_node


def sign_node(context, signature, target, digest=None):
    own_sign_node(context, signature, target, digest)
    if etree.QName(target).localname == "Body":
        header = target.getparent().find(f"{{{question.SOAP}}}Header")
        for name in MORE:
            own_sign_node(context, signature, header.find(name), digest)


zeep.wsse.signature._sign_node = sign_node


class Wsse(zeep.wsse.signature.BinarySignature):
    """Signs with the provider's key, verifies with the server's certificate."""

    def __init__(self, signer="demo-server"):
        key, certificate = (str(question.PKI / f"demo-client.{kind}.pem") for kind in ("key", "crt"))
        super().__init__(
            key,
            certificate,
            signature_method=xmlsec.Transform.RSA_SHA256,
            digest_method=xmlsec.Transform.SHA256,
        )
        self.signer = (question.PKI / f"{signer}.crt.pem").read_bytes()
        self.change = lambda envelope: None
        self.verified = 0

    def apply(self, envelope, headers):
        now = datetime.datetime.now(datetime.timezone.utc)
        later = now + datetime.timedelta(minutes=5)
        stamp = WSU.Timestamp(WSU.Created(get_timestamp(now)), WSU.Expires(get_timestamp(later)))
        get_security_header(envelope).append(stamp)
        signed = super().apply(envelope, headers)
        self.change(envelope)
        return signed

    def verify(self, envelope):
        if envelope.find(f".//{{{question.SOAP}}}Fault") is not None:
            return envelope  # whoever is refused reads why
        zeep.wsse.signature._verify_envelope_with_key(envelope, zeep.wsse.signature._make_verify_key(self.signer))
        self.verified += 1
        return envelope


def client(path):
    """The service behind a description: an address or a file. Whoever loads a file sends nothing."""
    wsse = Wsse()
    return zeep.Client(path, wsse=wsse, plugins=[WsAddressingPlugin()]), wsse


HEADER = {"_soapheaders": {"UdbydersystemId": question.SYSTEM}}
failures = 0


def check(name, ask):
    global failures
    try:
        ask()
        print("ok", name)
    except Exception as error:
        failures += 1
        print(f"FAIL {name}: {type(error).__name__}: {error}")


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def main(base):
    print("version", zeep.__version__)
    for service in ("wsiinst/6", "wsibruger/7", "wsiidentifikation/6", "wsieksport/7"):
        port, wsse = client(f"{base}/bpi/{service}?wsdl")

        def hello():
            expect(question.SYSTEM in port.service.helloWorldWithCertificate(**HEADER), "the greeting names the system")
            expect(wsse.verified == 1, "the answer is signed")

        check("helloWorldWithCertificate" if service == "wsiinst/6" else f"greeting of {service}", hello)
    port, wsse = client(f"{base}/bpi/wsiinst/6?wsdl")
    inst, pupil = question.INST, question.PUPIL

    def groups():
        expect(any(g.gruppeid == question.GROUP for g in port.service.hentGrupper(instnr=inst, **HEADER)), "the demo group")

    def person():
        [found] = port.service.hentInstBruger(instnr=inst, brugerid=pupil, **HEADER)
        expect(found.brugerid == pupil, "the pupil")

    def changed():
        def change(envelope):
            envelope.find(f".//{{{question.COMMON}}}UdbydersystemId").text = "DEMO02"

        port.wsse.change = change
        try:
            port.service.hentGrupper(instnr=inst, **HEADER)
        except zeep.exceptions.Fault as raised:
            expect(raised.detail is not None and "authentificationError" in etree.tostring(raised.detail).decode(), raised)
        else:
            raise AssertionError("no fault")

    def wrong_signer():
        other, wsse = client(f"{base}/bpi/wsiinst/6?wsdl")
        wsse.signer = (question.PKI / "demo-client.crt.pem").read_bytes()
        try:
            other.service.hentGrupper(instnr=inst, **HEADER)
        except zeep.exceptions.SignatureVerificationFailed:
            return
        raise AssertionError("verified all the same")

    check("hentGrupper", groups)
    check("hentInstBruger", person)
    check("changed question refused", changed)
    check("answer of another signer noticed", wrong_signer)
    sys.exit(1 if failures else 0)


def written(description, file):
    """A signed question as a file, from a description that is a file."""
    port, _ = client(description)
    message = port.create_message(
        port.service, "hentInstBruger", instnr=question.INST, brugerid=question.PUPIL, **HEADER
    )
    pathlib.Path(file).write_bytes(etree.tostring(message, xml_declaration=True, encoding="UTF-8"))


def verified(file, signer):
    Wsse(signer).verify(etree.fromstring(pathlib.Path(file).read_bytes()))


if __name__ == "__main__":
    if sys.argv[1] == "--to":
        written(sys.argv[2], sys.argv[3])
    else:
        main(sys.argv[1])
