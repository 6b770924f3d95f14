#!/bin/sh
# Usage: run.sh BASE_URL
# Generates the client from the served description, compiles it and runs it.
set -eu
cd "$(dirname "$0")"
. ../demo.env
export QT_QPA_PLATFORM=offscreen
mkdir -p build
cd build
kdwsdl2cpp -both wsdl_wsiinst "$1/bpi/wsiinst/6?wsdl" >generate.log 2>&1 ||
    { echo "FAIL wsdl: $(tail -n 1 generate.log)"; exit 1; }
# The generated code is compiled anew only when it has changed.
sum=$(cat wsdl_wsiinst.h wsdl_wsiinst.cpp ../client.cpp | cksum)
if [ ! -x client ] || [ "$sum" != "$(cat sum 2>/dev/null)" ]; then
    flags="$(pkg-config --cflags Qt5Network Qt5Xml) -I/usr/include/KDSoapClient -I."
    moc $flags wsdl_wsiinst.h -o moc_wsdl_wsiinst.cpp
    g++ -std=c++17 -O0 -fPIC $flags -o client ../client.cpp wsdl_wsiinst.cpp moc_wsdl_wsiinst.cpp \
        -lkdsoap $(pkg-config --libs Qt5Network Qt5Xml)
    echo "$sum" >sum
fi
exec ./client "$(dpkg-query -W -f '${Version}' libkdsoap-dev 2>/dev/null | sed 's/[+-].*//')"
