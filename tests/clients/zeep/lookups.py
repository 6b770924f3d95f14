"""Calls every operation of wsiBRUGER, wsiIDENTIFIKATION and wsiEKSPORT with zeep, in both generations."""

import os
import sys

import zeep
from lxml import etree

SYSTEM, USER, PASSWORD, INST, UNKNOWN, GROUP, PUPIL, CONTACT, CPR = (
    os.environ["DEMO_" + name]
    for name in ("SYSTEM", "USER", "PASSWORD", "INST", "UNKNOWN_INST", "GROUP", "PUPIL", "CONTACT", "CONTACT_CPR")
)
BASE = sys.argv[1]
COMMON = {"bpi": "https://brugerdatabasen.stil.dk/bpi/common/3", "legacy": "https://unilogin.dk"}
failures = 0


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def check(name, body):
    global failures
    try:
        body()
        print("ok", name)
    except Exception as error:
        failures += 1
        print(f"FAIL {name}: {type(error).__name__}: {error}")


class Port:
    """A service of one generation: what shows who calls is added to every question."""

    def __init__(self, path, generation):
        self.service = zeep.Client(f"{BASE}{path}?wsdl").service
        self.path, self.generation = path, generation
        self.proof = (
            {"_soapheaders": {"UdbydersystemId": SYSTEM}}
            if generation == "bpi"
            else {"wsBrugerid": USER, "wsPassword": PASSWORD}
        )

    def ask(self, operation, **parameters):
        return self.service[operation](**self.proof, **parameters)

    def fault(self, operation, reason, **parameters):
        wrong = {} if self.generation == "bpi" else {"wsBrugerid": USER, "wsPassword": "no" + PASSWORD}
        self.refused(operation, reason, **wrong, **parameters)

    def refused(self, operation, reason, **everything):
        common = COMMON[self.generation]
        try:
            self.service[operation](**everything)
        except zeep.exceptions.Fault as raised:
            expect(etree.QName(common, reason) in raised.subcodes, f"subcode, not {raised.subcodes}")
            kind = raised.detail.findtext(f"{{{common}}}authentificationError/{{{common}}}type")
            expect(kind == reason, f"type, not {kind}")
        else:
            raise AssertionError("no fault")


def hello(port):
    if port.generation == "bpi":
        expect(SYSTEM in port.ask("helloWorldWithCertificate"), "the greeting names the system")
    else:
        expect(port.service.helloWorld() == "HelloWorld", "the greeting")
        expect(port.service.helloWorldWithDB().startswith("HelloWorld "), "the greeting with the time")
        expect(port.ask("helloWorldWithDBAndCredentials") == "helloWorldWithDBAndCredentials", "the greeting by name")


def contacts(port):
    found = {it.brugerid: it for it in port.ask("hentBrugersKontaktpersoner", instnr=INST, brugerid=PUPIL)}
    expect(found[CONTACT].relation == "Mor" and found[CONTACT].myndighed is True, "the mother")
    expect(found[CONTACT].verifikation == 1 and found[CONTACT].adgangsniveau == 1, "her levels")
    expect({it.relation for it in found.values()} == {"Mor", "Far", "Andet", "Officielt tilknyttet person"}, "each relation")


def pupils(port):
    (found,) = port.ask("hentKontaktpersonsBrugere", instnr=INST, brugerid=CONTACT)
    expect(found.brugerid == PUPIL and found.rolle == "Elev", "the pupil")
    expect(found.hovedgruppe.gruppeid == GROUP and found.hovedgruppe.gruppetype == "Hovedgruppe", "the main group")
    (again,) = port.ask("hentKontaktpersonsBrugere", brugerid=CONTACT)
    expect(again.brugerid == PUPIL, "the pupil, without an institution")


def ties(port):
    staff, contact = port.ask("hentBrugersInstitutionstilknytninger", brugerid=CONTACT)
    expect(staff.instnr == INST and staff.ansat.rolle == ["Lærer"] and staff.kontakt is None, "the employee")
    expect(contact.kontakt.rolle == "Mor" and contact.ansat is None and contact.elev is None, "the contact person")


def agreements(port):
    expect(INST in port.ask("hentDataAftaler"), "the agreement of the institution")


