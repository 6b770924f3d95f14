"""Usage: differential.py BINARY [DOCUMENTS [SEED]]. Our canonical forms of random subtrees against two others.

lxml writes the form, which is compared byte for byte; it knows no `#default`. xmlsec digests it, which is compared always.
"""

import base64
import hashlib
import random
import sys

import xmlsec
from lxml import etree

from ours import Ours, starts

WSU = "urn:test:ids"
PREFIXES = ["a", "b", "c", "long-prefix.1"]
NAMES = ["x", "y", "element", "Ærø", "z-1"]
# No "&": libxml2 writes one as it is in a namespace, although Canonical XML 1.0, 2.3, has it escaped there as in an attribute.
SPACES = ["urn:one", "urn:two", "urn:three", "http://example.org/?a=1;b=2", "urn:three:%C3%B8"]
TEXTS = ["t", " ", "\t", "\n", "\r\n", "\r", "&amp;", "&lt;", "&gt;", ">", "&quot;", "&apos;", "'", '"', "&#9;", "&#10;", "&#13;",
         "&#xD;", "&#xe6;", "æøå", "&#x1F600;", "😀", "]", "&#38;lt;", "<![CDATA[<x a='1'>&amp;\r\n]]>", "<![CDATA[]]>", "<!-- a\r\ncomment -->",
         "<!---->", "<?target some data?>", "<?target?>", "<?target  two  ?>", "\u0085", "\u2028"]
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
VALUES = ["v", " ", "\t", "\n", "\r\n", "&amp;", "&lt;", ">", "&gt;", "&quot;", "&apos;", "&#9;", "&#10;", "&#xD;", "æ", "😀", "&#x1F600;"]


class Document:
    """A random document as text: every shape that the canonical form has a rule about."""

    def __init__(self, chance):
        self.chance = chance
        self.text = chance.choice(["", DECLARATION, "<!-- before -->\n", "<?before?>"])
        self.ids = 0
        self.element({"": ""}, 0)
        self.text += chance.choice(["", "\n", "<!-- after -->", "\n<?after?>\n"])

    def some(self, among, most):
        return "".join(self.chance.choice(among) for _ in range(self.chance.randint(0, most)))

    def element(self, scope, depth):
        chance, scope, declared = self.chance, dict(scope), []
        for prefix in ["", *PREFIXES]:
            if chance.random() < (0.5 if depth == 0 else 0.18):
                space = chance.choice(SPACES + [""]) if not prefix else chance.choice(SPACES)
                scope[prefix] = space
                declared.append((f"xmlns:{prefix}" if prefix else "xmlns", space))
        prefix = chance.choice(list(scope))
        name = f"{prefix}:" * bool(prefix) + chance.choice(NAMES)
        attributes, taken = [], set()
        for _ in range(chance.randint(0, 4)):
            prefix, local = chance.choice([*scope, "", "xml"]), chance.choice(NAMES)
            if prefix == "xml":
                local = chance.choice(["lang", "space", "base"])
            space = "xml" if prefix == "xml" else scope[prefix] if prefix else ""
            if (space, local) not in taken:
                taken.add((space, local))
                value = chance.choice(["default", "preserve"]) if local == "space" and prefix == "xml" else self.some(VALUES, 3)
                attributes.append((f"{prefix}:" * bool(prefix) + local, value))
        self.ids += 1
        attributes.append(("i", str(self.ids)))
        written = declared + attributes
        chance.shuffle(written)
        blank = lambda: chance.choice([" ", " ", "\n", "\t", "  "])
        self.text += "<" + name
        for key, value in written:
            quote = chance.choice("'\"")
            equals = chance.choice(["=", " = ", "= "])
            self.text += f"{blank()}{key}{equals}{quote}{value}{quote}"
        self.text += chance.choice(["", " "])
        if chance.random() < 0.15:
            self.text += "/>"
            return
        self.text += ">"
        for _ in range(chance.randint(0, 5)):
            if depth < 6 and chance.random() < 0.45:
                self.element(scope, depth + 1)
            else:
                self.text += self.some(TEXTS, 3)
        self.text += f"</{name}{chance.choice(['', ' '])}>"


def by_xmlsec(data, number, comments, prefixes):
    """SHA-256 of the canonical form as xmlsec digests it, with the subtree where it stands in a larger document."""
    root = etree.fromstring(b"<around>" + data.removeprefix(DECLARATION.encode()) + b"</around>")
    [element] = root.xpath("//*[@i=$number]", number=number)
    signature = xmlsec.template.create(root, xmlsec.Transform.EXCL_C14N, xmlsec.Transform.HMAC_SHA256)
    # A bare "#id" is a subtree without its comments, whatever the transform says.
    uri = f"#xpointer(id('{number}'))" if comments else f"#{number}"
    reference = xmlsec.template.add_reference(signature, xmlsec.Transform.SHA256, uri=uri)
    transform = xmlsec.Transform.EXCL_C14N_COMMENTS if comments else xmlsec.Transform.EXCL_C14N
    added = xmlsec.template.add_transform(reference, transform)
    if prefixes:
        xmlsec.template.transform_add_c14n_inclusive_namespaces(added, prefixes)
    root.append(signature)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_binary_data(xmlsec.KeyData.HMAC, b"secret")
    context.register_id(element, "i")
    context.sign(signature)
    return base64.b64decode(signature.findtext(".//{*}DigestValue"))


def main(binary, documents=400, seed=1):
    chance, ours, wanted = random.Random(int(seed)), Ours(binary), []
    for number in range(int(documents)):
        data = Document(chance).text.encode()
        tree = etree.ElementTree(etree.fromstring(data, etree.XMLParser(strip_cdata=False, resolve_entities=True)))
        places, elements = starts(data), list(tree.getroot().iter(etree.Element))
        assert len(places) == len(elements)
        file = ours.kept(data, f".{number}")
        for at in chance.sample(range(len(places)), min(4, len(places))):
            comments = chance.random() < 0.3
            prefixes = chance.sample([*PREFIXES, "#default", "unknown"], chance.choice([0, 0, 1, 2, 4]))
            written = None
            if "#default" not in prefixes:
                written = etree.tostring(
                    elements[at], method="c14n", exclusive=True, with_comments=comments, inclusive_ns_prefixes=prefixes
                )
            digest = by_xmlsec(data, elements[at].get("i"), comments, prefixes)
            ours.form(file, places[at], comments, prefixes)
            wanted.append((data, at, comments, prefixes, written, digest))
    by_lxml = by_digest = differ = 0
    for answer, (data, at, comments, prefixes, written, digest) in zip(ours.answers(), wanted):
        as_lxml = written is not None and answer == written
        as_xmlsec = isinstance(answer, bytes) and hashlib.sha256(answer).digest() == digest
        by_lxml += as_lxml
        by_digest += as_xmlsec
        if not as_xmlsec or not (as_lxml or written is None):
            differ += 1
            if differ <= 3:
                print(f"--- element {at}, comments {comments}, prefixes {prefixes}, as xmlsec {as_xmlsec}")
                print(f"{data!r}\nours   {answer!r}\ntheirs {written!r}")
    print(f"{len(wanted)} subtrees of {documents} documents (seed {seed}): {by_lxml} as lxml writes them, "
          f"{by_digest} as xmlsec digests them, {differ} differ from either")
    sys.exit(1 if differ else 0)


main(*sys.argv[1:])
