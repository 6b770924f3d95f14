#!/bin/sh
# Runs WithWss4j.java with the libraries of Debian. Usage: wss4j.sh BASE_URL, or --to FILE [token], or --judge FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../demo.env"
export DEMO_PKI="$here/../../../fixtures/pki"
libraries=
for name in wss4j xmlsec commons-logging slf4j-api slf4j-nop; do libraries="$libraries:/usr/share/java/$name.jar"; done
exec java -cp "$libraries" "$here/WithWss4j.java" "$@"
