#!/bin/sh
# Lets schemathesis (PyPI) look for answers of the SS12000 face that its own OpenAPI document does not allow.
# Usage: run.sh BASE_URL CASES_AN_OPERATION [MORE_OPTIONS...]
# It is installed into a virtual environment beside this script the first time.
set -eu
cd "$(dirname "$0")"
base=$1 cases=$2
shift 2
if [ ! -x venv/bin/schemathesis ]; then
    python3 -m venv venv
    venv/bin/pip install --quiet --disable-pip-version-check 'schemathesis>=4.32,<5'
fi
PYTHONPATH=. SCHEMATHESIS_HOOKS=hooks exec venv/bin/schemathesis run "$base/openapi/ss12000.json" \
    --url "$base/ss12000/v2.0" \
    --header "Authorization: Bearer ${DEMO_TOKEN:-demo}" \
    --max-examples "$cases" \
    --checks all \
    --exclude-operation-id postSubscriptions \
    "$@"
