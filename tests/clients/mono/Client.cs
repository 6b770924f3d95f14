using System;
using System.Linq;
using System.Runtime.Serialization;
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.Text;
using System.Xml.Serialization;
using Unilogin;

// The service contract as svcutil writes it; Mono's svcutil gives no contract for a SOAP 1.2 binding.
// The types of the elements are generated from the served schemas.
static class Names
{
    public const string Common = "https://brugerdatabasen.stil.dk/bpi/common/3";
    public const string Target = "https://brugerdatabasen.stil.dk/bpi/wsiinst/6";
}

// Some elements share a schema type; Mono names an element after its type, so each of these needs a type of its own.
[XmlRoot("helloWorldWithCertificate", Namespace = Names.Common)]
public class Hello : NoArgs { }
[XmlRoot("helloWorldWithCertificateResponse", Namespace = Names.Common)]
public class HelloAnswer : HelloWorldResponse { }
[XmlRoot("hentDataAftaler", Namespace = Names.Common)]
public class Agreements : NoArgs { }

// Mono reads the detail of a fault by its data contract, whatever the format of the operation.
[DataContract(Name = "authentificationError", Namespace = Names.Common)]
public class AuthentificationErrorDetail { [DataMember] public string type; }

[MessageContract(IsWrapped = false)]
public class HelloIn { [MessageBodyMember(Namespace = Names.Common)] public Hello helloWorldWithCertificate = new Hello(); }
[MessageContract(IsWrapped = false)]
public class HelloOut { [MessageBodyMember(Namespace = Names.Common)] public HelloAnswer helloWorldWithCertificateResponse; }
[MessageContract(IsWrapped = false)]
public class AgreementsIn { [MessageBodyMember(Namespace = Names.Common)] public Agreements hentDataAftaler = new Agreements(); }
[MessageContract(IsWrapped = false)]
public class AgreementsOut { [MessageBodyMember(Namespace = Names.Common)] public HentDataAftalerResponse hentDataAftalerResponse; }
[MessageContract(IsWrapped = false)]
public class GroupsIn { [MessageBodyMember(Namespace = Names.Target)] public HentGrupper hentGrupper; }
[MessageContract(IsWrapped = false)]
public class GroupsOut { [MessageBodyMember(Namespace = Names.Target)] public HentGrupperResponse hentGrupperResponse; }
[MessageContract(IsWrapped = false)]
public class MembersIn { [MessageBodyMember(Namespace = Names.Target)] public HentBrugereIGruppe hentBrugereIGruppe; }
[MessageContract(IsWrapped = false)]
public class MembersOut { [MessageBodyMember(Namespace = Names.Target)] public HentBrugereIGruppeResponse hentBrugereIGruppeResponse; }
[MessageContract(IsWrapped = false)]
public class InstitutionIn { [MessageBodyMember(Namespace = Names.Target)] public HentInstitution hentInstitution; }
[MessageContract(IsWrapped = false)]
public class InstitutionOut { [MessageBodyMember(Namespace = Names.Target)] public HentInstitutionResponse hentInstitutionResponse; }
[MessageContract(IsWrapped = false)]
public class InstitutionsIn { [MessageBodyMember(Namespace = Names.Target)] public HentInstitutioner hentInstitutioner; }
[MessageContract(IsWrapped = false)]
public class InstitutionsOut { [MessageBodyMember(Namespace = Names.Target)] public HentInstitutionerResponse hentInstitutionerResponse; }
[MessageContract(IsWrapped = false)]
public class UserIn { [MessageBodyMember(Namespace = Names.Target)] public HentInstBruger hentInstBruger; }
[MessageContract(IsWrapped = false)]
public class UserOut { [MessageBodyMember(Namespace = Names.Target)] public HentInstBrugerResponse hentInstBrugerResponse; }
[MessageContract(IsWrapped = false)]
public class HierarchyIn { [MessageBodyMember(Namespace = Names.Target)] public HentInstitutionshierarki hentInstitutionshierarki; }
[MessageContract(IsWrapped = false)]
public class HierarchyOut { [MessageBodyMember(Namespace = Names.Target)] public HentInstitutionshierarkiResponse hentInstitutionshierarkiResponse; }

