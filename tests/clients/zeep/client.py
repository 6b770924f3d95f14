"""Calls every operation of wsiINST 6 with zeep."""

import os
import sys

import zeep
from lxml import etree

SYSTEM, INST, OTHER, MAIN, UNKNOWN, GROUP, PUPIL, STAFF = (
    os.environ["DEMO_" + name]
    for name in ("SYSTEM", "INST", "OTHER_INST", "MAIN_INST", "UNKNOWN_INST", "GROUP", "PUPIL", "STAFF")
)
COMMON = "https://brugerdatabasen.stil.dk/bpi/common/3"
STAFF_ROLES = {"Lærer", "Pædagog", "Vikar", "Leder", "Ledelse", "TAP", "Konsulent"}

print("version", zeep.__version__)
service = zeep.Client(sys.argv[1]).service
header = {"_soapheaders": {"UdbydersystemId": SYSTEM}}
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


def hello():
    expect(SYSTEM in service.helloWorldWithCertificate(**header), "the greeting names the system")


def groups():
    found = service.hentGrupper(instnr=INST, **header)
    expect(found, "groups")
    expect(all(g.instnr == INST for g in found), "the institution asked for")
    expect(any(g.gruppeid == GROUP and g.gruppetype == "Hovedgruppe" for g in found), "the demo group")


def members():
    found = {b.brugerid: b for b in service.hentBrugereIGruppe(instnr=INST, gruppeid=GROUP, **header)}
    expect(found[PUPIL].elev.rolle == "Elev", "the pupil's role")
    expect(found[PUPIL].ansat is None and found[PUPIL].ekstern is None, "one branch of the choice")


def institution():
    found = service.hentInstitution(instnr=INST, **header)
    expect(found.instnr == INST and found.instnavn, "number and name")


def institutions():
    found = service.hentInstitutioner(instnr=[INST, OTHER], **header)
    expect({i.instnr for i in found} == {INST, OTHER}, "both institutions")


def user():
    (pupil,) = service.hentInstBruger(instnr=INST, brugerid=PUPIL, **header)
    expect(pupil.instnr == INST and pupil.brugerid == PUPIL and pupil.navn, "the pupil")
    expect(pupil.elev.hovedgruppeid == GROUP and pupil.ansat is None, "the pupil's main group")
    staff = service.hentInstBruger(brugerid=STAFF, **header)[0]
    expect(staff.elev is None and staff.ansat.rolle and set(staff.ansat.rolle) <= STAFF_ROLES, "the employee's roles")


def agreements():
    expect(INST in service.hentDataAftaler(**header), "the agreement of the institution")


def hierarchy():
    found = service.hentInstitutionshierarki(instnr=INST, **header)
    expect(found.mainInstitution == MAIN and INST in found.department, "main institution and departments")


def empty():
    expect(not service.hentGrupper(instnr=UNKNOWN, **header), "no groups")
    expect(service.hentInstitution(instnr=UNKNOWN, **header) is None, "no institution")


def fault():
    try:
        service.hentGrupper(instnr=INST)
    except zeep.exceptions.Fault as raised:
        expect(etree.QName(COMMON, "UdbydersytemIdMangler") in raised.subcodes, f"subcode, not {raised.subcodes}")
        kind = raised.detail.findtext(f"{{{COMMON}}}authentificationError/{{{COMMON}}}type")
        expect(kind == "UdbydersytemIdMangler", f"type, not {kind}")
        expect(raised.message, "reason")
    else:
        raise AssertionError("no fault")


check("helloWorldWithCertificate", hello)
check("hentGrupper", groups)
check("hentBrugereIGruppe", members)
check("hentInstitution", institution)
check("hentInstitutioner", institutions)
check("hentInstBruger", user)
check("hentDataAftaler", agreements)
check("hentInstitutionshierarki", hierarchy)
check("empty answer", empty)
check("fault", fault)
sys.exit(failures > 0)
