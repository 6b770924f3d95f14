import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.logging.LogManager;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.ws.security.WSConstants;
import org.apache.ws.security.WSDataRef;
import org.apache.ws.security.WSEncryptionPart;
import org.apache.ws.security.WSSecurityEngine;
import org.apache.ws.security.WSSecurityEngineResult;
import org.apache.ws.security.components.crypto.Merlin;
import org.apache.ws.security.message.WSSecHeader;
import org.apache.ws.security.message.WSSecSignature;
import org.apache.ws.security.message.WSSecTimestamp;
import org.w3c.dom.Document;

/**
 * Signs questions and verifies answers with Apache WSS4J, by which the real services are made, and trusts by the demo's root.
 * Usage: WithWss4j BASE_URL, or --to FILE [token], or --judge FOLDER.
 */
public class WithWss4j {
  static final Path PKI = Path.of(System.getenv("DEMO_PKI"));
  static final String SOAP = "http://www.w3.org/2003/05/soap-envelope";
  static final String WSA = "http://www.w3.org/2005/08/addressing";
  static final String COMMON = "https://brugerdatabasen.stil.dk/bpi/common/3";
  static final String INSTITUTIONS = "https://brugerdatabasen.stil.dk/bpi/wsiinst/6";
  static final String SYSTEM = System.getenv("DEMO_SYSTEM"), INST = System.getenv("DEMO_INST");
  static final String GROUP = System.getenv("DEMO_GROUP"), PUPIL = System.getenv("DEMO_PUPIL");
  // What is asked: the namespace of the question, its content, and what the answer must contain.
  static final Map<String, String[]> QUESTIONS = Map.of(
      "helloWorldWithCertificate", new String[] {COMMON, "", SYSTEM},
      "hentGrupper", new String[] {INSTITUTIONS, "<q:instnr>" + INST + "</q:instnr>", ">" + GROUP + "<"},
      "hentInstBruger", new String[] {INSTITUTIONS,
          "<q:instnr>" + INST + "</q:instnr><q:brugerid>" + PUPIL + "</q:brugerid>", ">" + PUPIL + "<"});

