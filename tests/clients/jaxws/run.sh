#!/bin/sh
# Usage: run.sh BASE_URL
# Generates the client from the served description, compiles it and runs it.
set -eu
cd "$(dirname "$0")"
. ../demo.env
wsdl="$1/bpi/wsiinst/6?wsdl"
rm -rf build
mkdir -p build/classes
# wsimport leaves SOAP 1.2 ports out without -extension, and headers that the messages do not name without -XadditionalHeaders.
wsimport -quiet -Xnocompile -extension -XadditionalHeaders -s build "$wsdl" >build/generate.log 2>&1 ||
    { echo "FAIL wsdl: $(tail -n 1 build/generate.log)"; exit 1; }
jars=/usr/share/java
classpath="$jars/jaxws-rt.jar:$jars/jaxws-tools.jar"
javac -nowarn -d build/classes -cp "$classpath" $(find build -name '*.java') Client.java
# What the runtime logs about itself goes to a file.
exec java -cp "build/classes:$classpath" Client "$wsdl" 2>build/run.log
