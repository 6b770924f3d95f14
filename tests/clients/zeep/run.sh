#!/bin/sh
# Usage: run.sh BASE_URL
set -eu
cd "$(dirname "$0")"
. ../demo.env
exec .venv/bin/python client.py "$1/bpi/wsiinst/6?wsdl"
