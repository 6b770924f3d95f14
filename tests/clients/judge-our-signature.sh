#!/bin/sh
# Has what we sign judged by others: xmlsec1, signxml, zeep's verifier, xml-crypto (node-soap's signer) and WSS4J.
# Each must find the signature right, and must find it wrong after one letter of the body is another.
# Usage: judge-our-signature.sh [JUDGE...]. Needs what `install.sh signed node-soap` installs; exit code 1 if a judge objects.
set -u
cd "$(dirname "$0")/signed" || exit 1
. ../demo.env
[ $# -gt 0 ] || set -- xmlsec1 signxml zeep node-soap wss4j
root=$(cd ../../.. && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo build --quiet --manifest-path "$root/Cargo.toml" -p wsse --example message || exit 1
message=${CARGO_TARGET_DIR:-$root/target}/debug/examples/message
pki=$root/fixtures/pki
number=0
for folder in "$root"/fixtures/unilogin/*/*/*; do
    case $folder in */wsiinst/v6/* | */wsibruger/v7/* | */wsiidentifikation/v6/* | */wsieksport/v7/* | */wsaimport/v8/*) ;; *) continue ;; esac
    for style in request response; do
        grep -q MessageID "$folder/$style.xml" || continue
        [ "$style" = request ] && signer=demo-client || signer=demo-server
        number=$((number + 1))
        "$message" sign "$style" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$pki/$signer.key.pem" "$pki/$signer.crt.pem" <"$folder/$style.xml" >"$work/$number.$signer.xml" || exit 1
    done
done
echo "$number messages are signed"

judge() {
    case $1 in
        xmlsec1) python3 judge.py xmlsec1 "$work" ;;
        signxml | zeep) .venv/bin/python judge.py "$1" "$work" ;;
        node-soap) node judge.js "$work" ;;
        wss4j) ./wss4j.sh --judge "$work" ;;
    esac
}

failed=0
for name in "$@"; do
    judge "$name" || failed=1
done
exit "$failed"
