// Calls wsiINST 6 with node-soap, signed by its own WSSecurityCert. node-soap verifies no answers: xml-crypto, by which it signs, does it here.
'use strict';

const assert = require('node:assert');
const { randomUUID } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');

// The packages are those of the client that does not sign.
const requires = createRequire(path.join(__dirname, '../node-soap/client.js'));
const soap = requires('soap');
const { SignedXml } = createRequire(requires.resolve('soap'))('xml-crypto');
const { DOMParser } = createRequire(requires.resolve('soap'))('@xmldom/xmldom');

const PKI = path.join(__dirname, '../../../fixtures/pki');
const pem = (name) => fs.readFileSync(path.join(PKI, name), 'utf8');
const env = (name) => process.env['DEMO_' + name];
const [SYSTEM, INST, GROUP, PUPIL] = ['SYSTEM', 'INST', 'GROUP', 'PUPIL'].map(env);
const COMMON = 'https://brugerdatabasen.stil.dk/bpi/common/3';
const INSTITUTIONS = 'https://brugerdatabasen.stil.dk/bpi/wsiinst/6';
const WSA = 'http://www.w3.org/2005/08/addressing';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';

// A signer adds up what it signs, so every message has its own.
function security() {
  return new soap.WSSecurityCert(pem('demo-client.key.pem'), pem('demo-client.crt.pem'), '', {
    hasTimeStamp: true,
    signatureTransformations: [EXCLUSIVE],
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    additionalReferences: ['wsa:Action', 'wsa:To', 'wsa:MessageID', 'uni:UdbydersystemId'],
    signerOptions: { idMode: 'wssecurity', prefix: 'ds' },
  });
}

function address(client, operation, namespace) {
  const message = `urn:uuid:${randomUUID()}`;
  client.clearSoapHeaders();
  client.addSoapHeader(`<wsa:Action xmlns:wsa="${WSA}">${namespace}/${operation}</wsa:Action>`);
  client.addSoapHeader(`<wsa:To xmlns:wsa="${WSA}">${INSTITUTIONS}</wsa:To>`);
  client.addSoapHeader(`<wsa:MessageID xmlns:wsa="${WSA}">${message}</wsa:MessageID>`);
  client.addSoapHeader(`<uni:UdbydersystemId xmlns:uni="${COMMON}">${SYSTEM}</uni:UdbydersystemId>`);
  client.setSecurity(security());
  return message;
}

function verify(answer, message) {
  const document = new DOMParser().parseFromString(answer, 'text/xml');
  const [signature] = Array.from(document.getElementsByTagNameNS('http://www.w3.org/2000/09/xmldsig#', 'Signature'));
  assert(signature, 'the answer is signed');
  const verifier = new SignedXml({ publicCert: pem('demo-server.crt.pem'), idMode: 'wssecurity', getCertFromKeyInfo: () => null });
  verifier.loadSignature(signature);
  assert(verifier.checkSignature(answer), 'the signature is right');
  const signed = verifier.getSignedReferences().join('');
  for (const part of ['Body', 'RelatesTo', 'MessageID', 'Timestamp']) assert(signed.includes(`:${part}`), `${part} is signed`);
  if (message) assert(signed.includes(`>${message}<`), 'the answer relates to the question');
}

async function main(base) {
  console.log('version', requires('soap/package.json').version);
  const client = await soap.createClientAsync(`${base}/bpi/wsiinst/6?wsdl`, { forceSoap12Headers: true });
  let last = '';
  const call = async (operation, namespace, args) => {
    const message = address(client, operation, namespace);
    const [found, raw] = await client[operation + 'Async'](args);
    last = raw;
    verify(raw, message);
    return found;
  };
  const list = (answer, name) => [].concat((answer && answer[name]) || []);
  const checks = {
    async helloWorldWithCertificate() {
      const { helloWorldResult } = await call('helloWorldWithCertificate', COMMON, {});
      assert(helloWorldResult.includes(SYSTEM), 'the greeting names the system');
    },
    async hentGrupper() {
      const found = list(await call('hentGrupper', INSTITUTIONS, { instnr: INST }), 'gruppe');
      assert(found.some((g) => g.gruppeid === GROUP), 'the demo group');
    },
    async hentInstBruger() {
      const [found] = list(await call('hentInstBruger', INSTITUTIONS, { instnr: INST, brugerid: PUPIL }), 'instBruger');
      assert.strictEqual(found.brugerid, PUPIL);
    },
    async 'changed question refused'() {
      address(client, 'hentGrupper', INSTITUTIONS);
      const change = (xml) => xml.replace(`>${SYSTEM}<`, '>DEMO02<');
      await assert.rejects(client.hentGrupperAsync({ instnr: INST }, { postProcess: change }), /authentificationError/);
    },
    async 'altered answer noticed'() {
      assert(last.includes(`>${PUPIL}<`));
      assert.throws(() => verify(last.replace(`>${PUPIL}<`, '>other001<')));
    },
  };
  let failures = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log('ok', name);
    } catch (error) {
      failures += 1;
      console.log('FAIL', name, String(error.message || error).slice(0, 300));
    }
  }
  process.exit(failures ? 1 : 0);
}

// A signed question as a file, from a description that is a file.
async function written(description, file) {
  const httpClient = { request: (_url, data) => { fs.writeFileSync(file, data); process.exit(0); } };
  const client = await soap.createClientAsync(description, { forceSoap12Headers: true, httpClient });
  address(client, 'hentInstBruger', INSTITUTIONS);
  client.hentInstBruger({ instnr: INST, brugerid: PUPIL }, () => {});
}

const [first, ...rest] = process.argv.slice(2);
(first === '--to' ? written(...rest) : main(first)).catch((error) => {
  console.log('FAIL', error);
  process.exit(1);
});
