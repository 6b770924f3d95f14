<?php
// Walks through the SS12000 face as PHP does: streams, truth as `1`, the parts of lists in brackets.
// Usage: php client.php BASE_URL

$base = rtrim($argv[1], '/');

function ask(string $method, string $path, array $params = [], ?array $json = null, int $status = 200, string $token = 'demo')
{
    global $base, $http_response_header;
    $headers = ['Content-Type: application/json', 'Accept: application/json', "Authorization: Bearer $token", 'Connection: close'];
    $http = ['method' => $method, 'header' => $headers, 'ignore_errors' => true, 'protocol_version' => 1.1, 'timeout' => 30];
    if ($json !== null) {
        $http['content'] = json_encode($json);
    }
    $query = $params ? '?' . http_build_query($params) : '';
    $text = file_get_contents("$base$path$query", false, stream_context_create(['http' => $http]));
    $GLOBALS['headers'] = $http_response_header;
    check(str_contains($http_response_header[0], " $status"), "$method $path: {$http_response_header[0]} " . substr($text, 0, 200));
    return $text === '' ? null : json_decode($text, true, 512, JSON_THROW_ON_ERROR);
}

function check(bool $holds, string $what): void
{
    if (!$holds) {
        fwrite(STDERR, "FAIL $what\n");
        exit(1);
    }
}

function told(string $what): void
{
    echo "ok $what\n";
}

echo 'version ', PHP_VERSION, "\n";

$whole = ask('GET', '/persons', ['limit' => 1000])['data'];
[$walked, $token] = [[], null];
do {
    $page = ask('GET', '/persons', $token === null ? ['limit' => 7] : ['limit' => 7, 'pageToken' => $token]);
    $walked = array_merge($walked, $page['data']);
    $token = $page['pageToken'];
} while ($token !== null);
check($walked === $whole && count(array_unique(array_column($whole, 'id'))) === count($whole), 'pages');
told('pages');

$last = max(array_map(fn ($it) => $it['meta']['modified'], $whole));
// Written by hand, the sign of an offset comes unescaped and is read as a blank.
$plain = str_replace('Z', '+00:00', $last);
check(ask('GET', "/persons?meta.modified.after=$plain")['data'] === [], 'times, unescaped');
check(count(ask('GET', '/persons', ['meta.modified.before' => $plain, 'limit' => 1000])['data']) === count($whole), 'times');
told('times');

$some = array_slice($whole, 0, 5);
check(ask('POST', '/persons/lookup', [], ['ids' => array_column($some, 'id')]) === $some, 'look-up');
told('looked_up');

$pupil = array_values(array_filter($whole, fn ($it) => $it['enrolments'] !== []))[0];
$found = ask('GET', "/persons/{$pupil['id']}", ['expand' => ['groupMemberships', 'duties'], 'expandReferenceNames' => true]);
check($found['_embedded']['groupMemberships'] !== [] && $found['_embedded']['duties'] === [], 'expand');
check(isset($found['enrolments'][0]['enroledAt']['displayName']), 'names');
told('expanded');

$types = array_column(ask('GET', '/groups', ['groupType' => ['Klass', 'Undervisning'], 'limit' => 1000])['data'], 'groupType');
check(count(array_unique($types)) === 2, 'lists');
told('filtered');

$body = ['name' => 'PHP', 'target' => 'https://1.1.1.1/hook', 'resourceTypes' => [['resource' => 'Person']]];
$made = ask('POST', '/subscriptions', [], $body, 201);
ask('PATCH', "/subscriptions/{$made['id']}", [], ['expires' => '2030-01-01T00:00:00+00:00']);
check(in_array($made['id'], array_column(ask('GET', '/subscriptions')['data'], 'id'), true), 'subscriptions');
check(ask('DELETE', "/subscriptions/{$made['id']}", [], null, 204) === null, 'ended');
check(ask('GET', "/subscriptions/{$made['id']}", [], null, 404) === null, 'gone');
told('subscription');

check(ask('POST', '/log', [], ['message' => 'm', 'severityLevel' => 'Error'], 201) === null, 'log');
$counts = ['resourceType' => 'Person', 'newCount' => 1, 'updatedCount' => 2, 'deletedCount' => 0];
check(ask('POST', '/statistics', [], $counts, 201) === null, 'statistics');
told('reports');

$gone = ask('GET', '/deletedEntities', ['after' => date(DATE_RFC3339, time() - 3600), 'entities' => ['Person', 'Group']]);
check(is_array($gone['data']), 'deletions');
told('gone');

check(array_keys(ask('GET', '/persons', ['nope' => 1], null, 400)) === ['code', 'message'], 'an error');
ask('GET', '/persons', [], null, 401, 'nobody');
check(preg_grep('/^www-authenticate: bearer/i', $GLOBALS['headers']) !== [], 'who calls');
told('refused');
