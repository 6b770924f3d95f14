import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.xml.ws.WebServiceException;
import javax.xml.ws.soap.SOAPFaultException;

import https.brugerdatabasen_stil_dk.bpi.common._3.Elevrolle;
import https.brugerdatabasen_stil_dk.bpi.common._3.UdbydersystemIdType;
import https.brugerdatabasen_stil_dk.bpi.wsiinst._6.*;

/** Calls every operation of wsiINST 6 with the JAX-WS reference implementation. */
public final class Client {
    private static final String SYSTEM = demo("SYSTEM");
    private static final String INST = demo("INST");
    private static final String OTHER = demo("OTHER_INST");
    private static final String MAIN = demo("MAIN_INST");
    private static final String UNKNOWN = demo("UNKNOWN_INST");
    private static final String GROUP = demo("GROUP");
    private static final String PUPIL = demo("PUPIL");
    private static final String STAFF = demo("STAFF");

    private static int failures;

    private interface Check {
        void run() throws Exception;
    }

    private static String demo(String name) {
        return System.getenv("DEMO_" + name);
    }

    private static void expect(boolean condition, String what) {
        if (!condition) {
            throw new IllegalStateException(what);
        }
    }

    private static void check(String name, Check body) {
        try {
            body.run();
            System.out.println("ok " + name);
        } catch (Exception error) {
            failures++;
            System.out.println("FAIL " + name + ": " + error.toString().split("\n")[0]);
        }
    }

    private static WsiInstPortType connect(String wsdl) throws Exception {
        try {
            return new WsiInst(new URL(wsdl)).getWsiInstPort();
        } catch (WebServiceException error) {
            System.out.println("FAIL wsdl: " + error.getMessage() + " " + error.getCause().getMessage());
            System.exit(1);
            throw error;
        }
    }

    public static void main(String[] args) throws Exception {
        System.out.println("version " + com.sun.xml.ws.util.RuntimeVersion.VERSION.BUILD_VERSION.replaceAll("[^0-9.]", ""));
        WsiInstPortType port = connect(args[0]);
        UdbydersystemIdType id = new UdbydersystemIdType();
        id.setValue(SYSTEM);

        check("helloWorldWithCertificate", () ->
            expect(port.helloWorldWithCertificate(id).contains(SYSTEM), "the greeting names the system"));
        check("hentGrupper", () -> {
            List<Gruppe> found = port.hentGrupper(INST, id);
            expect(!found.isEmpty() && found.stream().allMatch(g -> g.getInstnr().equals(INST)), "groups of the institution");
            expect(found.stream().anyMatch(g -> g.getGruppeid().equals(GROUP) && g.getGruppetype() == Gruppetype.HOVEDGRUPPE), "the demo group");
        });
        check("hentBrugereIGruppe", () -> {
            Map<String, Brugertilknytning> found = port.hentBrugereIGruppe(INST, GROUP, id).stream()
                .collect(Collectors.toMap(Brugertilknytning::getBrugerid, Function.identity()));
            Brugertilknytning pupil = found.get(PUPIL);
            expect(pupil.getElev().getRolle() == Elevrolle.ELEV, "the pupil's role");
            expect(pupil.getAnsat() == null && pupil.getEkstern() == null, "one branch of the choice");
        });
        check("hentInstitution", () -> {
            Institution found = port.hentInstitution(INST, id);
            expect(found.getInstnr().equals(INST) && !found.getInstnavn().isEmpty(), "number and name");
        });
        check("hentInstitutioner", () -> {
            List<String> found = new ArrayList<>();
            port.hentInstitutioner(List.of(INST, OTHER), id).forEach(i -> found.add(i.getInstnr()));
            expect(found.size() == 2 && found.containsAll(List.of(INST, OTHER)), "both institutions");
        });
        check("hentInstBruger", () -> {
            Instbruger pupil = port.hentInstBruger(INST, PUPIL, id).get(0);
            expect(pupil.getInstnr().equals(INST) && pupil.getBrugerid().equals(PUPIL) && !pupil.getNavn().isEmpty(), "the pupil");
            expect(pupil.getElev().getHovedgruppeid().equals(GROUP) && pupil.getAnsat() == null, "the pupil's main group");
            Instbruger staff = port.hentInstBruger(null, STAFF, id).get(0);
            List<?> roles = staff.getAnsat().getRolle();
            expect(staff.getElev() == null && !roles.isEmpty() && !roles.contains(null), "the employee's roles");
        });
        check("hentDataAftaler", () ->
            expect(port.hentDataAftaler(id).contains(INST), "the agreement of the institution"));
        check("hentInstitutionshierarki", () -> {
            Institutionshierarki found = port.hentInstitutionshierarki(INST, id);
            expect(found.getMainInstitution().equals(MAIN) && found.getDepartment().contains(INST), "main and departments");
        });
        check("empty answer", () -> {
            expect(port.hentGrupper(UNKNOWN, id).isEmpty(), "no groups");
            expect(port.hentInstitution(UNKNOWN, id) == null, "no institution");
        });
        check("fault", () -> {
            try {
                port.hentGrupper(INST, null);
            } catch (AuthentificationFault fault) {
                expect(fault.getFaultInfo().getType().equals("UdbydersytemIdMangler"), "the type");
                expect(!fault.getMessage().isEmpty(), "the reason");
                // The typed exception hides the subcode; its cause, where there is one, has it.
                if (fault.getCause() instanceof SOAPFaultException) {
                    expect(((SOAPFaultException) fault.getCause()).getFault().getFaultSubcodes().next().toString()
                        .endsWith("}UdbydersytemIdMangler"), "the subcode");
                }
                return;
            }
            expect(false, "no fault");
        });
        System.exit(failures > 0 ? 1 : 0);
    }
}
