#!/bin/sh
# Usage: run.sh BASE_URL [STACK...]
# Runs the client of every installed stack, or of the named ones, and prints a table; then, unless stacks were named, the
# tools that sign. Exit code 1 if an installed stack fails.
set -u
[ $# -ge 1 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
base=${1%/}
shift
signed=$#
[ $# -gt 0 ] || set -- zeep node-soap strong-soap php perl gsoap jaxws mono kdsoap
operations=8
failed=0
output=$(mktemp)
report=$(mktemp)
trap 'rm -f "$output" "$report"' EXIT

have() {
    for tool in "$@"; do command -v "$tool" >/dev/null 2>&1 || return 1; done
}

installed() {
    case $1 in
        zeep) [ -x "$here/zeep/.venv/bin/python" ] ;;
        node-soap) have node && [ -d "$here/node-soap/node_modules/soap" ] ;;
        strong-soap) have node && [ -d "$here/strong-soap/node_modules/strong-soap" ] ;;
        php) have php && php -m | grep -qx soap ;;
        perl) have perl && perl -MSOAP::Lite -e 1 2>/dev/null ;;
        gsoap) have wsdl2h soapcpp2 g++ pkg-config && pkg-config --exists gsoap++ ;;
        jaxws) have wsimport javac java ;;
        mono) have mono mcs disco xsd ;;
        kdsoap) have kdwsdl2cpp moc g++ pkg-config && pkg-config --exists Qt5Network Qt5Xml ;;
        *) return 1 ;;
    esac
}

printf '%-12s %-10s %-11s %s\n' stack version operations faults
for stack in "$@"; do
    if ! installed "$stack"; then
        printf '%-12s %s\n' "$stack" 'not installed'
        continue
    fi
    status=0
    timeout "${CLIENT_TIMEOUT:-300}" "$here/$stack/run.sh" "$base" >"$output" 2>&1 || status=$?
    version=$(sed -n 's/^version //p' "$output" | head -n 1)
    good=$(grep -c -x -E 'ok (helloWorldWithCertificate|hent[A-Za-z]+)' "$output")
    empty=$(grep -c -x 'ok empty answer' "$output")
    fault=$(grep -q -x 'ok fault' "$output" && echo read || echo 'not read')
    printf '%-12s %-10s %-11s %s\n' "$stack" "${version:-?}" "$good/$operations" "$fault"
    if [ "$status" -ne 0 ] || [ "$good" -ne "$operations" ] || [ "$empty" -ne 1 ] || [ "$fault" != read ]; then
        failed=1
        { echo "$stack (exit code $status):"; grep -v -e '^ok ' -e '^version ' "$output" | cut -c 1-300 | tail -n 20; } >>"$report"
    fi
done
[ "$failed" -eq 0 ] || { echo; cat "$report"; }
[ "$signed" -gt 0 ] || { echo; "$here/signed/run.sh" "$base" || failed=1; }
exit "$failed"
