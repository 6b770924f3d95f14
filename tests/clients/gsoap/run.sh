#!/bin/sh
# Usage: run.sh BASE_URL
# Generates the client from the served description, compiles it and runs it.
set -eu
cd "$(dirname "$0")"
. ../demo.env
mkdir -p build
cd build
{
    wsdl2h -o wsiinst.h "$1/bpi/wsiinst/6?wsdl"
    soapcpp2 -j -C -L -x -I/usr/share/gsoap/import wsiinst.h
} >generate.log 2>&1 || { echo "FAIL wsdl: $(tail -n 1 generate.log)"; exit 1; }
# The generated code is compiled anew only when it has changed.
sum=$(cat wsiinst.h ../client.cpp | grep -v -e 'Generated' -e 'wsdl2h -o' -e '20..-..-..' | cksum)
if [ ! -x client ] || [ "$sum" != "$(cat sum 2>/dev/null)" ]; then
    g++ -std=c++17 -O0 -I. $(pkg-config --cflags gsoap++) -o client \
        ../client.cpp soapC.cpp soapWsiInstSoapProxy.cpp $(pkg-config --libs gsoap++)
    echo "$sum" >sum
fi
exec ./client
