// Calls every operation of wsiINST 6 with KDSoap.
#include <algorithm>
#include <iostream>
#include <stdexcept>

#include <QCoreApplication>
#include <QEventLoop>

#include "wsdl_wsiinst.h"

namespace {

QString demo(const char *name) { return qEnvironmentVariable((QByteArray("DEMO_") + name).constData()); }

const QString SYSTEM = demo("SYSTEM"), INST = demo("INST"), OTHER = demo("OTHER_INST"), MAIN = demo("MAIN_INST"),
              UNKNOWN = demo("UNKNOWN_INST"), GROUP = demo("GROUP"), PUPIL = demo("PUPIL"), STAFF = demo("STAFF");

int failures = 0;

void expect(bool condition, const QString &what) {
    if (!condition) throw std::runtime_error(what.toStdString());
}

class Client {
    WsiInst service;

    void done() { expect(service.lastError().isEmpty(), service.lastFaultCode() + " " + service.lastError()); }

    static QString text(const UNI__Regnr &value) { return UNI__NonEmptyToken(value); }

    QList<TNS__Gruppe> groups_of(const QString &inst) {
        TNS__HentGrupper request;
        request.setInstnr(inst);
        const auto answer = service.hentGrupper(request);
        done();
        return answer.gruppe();
    }

    TNS__HentInstitutionResponse institution_of(const QString &inst) {
        TNS__HentInstitution request;
        request.setInstnr(inst);
        const auto answer = service.hentInstitution(request);
        done();
        return answer;
    }

    QList<TNS__Instbruger> user_of(const QString &inst, const QString &id) {
        TNS__HentInstBruger request;
        if (!inst.isEmpty()) request.setInstnr(inst);
        request.setBrugerid(id);
        const auto answer = service.hentInstBruger(request);
        done();
        expect(!answer.instBruger().isEmpty(), "a user");
        return answer.instBruger();
    }

public:
    Client() { service.setUdbydersystemIdHeader(UNI__UdbydersystemIdType(SYSTEM)); }

    void hello() {
        const auto answer = service.helloWorldWithCertificate();
        done();
        expect(answer.helloWorldResult().contains(SYSTEM), "the greeting names the system");
    }

    void groups() {
        const auto found = groups_of(INST);
        expect(!found.isEmpty(), "groups");
        expect(std::all_of(found.begin(), found.end(), [](const auto &g) { return text(g.instnr()) == INST; }),
               "groups of the institution");
        expect(std::any_of(found.begin(), found.end(),
                           [](const auto &g) {
                               return g.gruppeid() == GROUP && g.gruppetype() == TNS__Gruppetype::Hovedgruppe;
                           }),
               "the demo group");
    }

    void members() {
        TNS__HentBrugereIGruppe request;
        request.setInstnr(INST);
        request.setGruppeid(GROUP);
        const auto found = service.hentBrugereIGruppe(request).brugertilknytning();
        done();
        const auto pupil = std::find_if(found.begin(), found.end(), [](const auto &b) { return b.brugerid() == PUPIL; });
        expect(pupil != found.end(), "the pupil");
        expect(pupil->hasValueForElev() && !pupil->hasValueForAnsat(), "the choice elev");
        expect(pupil->elev().rolle() == UNI__Elevrolle::Elev, "the pupil's role");
    }

    void institution() {
        const auto found = institution_of(INST).institution();
        expect(found.instnr() == INST && !found.instnavn().isEmpty(), "number and name");
    }

    void institutions() {
        TNS__HentInstitutioner request;
        request.setInstnr({INST, OTHER});
        const auto answer = service.hentInstitutioner(request);
        done();
        QStringList found;
        for (const auto &item : answer.institution()) found << item.instnr();
        expect(found.size() == 2 && found.contains(INST) && found.contains(OTHER), "both institutions");
    }

    void user() {
        const auto pupil = user_of(INST, PUPIL).first();
        expect(pupil.instnr() == INST && pupil.brugerid() == PUPIL && !pupil.navn().isEmpty(), "the pupil");
        expect(pupil.hasValueForElev() && pupil.elev().hovedgruppeid() == GROUP, "the pupil's main group");
        const auto staff = user_of({}, STAFF).first();
        expect(staff.hasValueForAnsat() && !staff.hasValueForElev(), "the choice ansat");
        expect(!staff.ansat().rolle().isEmpty(), "the employee's roles");
    }

    void agreements() {
        const auto found = service.hentDataAftaler().regnr();
        done();
        expect(std::any_of(found.begin(), found.end(), [](const auto &number) { return text(number) == INST; }),
               "the agreement of the institution");
    }

    void hierarchy() {
        TNS__HentInstitutionshierarki request;
        request.setInstnr(INST);
        const auto found = service.hentInstitutionshierarki(request).institutionshierarki();
        done();
        expect(found.mainInstitution() == MAIN && found.department().contains(INST), "main and departments");
    }

    void empty() {
        expect(groups_of(UNKNOWN).isEmpty(), "no groups");
        expect(!institution_of(UNKNOWN).hasValueForInstitution(), "no institution");
    }

    void fault() {
        service.clearUdbydersystemIdHeader();
        TNS__HentGrupper request;
        request.setInstnr(INST);
        HentGrupperJob job(&service);
        job.setAutoDelete(false);
        job.setParameters(request);
        QEventLoop loop;
        QObject::connect(&job, &KDSoapJob::finished, &loop, &QEventLoop::quit);
        job.start();
        loop.exec();
        expect(job.isFault(), "no fault");
        const auto parts = job.reply().childValues();
        const auto subcode = parts.child("Code").childValues().child("Subcode").childValues().child("Value");
        expect(subcode.value().toString().endsWith(":UdbydersytemIdMangler"), "the subcode");
        const auto detail = parts.child("Detail").childValues().child("authentificationError");
        expect(detail.childValues().child("type").value().toString() == "UdbydersytemIdMangler", "the type");
        expect(!parts.child("Reason").childValues().child("Text").value().toString().isEmpty(), "the reason");
    }
};

} // namespace

int main(int count, char **arguments) {
    QCoreApplication application(count, arguments);
    std::cout << "version " << (count > 1 ? arguments[1] : "") << std::endl;
    Client client;
    const std::pair<const char *, void (Client::*)()> checks[] = {
        {"helloWorldWithCertificate", &Client::hello},
        {"hentGrupper", &Client::groups},
        {"hentBrugereIGruppe", &Client::members},
        {"hentInstitution", &Client::institution},
        {"hentInstitutioner", &Client::institutions},
        {"hentInstBruger", &Client::user},
        {"hentDataAftaler", &Client::agreements},
        {"hentInstitutionshierarki", &Client::hierarchy},
        {"empty answer", &Client::empty},
        {"fault", &Client::fault},
    };
    for (const auto &[name, body] : checks) {
        try {
            (client.*body)();
            std::cout << "ok " << name << std::endl;
        } catch (const std::exception &error) {
            ++failures;
            std::cout << "FAIL " << name << ": " << error.what() << std::endl;
        }
    }
    return failures ? 1 : 0;
}