  static Merlin own() throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream file = Files.newInputStream(PKI.resolve("demo-client.p12"))) {
      keys.load(file, "demo".toCharArray());
    }
    Merlin crypto = new Merlin();
    crypto.setKeyStore(keys);
    return crypto;
  }

  static Merlin trusted() throws Exception {
    KeyStore trust = KeyStore.getInstance("PKCS12");
    trust.load(null, null);
    for (String name : List.of("demo-root", "demo-issuing")) {
      byte[] pem = Files.readAllBytes(PKI.resolve(name + ".crt.pem"));
      trust.setCertificateEntry(name, CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem)));
    }
    Merlin crypto = new Merlin();
    crypto.setTrustStore(trust);
    return crypto;
  }

  static Document parsed(byte[] text) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    return factory.newDocumentBuilder().parse(new ByteArrayInputStream(text));
  }

  static byte[] sign(String operation, String message, boolean token) throws Exception {
    String[] question = QUESTIONS.get(operation);
    String text = "<soap:Envelope xmlns:soap=\"" + SOAP + "\"><soap:Header xmlns:wsa=\"" + WSA + "\"><wsa:Action>" + question[0] + "/" + operation
        + "</wsa:Action><wsa:MessageID>" + message + "</wsa:MessageID><wsa:To>" + INSTITUTIONS + "</wsa:To><u:UdbydersystemId xmlns:u=\""
        + COMMON + "\">" + SYSTEM + "</u:UdbydersystemId></soap:Header><soap:Body><q:" + operation + " xmlns:q=\"" + question[0] + "\">"
        + question[1] + "</q:" + operation + "></soap:Body></soap:Envelope>";
    Document document = parsed(text.getBytes(StandardCharsets.UTF_8));
    WSSecHeader header = new WSSecHeader();
    header.setMustUnderstand(true);
    header.insertSecurityHeader(document);
    WSSecTimestamp timestamp = new WSSecTimestamp();
    timestamp.setTimeToLive(300);
    timestamp.build(document, header);
    WSSecSignature signature = new WSSecSignature();
    signature.setUserInfo("demo", "demo");
    signature.setKeyIdentifierType(WSConstants.BST_DIRECT_REFERENCE);
    signature.setSignatureAlgorithm("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256");
    signature.setDigestAlgo("http://www.w3.org/2001/04/xmlenc#sha256");
    List<WSEncryptionPart> parts = new ArrayList<>();
    parts.add(new WSEncryptionPart("Timestamp", WSConstants.WSU_NS, ""));
    parts.add(new WSEncryptionPart("Body", SOAP, ""));
    parts.add(new WSEncryptionPart("MessageID", WSA, ""));
    parts.add(new WSEncryptionPart("UdbydersystemId", COMMON, ""));
    signature.prepare(document, own(), header);
    signature.prependBSTElementToHeader(header);
    if (token) {
      parts.add(new WSEncryptionPart(signature.getBSTTokenId()));
    }
    signature.computeSignature(signature.addReferencesToSign(parts, header), false, null);
    StringWriter out = new StringWriter();
    TransformerFactory.newInstance().newTransformer().transform(new DOMSource(document), new StreamResult(out));
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Verifies signature, timestamp and chain as WSS4J does by default, its Basic Security Profile included: the parts that are signed. */
  static Set<String> verify(byte[] answer) throws Exception {
    Set<String> names = new HashSet<>();
    List<WSSecurityEngineResult> results = new WSSecurityEngine().processSecurityHeader(parsed(answer), null, null, trusted());
    if (results == null) {
      throw new IllegalStateException("no security header");
    }
    for (WSSecurityEngineResult result : results) {
      Object references = result.get(WSSecurityEngineResult.TAG_DATA_REF_URIS);
      if (references instanceof List) {
        for (Object reference : (List<?>) references) {
          names.add(((WSDataRef) reference).getName().getLocalPart());
        }
      }
    }
    if (!names.containsAll(Set.of("Timestamp", "Body", "MessageID"))) {
      throw new IllegalStateException("only these are signed: " + names);
    }
    return names;
  }

  static int failures = 0;

  static void check(String name, boolean good, Object what) {
    System.out.println((good ? "ok " : "FAIL ") + name + (good ? "" : " " + what));
    failures += good ? 0 : 1;
  }

  static HttpResponse<byte[]> send(String base, String operation, byte[] signed) throws Exception {
    String action = QUESTIONS.get(operation)[0] + "/" + operation;
    HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/bpi/wsiinst/6"))
        .header("Content-Type", "application/soap+xml; charset=utf-8; action=\"" + action + "\"")
        .POST(HttpRequest.BodyPublishers.ofByteArray(signed)).build();
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build().send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static void calls(String base) throws Exception {
    System.out.println("version " + WSSecurityEngine.class.getPackage().getImplementationVersion());
    byte[] last = {};
    for (String operation : List.of("helloWorldWithCertificate", "hentGrupper", "hentInstBruger")) {
      String message = "urn:uuid:" + UUID.randomUUID();
      HttpResponse<byte[]> answer = send(base, operation, sign(operation, message, true));
      last = answer.body();
      String got = text(last);
      try {
        boolean right = answer.statusCode() == 200 && got.contains(QUESTIONS.get(operation)[2]) && got.contains(">" + message + "<");
        check(operation, right && verify(last).contains("RelatesTo"), got);
      } catch (Exception error) {
        check(operation, false, error);
      }
    }
    byte[] changed = text(sign("hentGrupper", "urn:uuid:" + UUID.randomUUID(), false)).replace(">" + SYSTEM + "<", ">DEMO02<").getBytes(StandardCharsets.UTF_8);
    HttpResponse<byte[]> fault = send(base, "hentGrupper", changed);
    check("changed question refused", fault.statusCode() != 200 && text(fault.body()).contains("authentificationError"), text(fault.body()));
    check("altered answer noticed", !verifies(text(last).replace(">" + PUPIL + "<", ">other001<").getBytes(StandardCharsets.UTF_8)), "verified all the same");
  }

  static boolean verifies(byte[] text) {
    try {
      verify(text);
      return true;
    } catch (Exception error) {
      return false;
    }
  }

  static void judge(String folder) throws Exception {
    int right = 0, wrong = 0, noticed = 0, asked = 0;
    List<Path> files = new ArrayList<>();
    try (var listed = Files.list(Path.of(folder))) {
      listed.sorted().forEach(files::add);
    }
    for (Path file : files) {
      byte[] text = Files.readAllBytes(file);
      try {
        verify(text);
        right += 1;
      } catch (Exception error) {
        wrong += 1;
        System.out.println("wss4j: " + file.getFileName() + ": " + error);
      }
      String whole = text(text);
      int body = whole.indexOf(":Body");
      String changed = whole.substring(0, body) + whole.substring(body).replaceFirst(">[a-wyzA-Z0-9]", ">x");
      if (!changed.equals(whole)) {
        asked += 1;
        noticed += verifies(changed.getBytes(StandardCharsets.UTF_8)) ? 0 : 1;
      }
    }
    System.out.println("wss4j: " + right + " right, " + wrong + " wrong; of " + asked + " changed ones " + noticed + " noticed");
    failures = right > 0 && wrong == 0 && noticed == asked ? 0 : 1;
  }

  public static void main(String[] words) throws Exception {
    LogManager.getLogManager().reset(); // it warns of what is wanted here: trust by the root alone
    switch (words[0]) {
      case "--to" -> Files.write(Path.of(words[1]), sign("hentInstBruger", "urn:uuid:" + UUID.randomUUID(), words.length > 2));
      case "--judge" -> judge(words[1]);
      default -> calls(words[0]);
    }
    System.exit(failures > 0 ? 1 : 0);
  }
}
