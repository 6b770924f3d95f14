"""Questions to wsiINST 6 before they are signed, how they are sent, and what an answer must be."""

import datetime
import os
import pathlib
import sys
import urllib.error
import urllib.request
import uuid

PKI = pathlib.Path(__file__).resolve().parents[3] / "fixtures" / "pki"
SYSTEM, INST, GROUP, PUPIL = (os.environ["DEMO_" + name] for name in ("SYSTEM", "INST", "GROUP", "PUPIL"))
SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://www.w3.org/2005/08/addressing"
COMMON = "https://brugerdatabasen.stil.dk/bpi/common/3"
INSTITUTIONS = "https://brugerdatabasen.stil.dk/bpi/wsiinst/6"
OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = OASIS + "wssecurity-secext-1.0.xsd"
WSU = OASIS + "wssecurity-utility-1.0.xsd"
X509 = OASIS + "x509-token-profile-1.0#X509v3"
BASE64 = OASIS + "soap-message-security-1.0#Base64Binary"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"

# What is asked: the namespace of the question, its content, and what the answer must contain.
QUESTIONS = {
    "helloWorldWithCertificate": (COMMON, "", SYSTEM),
    "hentGrupper": (INSTITUTIONS, f"<q:instnr>{INST}</q:instnr>", f">{GROUP}<"),
    "hentInstBruger": (INSTITUTIONS, f"<q:instnr>{INST}</q:instnr><q:brugerid>{PUPIL}</q:brugerid>", f">{PUPIL}<"),
}
# The parts that are signed, as Ids and as elements.
SIGNED = {
    "Body": (SOAP, "Body"),
    "TS": (WSU, "Timestamp"),
    "MessageID": (WSA, "MessageID"),
    "UdbydersystemId": (COMMON, "UdbydersystemId"),
}


def token(name="demo-client"):
    """The certificate as a message carries it."""
    lines = (PKI / f"{name}.crt.pem").read_text().splitlines()
    return "".join(line for line in lines if not line.startswith("-----"))


def unsigned(operation, signature=""):
    """The text of a question, and its MessageID. Blanks and line ends stand as people write them."""
    namespace, content, _ = QUESTIONS[operation]
    message = f"urn:uuid:{uuid.uuid4()}"
    now = datetime.datetime.now(datetime.timezone.utc)
    created, expires = (
        (now + datetime.timedelta(minutes=more)).strftime("%Y-%m-%dT%H:%M:%SZ") for more in (0, 5)
    )
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="{SOAP}" xmlns:wsa="{WSA}" xmlns:wsu="{WSU}" xmlns:unused="urn:unused">
  <soap:Header>
    <wsa:Action>{namespace}/{operation}</wsa:Action>
    <wsa:To>{INSTITUTIONS}</wsa:To>
    <wsa:MessageID wsu:Id="MessageID">{message}</wsa:MessageID>
    <uni:UdbydersystemId xmlns:uni="{COMMON}" wsu:Id="UdbydersystemId">{SYSTEM}</uni:UdbydersystemId>
    <wsse:Security xmlns:wsse="{WSSE}" soap:mustUnderstand="true">
      <wsse:BinarySecurityToken wsu:Id="X509" ValueType="{X509}" EncodingType="{BASE64}">{token()}</wsse:BinarySecurityToken>
      <wsu:Timestamp wsu:Id="TS">
        <wsu:Created>{created}</wsu:Created>
        <wsu:Expires>{expires}</wsu:Expires>
      </wsu:Timestamp>{signature}
    </wsse:Security>
  </soap:Header>
  <soap:Body wsu:Id="Body">
    <q:{operation} xmlns:q="{namespace}">{content}</q:{operation}>
  </soap:Body>
</soap:Envelope>
"""
    return text, message


def send(base, operation, signed):
    """Sends a question (bytes): status and body of the answer."""
    action = f"{QUESTIONS[operation][0]}/{operation}"
    headers = {"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'}
    request = urllib.request.Request(f"{base}/bpi/wsiinst/6", data=signed, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def changed(signed):
    """The same question for another user system, after it was signed."""
    return signed.replace(f">{SYSTEM}<".encode(), b">DEMO02<")


def altered(answer):
    """An answer in which one letter of the body is another."""
    at = answer.rindex(b"</") - 40
    while not (answer[at : at + 1].isalpha() and answer[at - 1 : at] == b">"):
        at -= 1
    return answer[:at] + (b"x" if answer[at : at + 1] != b"x" else b"y") + answer[at + 1 :]


def run(version, sign, verify):
    """Signs and sends every question; or, after `--to`, writes the signed one to a file."""
    if sys.argv[1] == "--to":
        pathlib.Path(sys.argv[2]).write_bytes(sign("hentInstBruger")[0])
        return
    if sys.argv[1] == "--verify":
        verify(pathlib.Path(sys.argv[2]).read_bytes(), None)
        return
    print("version", version)
    base, failures, answer = sys.argv[1], 0, b""

    def check(name, good, what):
        nonlocal failures
        print("ok" if good else "FAIL", name, "" if good else what)
        failures += not good

    for operation in QUESTIONS:
        signed, message = sign(operation)
        status, answer = send(base, operation, signed)
        right = status == 200 and QUESTIONS[operation][2].encode() in answer
        check(operation, right and passes(verify, answer, message), answer[:300])
    status, fault = send(base, "hentInstBruger", changed(sign("hentInstBruger")[0]))
    check("changed question refused", status != 200 and b"authentificationError" in fault, fault[:300])
    signed, _ = sign("hentInstBruger")
    first, again = (send(base, "hentInstBruger", signed)[0] for _ in range(2))
    check("replay refused", first == 200 and again != 200, (first, again))
    check("altered answer noticed", answer and not passes(verify, altered(answer), None), "verified all the same")
    sys.exit(1 if failures else 0)


def passes(verify, answer, message):
    try:
        verify(answer, message)
        return True
    except Exception as error:  # whatever the tool raises
        if message:
            print("not verified:", type(error).__name__, error)
        return False
