"""Signs questions with the command xmlsec1, from a template, and verifies the answers with it. Needs nothing of PyPI."""

import base64
import pathlib
import re
import subprocess
import sys
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


THUMBPRINT = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1"
KEY_IDENTIFIER = question.OASIS + "x509-token-profile-1.0#X509SubjectKeyIdentifier"


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


def named(how):
    """Another way to name the key than by the Id of the token."""
    return lambda text: re.sub(r"<wsse:Reference URI=\"#X509\"[^>]*/>", how, text)


def fingerprint(kind, digest):
    value = base64.b64encode(digest).decode()
    return named(f'<wsse:KeyIdentifier EncodingType="{question.BASE64}" ValueType="{kind}">{value}</wsse:KeyIdentifier>')


def openssl(*words):
    words = ["openssl", "x509", "-noout", "-in", str(question.PKI / "demo-client.crt.pem"), *words]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def hexadecimal(text):
    return bytes.fromhex(re.search(r"((?:[0-9A-F]{2}:)+[0-9A-F]{2})", text).group(1).replace(":", ""))


def embedded(text):
    token = re.search(r"<wsse:BinarySecurityToken.*?</wsse:BinarySecurityToken>", text).group()
    return named(f"<wsse:Embedded>{token}</wsse:Embedded>")(text.replace(token, "", 1))


def inclusive(text):
    for element in ("CanonicalizationMethod", "Transform"):
        plain = f'<ds:{element} Algorithm="{question.EXCLUSIVE}"/>'
        listed = f'<ec:InclusiveNamespaces xmlns:ec="{question.EXCLUSIVE}" PrefixList="soap unused #default wsse"/>'
        text = text.replace(plain, f"{plain[:-2]}>{listed}</ds:{element}>")
    return text


def comments(text):
    plain = f'<ds:Transform Algorithm="{question.EXCLUSIVE}"/>'
    text = text.replace(plain, plain.replace(question.EXCLUSIVE, question.EXCLUSIVE + "WithComments"))
    return text.replace("<soap:Body wsu:Id=\"Body\">", "<soap:Body wsu:Id=\"Body\"><!-- a comment -->")


def protected(text):
    reference = re.search(r'<ds:Reference URI="#TS">.*?</ds:Reference>', text).group()
    return text.replace(reference, reference + reference.replace("#TS", "#X509"))


def strange(text):
    """What canonical forms undo: quotes, references, CDATA, line ends, blanks, declarations that nobody needs."""
    body = "<soap:Body\r\n  xmlns:none='urn:none'\twsu:Id\t=\n'&#66;ody' xmlns=''>"
    text = text.replace('<soap:Body wsu:Id="Body">', body).replace("</q:instnr>", "</q:instnr\n>")
    person = f"<q:brugerid xmlns:q='{question.INSTITUTIONS}'\n>&#x{{:x}};<![CDATA[{{}}]]></q:brugerid >"
    text = re.sub(r"<q:brugerid>(.)(.*?)</q:brugerid>", lambda it: person.format(ord(it[1]), it[2]), text)
    return re.sub(r"(?<!\r)\n(?=  )", "\r\n", text)


# Other shapes of a question that a signer may choose.
SHAPES = {
    "plain": lambda text: text,
    "inclusive": inclusive,
    "comments": comments,
    "protected": protected,
    "strange": lambda text: text,
    "embedded": embedded,
    "thumbprint": lambda text: fingerprint(THUMBPRINT, hexadecimal(openssl("-fingerprint", "-sha1")))(text),
    "key-identifier": lambda text: fingerprint(KEY_IDENTIFIER, hexadecimal(openssl("-ext", "subjectKeyIdentifier")))(text),
    "issuer-serial": lambda text: named(
        "<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>"
        + openssl("-issuer", "-nameopt", "RFC2253").removeprefix("issuer=")
        + f"</ds:X509IssuerName><ds:X509SerialNumber>{int(openssl('-serial').removeprefix('serial='), 16)}"
        + "</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>"
    )(text),
}


# What is done to a signed question.
AFTERWARDS = {"strange": strange}


def xmlsec1(*words, text):
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(text)
        file.flush()
        ids = [word for space, name in IDS for word in ("--id-attr:Id", f"{space}:{name}")]
        done = subprocess.run(["xmlsec1", *words, *ids, file.name], capture_output=True)
    if done.returncode:
        raise RuntimeError(done.stderr.decode()[-300:])
    return done.stdout


def sign(operation, shape="plain"):
    text, message = question.unsigned(operation, template())
    key = question.PKI / "demo-client.key.pem"
    signed = xmlsec1("--sign", "--privkey-pem", str(key), text=SHAPES[shape](text).encode())
    return AFTERWARDS.get(shape, lambda it: it)(signed.decode()).encode(), message


def verify(answer, message, signer="demo-server"):
    if message and f">{message}<".encode() not in answer:
        raise ValueError("the answer relates to another question")
    if question.token(signer).encode() not in b"".join(answer.split()):
        raise ValueError("another certificate")
    xmlsec1("--verify", "--pubkey-cert-pem", str(question.PKI / f"{signer}.crt.pem"), text=answer)


def main():
    if sys.argv[1] == "--shapes":
        for shape in SHAPES:
            pathlib.Path(sys.argv[2], f"xmlsec1.{shape}.xml").write_bytes(sign("hentInstBruger", shape)[0])
        return
    version = subprocess.run(["xmlsec1", "--version"], capture_output=True, text=True).stdout.split()[1]
    question.run(version, sign, verify)


if __name__ == "__main__":
    main()
