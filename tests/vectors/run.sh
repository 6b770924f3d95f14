#!/usr/bin/env bash
# Judges canonical forms and signatures by vectors that others publish, and by random subtrees.
# The vectors come in Debian's source package of xmlsec1 and in PyPI's source package of signxml; they are taken from there
# into tests/vectors/build, which is not part of the project. Needs apt-get with a Debian mirror, python3, and the network.
# Usage: run.sh [DOCUMENTS]   how many random documents, of which up to four subtrees are compared each
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p build && cd build
documents=${1:-1000}

[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check -r ../requirements.txt
if [ ! -d signxml-5.2.0 ]; then
    .venv/bin/pip download --quiet --disable-pip-version-check --no-deps --no-binary signxml signxml==5.2.0
    tar xzf signxml-5.2.0.tar.gz
fi
if ! ls -d xmlsec1-*/ >/dev/null 2>&1; then
    mkdir -p apt/lists/partial apt/cache
    . /etc/os-release
    mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } | sed -nE 's/^URIs: *(http[^ ]*\/debian)\/?$/\1/p; s/^deb +(\[[^]]*\] +)?(http[^ ]*\/debian)\/? .*/\2/p' | sed -n 1p)
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $VERSION_CODENAME main" >apt/sources.list
    apt() {
        apt-get -qq -o "Dir::Etc::sourcelist=$PWD/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User=root \
            -o "Dir::State::lists=$PWD/apt/lists" -o "Dir::Cache=$PWD/apt/cache" "$@"
    }
    apt update
    apt source --download-only xmlsec1
    tar xzf xmlsec1_*.orig.tar.gz
fi

cargo build --quiet --manifest-path ../../../Cargo.toml -p wsse --examples
examples=${CARGO_TARGET_DIR:-../../../target}/debug/examples
python() { .venv/bin/python "$@"; }
failed=0
python ../interop.py "$examples/canonical" "$examples/message" ../../../fixtures/pki/demo-issuing.crt.pem \
    xmlsec1-*/tests signxml-5.2.0/test/interop signxml-5.2.0/test/xades || failed=1
for seed in 1 2 3; do
    python ../differential.py "$examples/canonical" "$documents" "$seed" || failed=1
done
exit "$failed"
