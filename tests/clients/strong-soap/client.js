// Calls every operation of wsiINST 6 with strong-soap.
'use strict';

const assert = require('node:assert');
const { QName, soap } = require('strong-soap');

const env = (name) => process.env['DEMO_' + name];
const [SYSTEM, INST, OTHER, MAIN, UNKNOWN, GROUP, PUPIL, STAFF] =
  ['SYSTEM', 'INST', 'OTHER_INST', 'MAIN_INST', 'UNKNOWN_INST', 'GROUP', 'PUPIL', 'STAFF'].map(env);
const COMMON = 'https://brugerdatabasen.stil.dk/bpi/common/3';
const STAFF_ROLES = ['Lærer', 'Pædagog', 'Vikar', 'Leder', 'Ledelse', 'TAP', 'Konsulent'];

async function main(wsdl) {
  console.log('version', require('strong-soap/package.json').version);
  const client = await new Promise((resolve, reject) =>
    soap.createClient(wsdl, {}, (error, made) => (error ? reject(error) : resolve(made))),
  );
  client.addSoapHeader({ $value: SYSTEM }, new QName(COMMON, 'UdbydersystemId'));
  const call = async (operation, args) => (await client[operation](args)).result;
  // strong-soap gives an answer without children as null.
  const list = (answer, name) => [].concat((answer && answer[name]) || []);

  const checks = {
    async helloWorldWithCertificate() {
      const { helloWorldResult } = await call('helloWorldWithCertificate', {});
      assert(helloWorldResult.includes(SYSTEM), 'the greeting names the system');
    },
    async hentGrupper() {
      const found = list(await call('hentGrupper', { instnr: INST }), 'gruppe');
      assert(found.length > 0 && found.every((g) => g.instnr === INST), 'groups of the institution');
      assert(found.some((g) => g.gruppeid === GROUP && g.gruppetype === 'Hovedgruppe'), 'the demo group');
    },
    async hentBrugereIGruppe() {
      const found = list(await call('hentBrugereIGruppe', { instnr: INST, gruppeid: GROUP }), 'brugertilknytning');
      const pupil = found.find((b) => b.brugerid === PUPIL);
      assert.strictEqual(pupil.elev.rolle, 'Elev');
      assert(!pupil.ansat && !pupil.ekstern, 'one branch of the choice');
    },
    async hentInstitution() {
      const { institution } = await call('hentInstitution', { instnr: INST });
      assert(institution.instnr === INST && institution.instnavn, 'number and name');
    },
    async hentInstitutioner() {
      const found = list(await call('hentInstitutioner', { instnr: [INST, OTHER] }), 'institution');
      assert.deepStrictEqual(found.map((i) => i.instnr).sort(), [INST, OTHER].sort());
    },
    async hentInstBruger() {
      const [pupil] = list(await call('hentInstBruger', { instnr: INST, brugerid: PUPIL }), 'instBruger');
      assert(pupil.instnr === INST && pupil.brugerid === PUPIL && pupil.navn, 'the pupil');
      assert(pupil.elev.hovedgruppeid === GROUP && !pupil.ansat, "the pupil's main group");
      const [staff] = list(await call('hentInstBruger', { brugerid: STAFF }), 'instBruger');
      const roles = list(staff.ansat, 'rolle');
      assert(!staff.elev && roles.length && roles.every((r) => STAFF_ROLES.includes(r)), "the employee's roles");
    },
    async hentDataAftaler() {
      assert(list(await call('hentDataAftaler', {}), 'regnr').includes(INST), 'the agreement of the institution');
    },
    async hentInstitutionshierarki() {
      const { institutionshierarki: found } = await call('hentInstitutionshierarki', { instnr: INST });
      assert(found.mainInstitution === MAIN && list(found, 'department').includes(INST), 'main and departments');
    },
    async 'empty answer'() {
      assert.deepStrictEqual(list(await call('hentGrupper', { instnr: UNKNOWN }), 'gruppe'), []);
      assert.deepStrictEqual(list(await call('hentInstitution', { instnr: UNKNOWN }), 'institution'), []);
    },
    async fault() {
      client.clearSoapHeaders();
      const error = await call('hentGrupper', { instnr: INST }).then(
        () => assert.fail('no fault'),
        (raised) => raised,
      );
      const { Fault } = error.root.Envelope.Body;
      assert.strictEqual(Fault.Code.Subcode.Value.split(':').pop(), 'UdbydersytemIdMangler');
      assert.strictEqual(Fault.Detail.authentificationError.type, 'UdbydersytemIdMangler');
      assert(Fault.Reason.Text, 'reason');
    },
  };

  let failures = 0;
  for (const [name, body] of Object.entries(checks)) {
    try {
      await body();
      console.log('ok', name);
    } catch (error) {
      failures += 1;
      console.log(`FAIL ${name}: ${error.message.split('\n')[0]}`);
    }
  }
  process.exitCode = failures ? 1 : 0;
}

main(process.argv[2]).catch((error) => {
  console.log('FAIL wsdl:', error.message);
  process.exitCode = 1;
});
