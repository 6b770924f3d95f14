"""Usage: interop.py CANONICAL MESSAGE ANCHORS FOLDER... Our canonical forms, digests and signatures on the interop vectors of others.

Of every ds:Signature in the XML files of the folders it takes what exclusive canonicalisation reaches: SignedInfo, and each
reference within the document whose last transform it is. Inclusive forms are made too, as exclusive ones with every prefix
of the document listed, which is the same where no ancestor has xml: attributes. No whole file may be taken as a signed message.
"""

import base64
import collections
import hashlib
import pathlib
import re
import subprocess
import sys
from xml.parsers import expat

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from ours import Ours, starts

DS = "{http://www.w3.org/2000/09/xmldsig#}"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
DIGESTS = {"xmldsig#sha1": "sha1", "xmlenc#sha256": "sha256", "xmlenc#sha512": "sha512", "xmldsig-more#sha384": "sha384", "xmldsig-more#sha224": "sha224"}
# What is wrong with these is meant to be; one has been indented after it was signed, and xmlsec1 finds it wrong too.
MEANT = re.compile(r"bad|invalid|wrong|altered|fake|changed|injected|nonconformant|orphan|policyId-newlines", re.IGNORECASE)


class Vector:
    """One file: its bytes, its tree, and where each element begins."""

    def __init__(self, file):
        self.file, self.data = file, file.read_bytes()
        self.data = self.data.removeprefix(b"\xef\xbb\xbf")
        self.root = etree.fromstring(self.data, etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=True))
        self.places = starts(self.data)
        self.elements = list(self.root.iter(etree.Element))
        assert len(self.places) == len(self.elements)
        self.prefixes = sorted({prefix or "#default" for it in self.elements for prefix in it.nsmap})

    def at(self, element):
        return self.places[self.elements.index(element)]

    def named(self, uri):
        """The element of a reference within the document, and whether its comments belong to it."""
        if uri == "":
            return self.root, False
        pointer = re.fullmatch(r"#xpointer\(id\(['\"](.+)['\"]\)\)", uri or "")
        name = pointer.group(1) if pointer else (uri or "")[1:]
        if not (uri or "").startswith("#") or "(" in name:
            return None, False
        found = [it for it in self.elements if name in (v for k, v in it.attrib.items() if etree.QName(k).localname.lower() in ("id", "assertionid"))]
        return (found[0] if len(found) == 1 else None), bool(pointer)

    def without(self, element):
        """The text without an element, which is how an enveloped signature leaves it."""
        start = self.at(element)
        rest = self.data[start:]
        depth = 0
        for tag in re.finditer(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(/)?[^>]*?(/)?>", rest, re.DOTALL):
            if tag.group().startswith((b"<!", b"<?")):
                continue
            depth += 0 if tag.group(2) else -1 if tag.group(1) else 1
            if depth == 0:
                return self.data[:start] + rest[tag.end():]
        raise ValueError("no end")


def method(element):
    """Algorithm without `#WithComments`, whether that was there, and the prefixes."""
    algorithm = element.get("Algorithm") or ""
    prefixes = next((it.get("PrefixList") or "" for it in element if etree.QName(it).localname == "InclusiveNamespaces"), "")
    comments = algorithm.endswith("WithComments")
    return algorithm.replace("WithComments", "").replace(INCLUSIVE + "#", INCLUSIVE), comments, prefixes.split()


def keys(vector, signature):
    """The public keys that the file itself has."""
    for text in tokens(vector, signature):
        try:
            yield x509.load_der_x509_certificate(base64.b64decode(text)).public_key()
        except Exception:  # what this library does not read
            continue
    number = lambda holder, name: int.from_bytes(base64.b64decode(holder.findtext(DS + name)), "big")
    for it in signature.iter(DS + "RSAKeyValue"):
        yield rsa.RSAPublicNumbers(number(it, "Exponent"), number(it, "Modulus")).public_key()
    for it in signature.iter(DS + "DSAKeyValue"):
        parameters = dsa.DSAParameterNumbers(number(it, "P"), number(it, "Q"), number(it, "G"))
        yield dsa.DSAPublicNumbers(number(it, "Y"), parameters).public_key()


def tokens(vector, signature):
    found = [it.text for it in signature.iter(DS + "X509Certificate")]
    return found + [it.text for it in vector.root.iter(etree.Element) if it.tag.endswith("}BinarySecurityToken")]


def has_signed(vector, signature, algorithm, form, value):
    """Whether a key of the file has signed the form, by another library; nothing, where that cannot be told."""
    hash_of = {"sha1": hashes.SHA1, "sha224": hashes.SHA224, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
    kind, _, digest = algorithm.split("#")[-1].partition("-")
    if kind not in ("rsa", "dsa") or digest not in hash_of:
        return None
    asked = False
    for key in keys(vector, signature):
        try:
            if kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
                asked = True
                key.verify(value, form, padding.PKCS1v15(), hash_of[digest]())
                return True
            if kind == "dsa" and isinstance(key, dsa.DSAPublicKey):
                asked = True
                half = len(value) // 2
                pair = encode_dss_signature(*(int.from_bytes(it, "big") for it in (value[:half], value[half:])))
                key.verify(pair, form, hash_of[digest]())
                return True
        except UnsupportedAlgorithm:
            return None
        except InvalidSignature:
            continue
    return False if asked else None


class Run:
    def __init__(self, binary):
        self.ours, self.wanted, self.counts = Ours(binary), [], collections.Counter()
        self.failures = []

    def form(self, kind, vector, data, at, how, comments, check):
        algorithm, _, prefixes = how
        kept = self.ours.kept(data)
        self.ours.form(kept, at, comments, prefixes if algorithm == EXCLUSIVE else vector.prefixes)
        self.wanted.append((kind + (" exclusive" if algorithm == EXCLUSIVE else " inclusive"), vector, check, data))

    def signature(self, vector, signature):
        info = signature.find(DS + "SignedInfo")
        how = method(info.find(DS + "CanonicalizationMethod"))
        signed_with = info.find(DS + "SignatureMethod").get("Algorithm")
        if how[0] in (EXCLUSIVE, INCLUSIVE):
            value = base64.b64decode(signature.findtext(DS + "SignatureValue") or "")

            def check(form):
                if signed_with == RSA_SHA256:
                    self.rsa(vector, signature, form, value)
                judged = has_signed(vector, signature, signed_with, form, value)
                if judged is None and how[0] == EXCLUSIVE and "#default" not in how[2]:
                    # lxml copies a subtree before it writes it, which only the exclusive form survives.
                    judged = form == etree.tostring(
                        info, method="c14n", exclusive=True, with_comments=how[1], inclusive_ns_prefixes=how[2]
                    )
                return judged

            self.form("SignedInfo", vector, vector.data, vector.at(info), how, how[1], check)
        for reference in info.findall(DS + "Reference"):
            self.reference(vector, signature, reference)

    def reference(self, vector, signature, reference):
        element, keeps = vector.named(reference.get("URI"))
        transforms = [method(it) for it in reference.iter(DS + "Transform")]
        names = [it[0] for it in transforms]
        digest = DIGESTS.get(reference.find(DS + "DigestMethod").get("Algorithm").split("/")[-1])
        enveloped = names[:1] == [ENVELOPED]
        last = names[1:] if enveloped else names
        how = transforms[-1] if last else (INCLUSIVE, False, [])
        if element is None or digest is None or len(last) > 1 or how[0] not in (EXCLUSIVE, INCLUSIVE):
            self.counts["references that are not for canonicalisation alone"] += 1
            return
        if not (reference.findtext(DS + "DigestValue") or "").strip():
            self.counts["references that are templates"] += 1
            return
        if reference.get("URI") == "" and (element.getprevious() is not None or element.getnext() is not None):
            self.counts["references to a document with something around its root"] += 1
            return
        data = vector.without(signature) if enveloped and signature in element.iter() else vector.data
        value = base64.b64decode(reference.findtext(DS + "DigestValue"))
        check = lambda form: hashlib.new(digest, form).digest() == value
        self.form("reference", vector, data, vector.at(element), how, how[1] and keeps, check)

    def rsa(self, vector, signature, form, value):
        """Verified by ours, where there is a certificate."""
        found = tokens(vector, signature)
        for text in found:
            self.ours.signed(base64.b64decode(text), form, value)
            self.later.append(vector)
        if not found:
            self.counts["RSA-SHA256 signatures without a certificate in the file"] += 1

    def fail(self, vector, what):
        meant = MEANT.search(vector.file.name) is not None
        self.counts["wrong on purpose, and found wrong" if meant else "FAILED"] += 1
        if not meant:
            self.failures.append(f"{vector.file}: {what}")

    def finish(self):
        self.later, answers = [], self.ours.answers()
        for answer, (kind, vector, check, data) in zip(answers, self.wanted):
            if isinstance(answer, str):
                reason = "a document type" if b"<!DOCTYPE" in data else answer
                self.counts[f"{kind}: {reason}"] += 1
                if reason == answer:
                    self.failures.append(f"{vector.file}: {kind}: {answer}")
                continue
            right = check(answer)
            if right:
                self.counts[f"{kind} right"] += 1
            elif right is None:
                self.counts[f"{kind}: nobody here to judge it (no key, or HMAC and others)"] += 1
            elif "inclusive" in kind and any(k.startswith("{http://www.w3.org/XML/") for it in vector.elements for k in it.attrib):
                self.counts[f"{kind}: xml: attributes, which exclusive forms do not inherit"] += 1
            else:
                self.fail(vector, kind)
        several = {}
        for answer, vector in zip(self.ours.answers(), self.later):
            several.setdefault(vector.file, (vector, []))[1].append(answer)
        for vector, said in several.values():
            if b"" in said:
                self.counts["RSA-SHA256 signatures verified"] += 1
            elif any("bits" in str(it) for it in said):
                self.counts["RSA-SHA256 signatures refused for a key under 2048 bits"] += 1
            else:
                self.fail(vector, f"RSA-SHA256: {said}")


def main(canonical, message, anchors, *folders):
    failed = False
    for folder in folders:
        run, files, whole = Run(canonical), 0, collections.Counter()
        for file in sorted(pathlib.Path(folder).rglob("*.xml")):
            try:
                vector = Vector(file)
            except (etree.XMLSyntaxError, expat.ExpatError):
                run.counts["files that lxml or expat does not read"] += 1
                continue
            signatures = [it for it in vector.root.iter(DS + "Signature") if it.find(DS + "SignedInfo/" + DS + "CanonicalizationMethod") is not None]
            if not signatures:
                continue
            files += 1
            for signature in signatures:
                run.signature(vector, signature)
            done = subprocess.run([message, "verify", "request", "2026-06-01T00:00:00Z", anchors], input=vector.data, capture_output=True)
            whole["taken" if done.returncode == 0 else done.stderr.decode().strip()[:100] if done.returncode == 1 else "CRASHED"] += 1
        run.finish()
        print(f"{folder.rstrip('/').split('/')[-1]}: {files} files with signatures")
        for what, count in sorted(run.counts.items()):
            print(f"  {count:5} {what}")
        for what, count in whole.most_common():
            print(f"  {count:5} whole messages: {what}")
        for what in run.failures:
            print("  FAIL", what)
        failed |= bool(run.failures) or whole["taken"] > 0 or whole["CRASHED"] > 0
    sys.exit(1 if failed else 0)


main(*sys.argv[1:])
