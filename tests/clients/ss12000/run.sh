#!/bin/sh
# Usage: ss12000/run.sh BASE_URL ROOT_URL [LANGUAGE...]
# Every installed language, or the named ones, walks through the SS12000 face as its public client would. At BASE_URL the demo has
# the face at its usual prefix, at ROOT_URL at the root. Prints a table; exit code 1 if an installed language fails.
set -u
[ $# -ge 2 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
cd "$(dirname "$0")" || exit 1
base=${1%/}/ss12000/v2.0 root=${2%/}
shift 2
[ $# -gt 0 ] || set -- python node java php
checks=9
failed=0
output=$(mktemp)
report=$(mktemp)
trap 'rm -f "$output" "$report"' EXIT

have() {
    case $1 in
        python) [ -x .venv/bin/python ] ;;
        node) node -e 'process.exit(typeof fetch === "function" ? 0 : 1)' 2>/dev/null ;;
        java) command -v javac >/dev/null ;;
        php) command -v php >/dev/null ;;
        *) return 1 ;;
    esac
}

client() {
    case $1 in
        # What stands behind the host is dropped by it.
        python) .venv/bin/python client.py "$root/dropped/v2.0" ;;
        node) node client.js "$base" ;;
        java) java Client.java "$base" ;;
        php) php client.php "$base" ;;
    esac
}

printf '%-12s %-10s %s\n' 'SS12000 from' version checks
for language in "$@"; do
    if ! have "$language"; then
        printf '%-12s %s\n' "$language" 'not installed'
        continue
    fi
    status=0
    client "$language" >"$output" 2>&1 || status=$?
    version=$(sed -n 's/^version //p' "$output" | head -n 1)
    good=$(grep -c '^ok ' "$output")
    printf '%-12s %-10s %s\n' "$language" "${version:-?}" "$good/$checks"
    if [ "$status" -ne 0 ] || [ "$good" -ne "$checks" ]; then
        failed=1
        { echo "$language (exit code $status):"; grep -v -e '^ok ' -e '^version ' "$output" | cut -c 1-400 | tail -n 20; } >>"$report"
    fi
done
[ "$failed" -eq 0 ] || { echo; cat "$report"; }
exit "$failed"
