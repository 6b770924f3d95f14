#!/bin/sh
# Usage: signed/run.sh BASE_URL [TOOL...]
# Every installed tool, or the named ones, signs questions with the demo's key, verifies the answers, and has to be told that
# a changed question is refused. Prints a table; exit code 1 if an installed tool fails.
set -u
[ $# -ge 1 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
cd "$(dirname "$0")" || exit 1
. ../demo.env
base=${1%/}
shift
[ $# -gt 0 ] || set -- xmlsec1 signxml zeep node-soap wss4j
failed=0
output=$(mktemp)
report=$(mktemp)
trap 'rm -f "$output" "$report"' EXIT

have() {
    case $1 in
        xmlsec1) command -v xmlsec1 >/dev/null && command -v python3 >/dev/null ;;
        signxml | zeep) [ -x .venv/bin/python ] ;;
        node-soap) command -v node >/dev/null && [ -d ../node-soap/node_modules/soap ] ;;
        wss4j) command -v javac >/dev/null && [ -f /usr/share/java/wss4j.jar ] ;;
        *) return 1 ;;
    esac
}

client() {
    case $1 in
        xmlsec1) python3 with_xmlsec1.py "$base" ;;
        signxml) .venv/bin/python with_signxml.py "$base" ;;
        zeep) .venv/bin/python with_zeep.py "$base" ;;
        node-soap) node with_node_soap.js "$base" ;;
        wss4j) ./wss4j.sh "$base" ;;
    esac
}

printf '%-12s %-10s %-11s %s\n' 'signed by' version operations 'other checks'
for tool in "$@"; do
    if ! have "$tool"; then
        printf '%-12s %s\n' "$tool" 'not installed'
        continue
    fi
    status=0
    client "$tool" >"$output" 2>&1 || status=$?
    version=$(sed -n 's/^version //p' "$output" | head -n 1)
    good=$(grep -c -E '^ok (helloWorldWithCertificate|hentGrupper|hentInstBruger) *$' "$output")
    other=$(grep -c '^ok ' "$output")
    wrong=$(grep -c '^FAIL' "$output")
    printf '%-12s %-10s %-11s %s\n' "$tool" "${version:-?}" "$good/3" "$((other - good)) good, $wrong wrong"
    if [ "$status" -ne 0 ] || [ "$good" -ne 3 ] || [ "$other" -le "$good" ]; then
        failed=1
        { echo "$tool (exit code $status):"; grep -v -e '^ok ' -e '^version ' "$output" | cut -c 1-400 | tail -n 20; } >>"$report"
    fi
done
[ "$failed" -eq 0 ] || { echo; cat "$report"; }
exit "$failed"
