#!/bin/sh
# Installs schemathesis into a virtual environment beside this script, unless it is there.
set -eu
cd "$(dirname "$0")"
[ ! -x venv/bin/schemathesis ] || exit 0
python3 -m venv venv
exec venv/bin/pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 -r requirements.txt
