#!/bin/sh
# Usage: run.sh BASE_URL
# Generates the types from the served description, compiles the client and runs it.
set -eu
cd "$(dirname "$0")"
. ../demo.env
rm -rf build
mkdir -p build
cd build
{
    disco "$1/bpi/wsiinst/6?wsdl"
    xsd ./*.xsd /c /n:Unilogin
} >generate.log 2>&1 || { echo "FAIL wsdl: $(tail -n 1 generate.log)"; exit 1; }
mcs -nologo -warn:0 -out:client.exe -r:System.ServiceModel -r:System.Runtime.Serialization ../Client.cs ./*.cs
exec mono client.exe "$1/bpi/wsiinst/6"
