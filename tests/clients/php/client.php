<?php
// Calls every operation of wsiINST 6 with PHP's SoapClient.

declare(strict_types=1);

const COMMON = 'https://brugerdatabasen.stil.dk/bpi/common/3';
const STAFF_ROLES = ['Lærer', 'Pædagog', 'Vikar', 'Leder', 'Ledelse', 'TAP', 'Konsulent'];

[$system, $inst, $other, $main, $unknown, $group, $pupil, $staff] = array_map(
    fn (string $name): string => getenv("DEMO_$name"),
    ['SYSTEM', 'INST', 'OTHER_INST', 'MAIN_INST', 'UNKNOWN_INST', 'GROUP', 'PUPIL', 'STAFF'],
);

function expect(bool $condition, string $what): void
{
    if (!$condition) {
        throw new UnexpectedValueException($what);
    }
}

/** SoapClient gives one item as itself, several as a list, none as no property. */
function items(object $answer, string $name): array
{
    $found = $answer->$name ?? [];
    return is_array($found) ? $found : [$found];
}

echo 'version ', PHP_VERSION, "\n";
try {
    // SoapClient speaks SOAP 1.1 unless told otherwise, whatever the binding says.
    $client = new SoapClient($argv[1], ['soap_version' => SOAP_1_2]);
} catch (SoapFault $fault) {
    echo "FAIL wsdl: {$fault->getMessage()}\n";
    exit(1);
}
$client->__setSoapHeaders(new SoapHeader(COMMON, 'UdbydersystemId', $system));

$checks = [
    'helloWorldWithCertificate' => function () use ($client, $system) {
        $greeting = $client->helloWorldWithCertificate()->helloWorldResult;
        expect(str_contains($greeting, $system), 'the greeting names the system');
    },
    'hentGrupper' => function () use ($client, $inst, $group) {
        $found = array_column(items($client->hentGrupper(['instnr' => $inst]), 'gruppe'), null, 'gruppeid');
        expect(array_unique(array_column($found, 'instnr')) === [$inst], 'groups of the institution');
        expect($found[$group]->gruppetype === 'Hovedgruppe', 'the demo group');
    },
    'hentBrugereIGruppe' => function () use ($client, $inst, $group, $pupil) {
        $answer = $client->hentBrugereIGruppe(['instnr' => $inst, 'gruppeid' => $group]);
        $found = array_column(items($answer, 'brugertilknytning'), null, 'brugerid')[$pupil];
        expect($found->elev->rolle === 'Elev', "the pupil's role");
        expect(!isset($found->ansat) && !isset($found->ekstern), 'one branch of the choice');
    },
    'hentInstitution' => function () use ($client, $inst) {
        $found = $client->hentInstitution(['instnr' => $inst])->institution;
        expect($found->instnr === $inst && $found->instnavn !== '', 'number and name');
    },
    'hentInstitutioner' => function () use ($client, $inst, $other) {
        $found = array_column(items($client->hentInstitutioner(['instnr' => [$inst, $other]]), 'institution'), 'instnr');
        expect(!array_diff([$inst, $other], $found) && count($found) === 2, 'both institutions');
    },
    'hentInstBruger' => function () use ($client, $inst, $group, $pupil, $staff) {
        [$found] = items($client->hentInstBruger(['instnr' => $inst, 'brugerid' => $pupil]), 'instBruger');
        expect($found->instnr === $inst && $found->brugerid === $pupil && $found->navn !== '', 'the pupil');
        expect($found->elev->hovedgruppeid === $group && !isset($found->ansat), "the pupil's main group");
        $found = items($client->hentInstBruger(['brugerid' => $staff]), 'instBruger')[0];
        $roles = items($found->ansat, 'rolle');
        expect(!isset($found->elev) && $roles && !array_diff($roles, STAFF_ROLES), "the employee's roles");
    },
    'hentDataAftaler' => function () use ($client, $inst) {
        expect(in_array($inst, items($client->hentDataAftaler(), 'regnr'), true), 'the agreement of the institution');
    },
    'hentInstitutionshierarki' => function () use ($client, $inst, $main) {
        $found = $client->hentInstitutionshierarki(['instnr' => $inst])->institutionshierarki;
        expect($found->mainInstitution === $main && in_array($inst, items($found, 'department'), true), 'main and departments');
    },
    'empty answer' => function () use ($client, $unknown) {
        expect(items($client->hentGrupper(['instnr' => $unknown]), 'gruppe') === [], 'no groups');
        expect(items($client->hentInstitution(['instnr' => $unknown]), 'institution') === [], 'no institution');
    },
    'fault' => function () use ($client, $inst) {
        $client->__setSoapHeaders();
        try {
            $client->hentGrupper(['instnr' => $inst]);
        } catch (SoapFault $fault) {
            // SoapClient does not read the subcode; the detail says the same.
            $type = $fault->detail->authentificationError->type;
            expect($type === 'UdbydersytemIdMangler', "type, not $type");
            expect($fault->getMessage() !== '', 'reason');
            return;
        }
        expect(false, 'no fault');
    },
];

$failures = 0;
foreach ($checks as $name => $check) {
    try {
        $check();
        echo "ok $name\n";
    } catch (Throwable $error) {
        $failures++;
        echo "FAIL $name: ", get_class($error), ': ', strtok($error->getMessage(), "\n"), "\n";
    }
}
exit($failures ? 1 : 0);
