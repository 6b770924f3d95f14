#!/bin/sh
# Usage: run.sh BASE_URL
set -eu
cd "$(dirname "$0")"
. ../demo.env
exec php -d soap.wsdl_cache_enabled=0 client.php "$1/bpi/wsiinst/6?wsdl"
