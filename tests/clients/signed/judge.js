// Usage: judge.js FOLDER. Has xml-crypto, by which node-soap signs, verify every signed message of a folder, as it is and changed.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');

const packages = createRequire(createRequire(path.join(__dirname, '../node-soap/client.js')).resolve('soap'));
const { SignedXml } = packages('xml-crypto');
const { DOMParser } = packages('@xmldom/xmldom');
const PKI = path.join(__dirname, '../../../fixtures/pki');

function verifies(text, signer) {
  const [signature] = Array.from(
    new DOMParser().parseFromString(text, 'text/xml').getElementsByTagNameNS('http://www.w3.org/2000/09/xmldsig#', 'Signature'));
  const publicCert = fs.readFileSync(path.join(PKI, `${signer}.crt.pem`), 'utf8');
  const verifier = new SignedXml({ publicCert, idMode: 'wssecurity', getCertFromKeyInfo: () => null });
  verifier.loadSignature(signature);
  try {
    return verifier.checkSignature(text);
  } catch {
    return false;
  }
}

const counts = { right: 0, wrong: 0, noticed: 0, asked: 0 };
const folder = process.argv[2];
for (const name of fs.readdirSync(folder).sort()) {
  const text = fs.readFileSync(path.join(folder, name), 'utf8');
  const signer = name.split('.')[1];
  const good = verifies(text, signer);
  counts[good ? 'right' : 'wrong'] += 1;
  if (!good) console.log(`xml-crypto: ${name}: not verified`);
  const body = text.search(/<[^<>/]*:Body[\s>]/);
  const changed = text.slice(0, body) + text.slice(body).replace(/>([a-zA-Z0-9])/, (_, it) => (it === 'x' ? '>y' : '>x'));
  if (changed !== text) {
    counts.asked += 1;
    if (verifies(changed, signer)) console.log(`xml-crypto: ${name}: verified with a letter changed`);
    else counts.noticed += 1;
  }
}
console.log(`xml-crypto: ${counts.right} right, ${counts.wrong} wrong; of ${counts.asked} changed ones ${counts.noticed} noticed`);
process.exit(counts.right && !counts.wrong && counts.noticed === counts.asked ? 0 : 1);
