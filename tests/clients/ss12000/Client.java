// Walks through the SS12000 face as the public Java client does: java.net.http, which offers HTTP/2 with every request, and slashes
// at the end. Usage: java Client.java BASE_URL
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Client {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static String base;

    static String ask(String method, String path, String body, int status) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
            .header("Accept", "application/json").header("Authorization", "Bearer demo");
        HttpRequest.BodyPublisher publisher = HttpRequest.BodyPublishers.noBody();
        if (body != null) {
            publisher = HttpRequest.BodyPublishers.ofString(body);
            request.header("Content-Type", "application/json");
        }
        HttpResponse<String> answer =
            CLIENT.sendAsync(request.method(method, publisher).build(), HttpResponse.BodyHandlers.ofString()).get();
        check(answer.statusCode() == status, method + " " + path + ": " + answer.statusCode() + " " + answer.body());
        return answer.body();
    }

    static String get(String path) throws Exception {
        return ask("GET", path, null, 200);
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            System.err.println("FAIL " + what.substring(0, Math.min(300, what.length())));
            System.exit(1);
        }
    }

    static void told(String what) {
        System.out.println("ok " + what);
    }

    /** Java has no JSON of its own: what is looked for stands between quotes. */
    static List<String> all(String json, String pattern) {
        List<String> found = new ArrayList<>();
        for (Matcher it = Pattern.compile(pattern).matcher(json); it.find(); ) found.add(it.group(1));
        return found;
    }

    /** The ids of objects, which are those with times. */
    static List<String> ids(String json) {
        return all(json, "\"id\":\"([0-9a-f-]{36})\",\"meta\"");
    }

    static String escaped(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    public static void main(String[] arguments) throws Exception {
        base = arguments[0];
        System.out.println("version " + System.getProperty("java.version"));

        String whole = get("/persons/?limit=1000");
        List<String> walked = new ArrayList<>();
        String page = get("/persons/?limit=7");
        while (true) {
            walked.addAll(ids(page));
            List<String> token = all(page, "\"pageToken\":\"([^\"]+)\"\\}$");
            if (token.isEmpty()) break;
            page = get("/persons/?limit=7&pageToken=" + escaped(token.get(0)));
        }
        check(walked.equals(ids(whole)) && walked.size() > 100, "pages");
        told("pages");

        String last = new TreeSet<>(all(whole, "\"modified\":\"([^\"]+)\"")).last().replace("Z", "+00:00");
        check(ids(get("/persons?meta.modified.after=" + escaped(last))).isEmpty(), "times");
        check(ids(get("/persons?limit=1000&meta.modified.before=" + escaped(last))).equals(walked), "times");
        told("times");

        List<String> some = walked.subList(0, 5);
        String keys = "{\"ids\":[\"" + String.join("\",\"", some) + "\"]}";
        check(ids(ask("POST", "/persons/lookup", keys, 200)).equals(some), "look-up");
        told("looked_up");

        String pupil = ids(get("/persons?relationship.entity.type=enrolment&limit=1")).get(0);
        String found = get("/persons/" + pupil + "?expand=groupMemberships&expand=duties&expandReferenceNames=true");
        check(found.contains("\"_embedded\":{") && found.contains("\"duties\":[]"), "expand");
        check(!all(found, "\"enroledAt\":\\{\"id\":\"[^\"]+\",\"displayName\":\"([^\"]+)\"").isEmpty(), "names");
        told("expanded");

        TreeSet<String> types = new TreeSet<>(
            all(get("/groups?groupType=Klass&groupType=Undervisning&limit=1000"), "\"groupType\":\"([^\"]+)\""));
        check(types.toString().equals("[Klass, Undervisning]"), "lists");
        told("filtered");

        String made = ask("POST", "/subscriptions",
            "{\"name\":\"Java\",\"target\":\"https://1.1.1.1/hook\",\"resourceTypes\":[{\"resource\":\"Person\"}]}", 201);
        String path = "/subscriptions/" + all(made, "\"id\":\"([^\"]+)\"").get(0);
        ask("PATCH", path, "{\"expires\":\"2030-01-01T00:00:00Z\"}", 200);
        check(get("/subscriptions").contains(path.substring(15)), "subscriptions");
        check(ask("DELETE", path, null, 204).isEmpty() && ask("GET", path, null, 404).isEmpty(), "ended");
        told("subscription");

        ask("POST", "/log/", "{\"message\":\"m\",\"severityLevel\":\"Info\"}", 201);
        ask("POST", "/statistics/", "{\"resourceType\":\"Duty\",\"newCount\":1,\"updatedCount\":0,\"deletedCount\":0}", 201);
        told("reports");

        String since = escaped(Instant.now().minusSeconds(3600).toString());
        check(get("/deletedEntities?entities=Person&entities=Group&after=" + since).startsWith("{\"data\":{"), "deletions");
        told("gone");

        check(ask("GET", "/persons?nope=1", null, 400).contains("\"code\":\"INVALID_FILTER\""), "an error");
        HttpResponse<String> answer = CLIENT.send(
            HttpRequest.newBuilder(URI.create(base + "/persons")).build(), HttpResponse.BodyHandlers.ofString());
        check(answer.statusCode() == 401 && answer.headers().firstValue("WWW-Authenticate").isPresent(), "who calls");
        told("refused");
    }
}