[ServiceContract(Namespace = Names.Target)]
public interface WsiInstPortType
{
    [OperationContract(Action = Names.Target + "/helloWorldWithCertificate", ReplyAction = "*"), XmlSerializerFormat]
    [FaultContract(typeof(AuthentificationErrorDetail))]
    HelloOut helloWorldWithCertificate(HelloIn request);

    [OperationContract(Action = Names.Target + "/hentGrupper", ReplyAction = "*"), XmlSerializerFormat]
    [FaultContract(typeof(AuthentificationErrorDetail))]
    GroupsOut hentGrupper(GroupsIn request);

    [OperationContract(Action = Names.Target + "/hentBrugereIGruppe", ReplyAction = "*"), XmlSerializerFormat]
    [FaultContract(typeof(AuthentificationErrorDetail))]
    MembersOut hentBrugereIGruppe(MembersIn request);

    [OperationContract(Action = Names.Target + "/hentInstitution", ReplyAction = "*"), XmlSerializerFormat]
    [FaultContract(typeof(AuthentificationErrorDetail))]
    InstitutionOut hentInstitution(InstitutionIn request);

    [OperationContract(Action = Names.Target + "/hentInstitutioner", ReplyAction = "*"), XmlSerializerFormat]
    [FaultContract(typeof(AuthentificationErrorDetail))]
    InstitutionsOut hentInstitutioner(InstitutionsIn request);

    [OperationContract(Action = Names.Target + "/hentInstBruger", ReplyAction = "*"), XmlSerializerFormat]
    [FaultContract(typeof(AuthentificationErrorDetail))]
    UserOut hentInstBruger(UserIn request);

    [OperationContract(Action = Names.Target + "/hentDataAftaler", ReplyAction = "*"), XmlSerializerFormat]
    [FaultContract(typeof(AuthentificationErrorDetail))]
    AgreementsOut hentDataAftaler(AgreementsIn request);

    [OperationContract(Action = Names.Target + "/hentInstitutionshierarki", ReplyAction = "*"), XmlSerializerFormat]
    [FaultContract(typeof(AuthentificationErrorDetail))]
    HierarchyOut hentInstitutionshierarki(HierarchyIn request);
}

// Calls every operation of wsiINST 6 with Mono's WCF.
static class Client
{
    static readonly string System_ = Demo("SYSTEM"), Inst = Demo("INST"), Other = Demo("OTHER_INST"), Main_ = Demo("MAIN_INST"),
        Unknown = Demo("UNKNOWN_INST"), Group = Demo("GROUP"), Pupil = Demo("PUPIL"), Staff = Demo("STAFF");

    static WsiInstPortType port;
    static int failures;

    static string Demo(string name) { return Environment.GetEnvironmentVariable("DEMO_" + name); }

    static void Expect(bool condition, string what) { if (!condition) throw new InvalidOperationException(what); }

    static void Check(string name, Action body, bool header = true)
    {
        try
        {
            using (new OperationContextScope((IContextChannel)port))
            {
                if (header)
                    OperationContext.Current.OutgoingMessageHeaders.Add(MessageHeader.CreateHeader("UdbydersystemId", Names.Common, System_));
                body();
            }
            Console.WriteLine("ok " + name);
        }
        catch (Exception error)
        {
            failures++;
            Console.WriteLine("FAIL {0}: {1}: {2}", name, error.GetType().Name, error.Message.Split('\n')[0]);
        }
    }

    static T[] Items<T>(T[] list) { return list ?? new T[0]; }

