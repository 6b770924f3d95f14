"""Signs questions with signxml and verifies the answers with it."""

import importlib.metadata

import signxml
from lxml import etree

import question


def part(space, name):
    return f"{{{space}}}{name}"


def sign(operation):
    text, message = question.unsigned(operation)
    envelope = etree.fromstring(text.encode())
    security = envelope.find(f".//{part(question.WSSE, 'Security')}")
    key_info = etree.Element(part(question.DS, "KeyInfo"), nsmap={None: question.DS})
    held = etree.SubElement(key_info, part(question.WSSE, "SecurityTokenReference"))
    etree.SubElement(held, part(question.WSSE, "Reference"), URI="#X509", ValueType=question.X509)
    signer = signxml.XMLSigner(
        method=signxml.methods.detached,
        signature_algorithm=signxml.SignatureMethod.RSA_SHA256,
        digest_algorithm=signxml.DigestAlgorithm.SHA256,
        c14n_algorithm=signxml.CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    signature = signer.sign(
        envelope,
        key=(question.PKI / "demo-client.key.pem").read_bytes(),
        key_info=key_info,
        reference_uri=["#" + name for name in question.SIGNED],
        id_attribute="Id",
    )
    security.append(signature)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"), message


def verify(answer, message, signer="demo-server"):
    envelope = etree.fromstring(answer)
    relates = envelope.findtext(f".//{part(question.WSA, 'RelatesTo')}")
    if message and relates != message:
        raise ValueError("the answer relates to another question")
    references = len(envelope.findall(f".//{part(question.DS, 'Reference')}"))
    verified = signxml.XMLVerifier().verify(
        envelope,
        x509_cert=(question.PKI / f"{signer}.crt.pem").read_text(),
        id_attribute="Id",
        # The schema that signxml brings has no InclusiveNamespaces, which answers have as the real ones do.
        validate_schema=False,
        expect_config=signxml.SignatureConfiguration(require_x509=True, expect_references=references, location=".//"),
    )
    names = {etree.QName(it.signed_xml).localname for it in verified}
    if not {"Body", "Timestamp", "MessageID"} <= names:
        raise ValueError(f"only {names} are signed")


if __name__ == "__main__":
    question.run(importlib.metadata.version("signxml"), sign, verify)
