#!/bin/sh
# Lets schemathesis (PyPI) look for answers of the SS12000 face that its own OpenAPI document does not allow.
# Usage: run.sh BASE_URL CASES_AN_OPERATION [MORE_OPTIONS...]
# The same cases come each time, unless SEED is a number. install.sh must have been run once.
set -eu
cd "$(dirname "$0")"
base=$1 cases=$2
shift 2
if [ -n "${SEED:-}" ]; then
    set -- --seed "$SEED" --generation-database none "$@"
else
    set -- --generation-deterministic "$@"
fi
PYTHONPATH=. SCHEMATHESIS_HOOKS=hooks exec venv/bin/schemathesis run "$base/openapi/ss12000.json" \
    --url "$base/ss12000/v2.0" \
    --header "Authorization: Bearer ${DEMO_TOKEN:-demo}" \
    --max-examples "$cases" \
    --checks all \
    "$@"
