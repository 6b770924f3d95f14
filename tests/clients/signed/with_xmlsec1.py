"""Signs questions with the command xmlsec1, from a template, and verifies the answers with it. Needs nothing of PyPI."""

import pathlib
import subprocess
import tempfile

import question

SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
# What may be referred to: in a question and in an answer.
IDS = [
    *question.SIGNED.values(),
    (question.WSA, "RelatesTo"),
    (question.WSA, "Action"),
    (question.WSA, "To"),
    (question.WSSE, "BinarySecurityToken"),
]


def template():
    references = "".join(
        f'<ds:Reference URI="#{name}"><ds:Transforms><ds:Transform Algorithm="{question.EXCLUSIVE}"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue/></ds:Reference>'
        for name in question.SIGNED
    )
    return f"""
      <ds:Signature xmlns:ds="{question.DS}">
        <ds:SignedInfo>
          <ds:CanonicalizationMethod Algorithm="{question.EXCLUSIVE}"/>
          <ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
          {references}
        </ds:SignedInfo>
        <ds:SignatureValue/>
        <ds:KeyInfo><wsse:SecurityTokenReference>
          <wsse:Reference URI="#X509" ValueType="{question.X509}"/>
        </wsse:SecurityTokenReference></ds:KeyInfo>
      </ds:Signature>"""


def xmlsec1(*words, text):
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(text)
        file.flush()
        ids = [word for space, name in IDS for word in ("--id-attr:Id", f"{space}:{name}")]
        done = subprocess.run(["xmlsec1", *words, *ids, file.name], capture_output=True)
    if done.returncode:
        raise RuntimeError(done.stderr.decode()[-300:])
    return done.stdout


def sign(operation):
    text, message = question.unsigned(operation, template())
    key = question.PKI / "demo-client.key.pem"
    return xmlsec1("--sign", "--privkey-pem", str(key), text=text.encode()), message


def verify(answer, message, signer="demo-server"):
    if message and f">{message}<".encode() not in answer:
        raise ValueError("the answer relates to another question")
    if question.token(signer).encode() not in b"".join(answer.split()):
        raise ValueError("another certificate")
    xmlsec1("--verify", "--pubkey-cert-pem", str(question.PKI / f"{signer}.crt.pem"), text=answer)


def main():
    version = subprocess.run(["xmlsec1", "--version"], capture_output=True, text=True).stdout.split()[1]
    question.run(version, sign, verify)


if __name__ == "__main__":
    main()
