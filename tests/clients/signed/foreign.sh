#!/bin/sh
# Signs the questions that the tests of crates/wsse verify, with every tool here. Usage: foreign.sh
# They are to be signed again when fixtures/pki has been made anew.
set -eu
cd "$(dirname "$0")"
. ../demo.env
out=../../../crates/wsse/tests/it/foreign
wsdl=$(cd ../../.. && pwd)/wsdl/unilogin/wsiinst/6/wsiinst.wsdl
python3 with_xmlsec1.py --shapes "$out"
.venv/bin/python with_signxml.py --to "$out/signxml.xml"
.venv/bin/python with_zeep.py --to "$wsdl" "$out/zeep.xml"
node with_node_soap.js --to "$wsdl" "$out/node-soap.xml"
./wss4j.sh --to "$out/wss4j.xml"
./wss4j.sh --to "$out/wss4j.token.xml" token
ls "$out"