def numbers(port):
    expect(port.ask("hentBrugeridFraCpr", cpr=CPR) == CONTACT, "the user")
    expect(port.ask("hentCprFraBrugerid", brugerid=CONTACT) == CPR, "the number")


PACKAGES = {"Lille": "small", "Mellem": "medium", "Fuld": "full", "FuldMyndighed": "full"}


def exports(port):
    for package, level in PACKAGES.items():
        found = port.ask("eksporterXml" + package, instnr=INST)  # zeep takes off what has one element only
        expect(found.accessLevel == level, "the package asked for")
        expect(found.Institution.InstitutionNumber == INST, "the institution asked for")
        expect(any(it.GroupId == GROUP and it.GroupType == "Hovedgruppe" for it in found.Institution.Group), "the group")
        user = (lambda it: it.Person.UserId) if port.generation == "bpi" else (lambda it: it.UNILogin.UserId)
        people = {user(it): it for it in found.Institution.InstitutionPerson if it.Person}
        expect(people[PUPIL].Student.MainGroupId == GROUP and people[PUPIL].Employee is None, "one branch of the choice")
        if package.startswith("Fuld"):
            expect(people[PUPIL].Person.protected is False, "a pupil who is not protected")
            mothers = [it for it in people[PUPIL].Student.ContactPerson if it.relation == "Mor"]
            expect(mothers and mothers[0].childCustody is True, "the mother")


def filters(port):
    if port.generation == "bpi":
        wanted = {"aktoertypeFilter": {"inkluderElever": False, "inkluderMedarbejdere": True, "inkluderEksterne": False}}
        people = port.ask("eksporterXmlLille", instnr=INST, filtre=wanted).Institution.InstitutionPerson
        expect(people and all(it.Student is None and it.Extern is None for it in people), "employees only")


def package_agreements(port):
    for package in PACKAGES:
        expect(INST in port.ask("hentDataAftaler" + package), "the agreement of the institution")


def nobody(port):
    if "wsieksport" in port.path:
        port.refused("eksporterXmlLille", "Rettigheder", **port.proof, instnr=UNKNOWN)
    elif "wsibruger" in port.path:
        expect(not port.ask("hentBrugersKontaktpersoner", instnr=UNKNOWN, brugerid=PUPIL), "no contact persons")
        expect(not port.ask("hentBrugersInstitutionstilknytninger", brugerid="nobody01"), "no institutions")
    else:
        expect(port.ask("hentBrugeridFraCpr", cpr="0000000000") is None, "no user")
        expect(port.ask("hentCprFraBrugerid", brugerid="nobody01") is None, "no number")


def fault(port):
    reason = {"bpi": "UdbydersytemIdMangler", "legacy": "BrugeridEllerPassword"}[port.generation]
    if "wsibruger" in port.path:
        port.fault("hentBrugersInstitutionstilknytninger", reason, brugerid=PUPIL)
    elif "wsieksport" in port.path:
        port.fault("eksporterXmlLille", reason, instnr=INST)
    else:
        port.fault("hentCprFraBrugerid", reason, brugerid=PUPIL)


BRUGER = {"hello": hello, "contact persons": contacts, "pupils": pupils, "institutions": ties, "agreements": agreements}
IDENTIFIKATION = {"hello": hello, "numbers": numbers}
EKSPORT = {"hello": hello, "exports": exports, "filters": filters, "agreements": package_agreements}
SERVICES = [
    ("/bpi/wsibruger/7", "bpi", BRUGER),
    ("/wsibruger-v6/ws", "legacy", BRUGER),
    ("/bpi/wsiidentifikation/6", "bpi", IDENTIFIKATION),
    ("/wsiidentifikation-v5/ws", "legacy", IDENTIFIKATION),
    ("/bpi/wsieksport/7", "bpi", EKSPORT),
    ("/wsieksport-v6/ws", "legacy", EKSPORT),
]
for path, generation, questions in SERVICES:
    port = Port(path, generation)
    for what, body in {**questions, "nobody": nobody, "fault": fault}.items():
        check(f"{path} {what}", lambda: body(port))
sys.exit(failures > 0)
