#!/bin/sh
# Usage: run.sh BASE_URL
set -eu
cd "$(dirname "$0")"
. ../demo.env
status=0
.venv/bin/python client.py "$1/bpi/wsiinst/6?wsdl" || status=$?
.venv/bin/python lookups.py "$1" || status=$?
exit "$status"
