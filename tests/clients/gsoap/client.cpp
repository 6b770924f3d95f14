// Calls every operation of wsiINST 6 with gSOAP.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>

#include "WsiInstSoap.nsmap"
#include "soapWsiInstSoapProxy.h"

namespace {

std::string demo(const char *name) { return std::getenv((std::string("DEMO_") + name).c_str()); }

const std::string SYSTEM = demo("SYSTEM"), INST = demo("INST"), OTHER = demo("OTHER_INST"), MAIN = demo("MAIN_INST"),
                  UNKNOWN = demo("UNKNOWN_INST"), GROUP = demo("GROUP"), PUPIL = demo("PUPIL"), STAFF = demo("STAFF");

WsiInstSoapProxy proxy;
int failures = 0;

void expect(bool condition, const std::string &what) {
    if (!condition) throw std::runtime_error(what);
}

template <typename List, typename Value> bool has(const List &list, const Value &value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

// gSOAP forgets the header after each call.
void sign_on() {
    static ns2__UdbydersystemIdType id;
    id.__item = SYSTEM;
    proxy.soap_header(&id);
}

void done(int status) {
    if (status != SOAP_OK) {
        char text[1000];
        throw std::runtime_error(proxy.soap_sprint_fault(text, sizeof text));
    }
}

void check(const std::string &name, const std::function<void()> &body) {
    try {
        sign_on();
        body();
        std::cout << "ok " << name << "\n";
    } catch (const std::exception &error) {
        ++failures;
        std::string what = error.what();
        std::replace(what.begin(), what.end(), '\n', ' ');
        std::cout << "FAIL " << name << ": " << what << "\n";
    }
}

void hello() {
    ns2__NoArgs request;
    ns2__HelloWorldResponse answer;
    done(proxy.helloWorldWithCertificate(&request, answer));
    expect(answer.helloWorldResult.find(SYSTEM) != std::string::npos, "the greeting names the system");
}

void groups() {
    ns1__HentGrupper request;
    request.instnr = INST;
    ns1__HentGrupperResponse answer;
    done(proxy.hentGrupper(&request, answer));
    bool found = false;
    expect(!answer.gruppe.empty(), "groups");
    for (const auto *group : answer.gruppe) {
        expect(group->instnr == INST, "groups of the institution");
        found |= group->gruppeid == GROUP && group->gruppetype == ns1__Gruppetype__Hovedgruppe;
    }
    expect(found, "the demo group");
}

void members() {
    ns1__HentBrugereIGruppe request;
    request.instnr = INST;
    request.gruppeid = GROUP;
    ns1__HentBrugereIGruppeResponse answer;
    done(proxy.hentBrugereIGruppe(&request, answer));
    const auto &all = answer.brugertilknytning;
    auto pupil = std::find_if(all.begin(), all.end(), [](const auto *user) { return user->brugerid == PUPIL; });
    expect(pupil != all.end(), "the pupil");
    expect((*pupil)->__union_Brugertilknytning == SOAP_UNION__ns1__union_Brugertilknytning_elev, "the choice elev");
    expect((*pupil)->union_Brugertilknytning.elev->rolle == ns2__Elevrolle__Elev, "the pupil's role");
}

void institution() {
    ns1__HentInstitution request;
    request.instnr = INST;
    ns1__HentInstitutionResponse answer;
    done(proxy.hentInstitution(&request, answer));
    expect(answer.institution && answer.institution->instnr == INST, "number");
    expect(answer.institution->instnavn && !answer.institution->instnavn->empty(), "name");
}

void institutions() {
    ns1__HentInstitutioner request;
    request.instnr = {INST, OTHER};
    ns1__HentInstitutionerResponse answer;
    done(proxy.hentInstitutioner(&request, answer));
    std::vector<std::string> found;
    for (const auto *item : answer.institution) found.push_back(item->instnr);
    expect(found.size() == 2 && has(found, INST) && has(found, OTHER), "both institutions");
}

void user() {
    ns1__HentInstBruger request;
    std::string inst = INST;
    request.instnr = &inst;
    request.brugerid = PUPIL;
    ns1__HentInstBrugerResponse answer;
    done(proxy.hentInstBruger(&request, answer));
    expect(answer.instBruger.size() == 1, "one pupil");
    const auto *pupil = answer.instBruger.front();
    expect(pupil->instnr == INST && pupil->brugerid == PUPIL && !pupil->navn.empty(), "the pupil");
    expect(pupil->__union_Instbruger == SOAP_UNION__ns1__union_Instbruger_elev, "the choice elev");
    expect(pupil->union_Instbruger.elev->hovedgruppeid == GROUP, "the pupil's main group");

    sign_on();
    request.instnr = nullptr;
    request.brugerid = STAFF;
    ns1__HentInstBrugerResponse second;
    done(proxy.hentInstBruger(&request, second));
    expect(!second.instBruger.empty(), "the employee");
    const auto *staff = second.instBruger.front();
    expect(staff->__union_Instbruger == SOAP_UNION__ns1__union_Instbruger_ansat, "the choice ansat");
    expect(!staff->union_Instbruger.ansat->rolle.empty(), "the employee's roles");
}

void agreements() {
    ns2__NoArgs request;
    ns2__HentDataAftalerResponse answer;
    done(proxy.hentDataAftaler(&request, answer));
    expect(has(answer.regnr, INST), "the agreement of the institution");
}

void hierarchy() {
    ns1__HentInstitutionshierarki request;
    request.instnr = INST;
    ns1__HentInstitutionshierarkiResponse answer;
    done(proxy.hentInstitutionshierarki(&request, answer));
    const auto *found = answer.institutionshierarki;
    expect(found && found->mainInstitution && *found->mainInstitution == MAIN, "the main institution");
    expect(has(found->department, INST), "the departments");
}

void empty() {
    ns1__HentGrupper request;
    request.instnr = UNKNOWN;
    ns1__HentGrupperResponse answer;
    done(proxy.hentGrupper(&request, answer));
    expect(answer.gruppe.empty(), "no groups");

    sign_on();
    ns1__HentInstitution institution_request;
    institution_request.instnr = UNKNOWN;
    ns1__HentInstitutionResponse institution_answer;
    done(proxy.hentInstitution(&institution_request, institution_answer));
    expect(!institution_answer.institution, "no institution");
}

void fault() {
    ns1__HentGrupper request;
    request.instnr = INST;
    ns1__HentGrupperResponse answer;
    proxy.soap_noheader();
    expect(proxy.hentGrupper(&request, answer) != SOAP_OK, "no fault");
    const auto *fault = proxy.soap_fault();
    expect(fault && fault->SOAP_ENV__Detail && fault->SOAP_ENV__Detail->ns2__authentificationError, "the detail");
    expect(fault->SOAP_ENV__Detail->ns2__authentificationError->type ==
               _ns2__AuthentificationError_type__UdbydersytemIdMangler,
           "the type");
    const char *subcode = proxy.soap_fault_subcode();
    expect(subcode && std::string(subcode) == "ns2:UdbydersytemIdMangler", "the subcode");
    expect(proxy.soap_fault_string(), "the reason");
}

} // namespace

int main() {
    std::cout << "version " << GSOAP_VERSION / 100000 << "." << GSOAP_VERSION / 1000 % 100 << "." << GSOAP_VERSION % 1000
              << "\n";
    check("helloWorldWithCertificate", hello);
    check("hentGrupper", groups);
    check("hentBrugereIGruppe", members);
    check("hentInstitution", institution);
    check("hentInstitutioner", institutions);
    check("hentInstBruger", user);
    check("hentDataAftaler", agreements);
    check("hentInstitutionshierarki", hierarchy);
    check("empty answer", empty);
    check("fault", fault);
    return failures ? 1 : 0;
}