    static int Main(string[] args)
    {
        var display = Type.GetType("Mono.Runtime").GetMethod("GetDisplayName", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static);
        Console.WriteLine("version " + ((string)display.Invoke(null, null)).Split(' ')[0]);
        var binding = new CustomBinding(
            new TextMessageEncodingBindingElement(MessageVersion.CreateVersion(EnvelopeVersion.Soap12, AddressingVersion.None), Encoding.UTF8),
            new HttpTransportBindingElement());
        port = new ChannelFactory<WsiInstPortType>(binding, new EndpointAddress(args[0])).CreateChannel();

        Check("helloWorldWithCertificate", () =>
        {
            var answer = port.helloWorldWithCertificate(new HelloIn()).helloWorldWithCertificateResponse;
            Expect(answer.helloWorldResult.Contains(System_), "the greeting names the system");
        });
        Check("hentGrupper", () =>
        {
            var found = Groups(Inst);
            Expect(found.Length > 0 && found.All(g => g.instnr == Inst), "groups of the institution");
            Expect(found.Any(g => g.gruppeid == Group && g.gruppetype == Gruppetype.Hovedgruppe), "the demo group");
        });
        Check("hentBrugereIGruppe", () =>
        {
            var request = new MembersIn { hentBrugereIGruppe = new HentBrugereIGruppe { instnr = Inst, gruppeid = Group } };
            var found = Items(port.hentBrugereIGruppe(request).hentBrugereIGruppeResponse.brugertilknytning);
            var pupil = (BrugertilknytningElev)found.Single(b => b.brugerid == Pupil).Item;
            Expect(pupil.rolle == Elevrolle.Elev, "the pupil's role");
        });
        Check("hentInstitution", () =>
        {
            var found = Institution(Inst);
            Expect(found.instnr == Inst && found.instnavn != "", "number and name");
        });
        Check("hentInstitutioner", () =>
        {
            var request = new InstitutionsIn { hentInstitutioner = new HentInstitutioner { instnr = new[] { Inst, Other } } };
            var found = Items(port.hentInstitutioner(request).hentInstitutionerResponse.institution).Select(i => i.instnr).ToArray();
            Expect(found.Length == 2 && found.Contains(Inst) && found.Contains(Other), "both institutions");
        });
        Check("hentInstBruger", () =>
        {
            var pupil = User(Inst, Pupil);
            Expect(pupil.instnr == Inst && pupil.brugerid == Pupil && pupil.navn != "", "the pupil");
            Expect(((Elev)pupil.Item).hovedgruppeid == Group, "the pupil's main group");
            Expect(((Ansat)User(null, Staff).Item).rolle.Length > 0, "the employee's roles");
        });
        Check("hentDataAftaler", () =>
        {
            var found = port.hentDataAftaler(new AgreementsIn()).hentDataAftalerResponse.regnr;
            Expect(Items(found).Contains(Inst), "the agreement of the institution");
        });
        Check("hentInstitutionshierarki", () =>
        {
            var request = new HierarchyIn { hentInstitutionshierarki = new HentInstitutionshierarki { instnr = Inst } };
            var found = port.hentInstitutionshierarki(request).hentInstitutionshierarkiResponse.institutionshierarki;
            Expect(found.mainInstitution == Main_ && Items(found.department).Contains(Inst), "main and departments");
        });
        Check("empty answer", () =>
        {
            Expect(Groups(Unknown).Length == 0, "no groups");
            Expect(Institution(Unknown) == null, "no institution");
        });
        Check("fault", () =>
        {
            try
            {
                Groups(Inst);
            }
            catch (FaultException<AuthentificationErrorDetail> fault)
            {
                Expect(fault.Detail.type == "UdbydersytemIdMangler", "the type");
                Expect(fault.Code.SubCode.Name == "UdbydersytemIdMangler" && fault.Code.SubCode.Namespace == Names.Common, "the subcode");
                Expect(fault.Reason.ToString() != "", "the reason");
                return;
            }
            Expect(false, "no fault");
        }, header: false);
        return failures > 0 ? 1 : 0;
    }

    static Gruppe[] Groups(string inst)
    {
        var request = new GroupsIn { hentGrupper = new HentGrupper { instnr = inst } };
        return Items(port.hentGrupper(request).hentGrupperResponse.gruppe);
    }

    static Institution Institution(string inst)
    {
        var request = new InstitutionIn { hentInstitution = new HentInstitution { instnr = inst } };
        return port.hentInstitution(request).hentInstitutionResponse.institution;
    }

    static Instbruger User(string inst, string id)
    {
        var request = new UserIn { hentInstBruger = new HentInstBruger { instnr = inst, brugerid = id } };
        return port.hentInstBruger(request).hentInstBrugerResponse.instBruger[0];
    }
}
