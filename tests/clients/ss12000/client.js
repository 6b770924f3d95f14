// Walks through the SS12000 face as the public Node client does: `fetch`, `URL`, a media type on every request, slashes at the end.
// Usage: node client.js BASE_URL
'use strict';
const assert = require('node:assert');

const base = process.argv[2];
const headers = { 'Content-Type': 'application/json', Accept: 'application/json', Authorization: 'Bearer demo' };

async function ask(method, path, params = {}, body, status = 200) {
  const url = new URL(`${base}${path}`);
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, one);
  }
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.strictEqual(answer.status, status, `${method} ${path}: ${answer.status} ${text.slice(0, 200)}`);
  return text ? JSON.parse(text) : null;
}

async function pages() {
  const whole = (await ask('GET', '/persons/', { limit: 1000 })).data;
  const walked = [];
  let pageToken = null;
  do {
    const page = await ask('GET', '/persons/', pageToken ? { limit: 7, pageToken } : { limit: 7 });
    walked.push(...page.data);
    pageToken = page.pageToken;
  } while (pageToken);
  assert.deepStrictEqual(walked, whole);
  assert(new Set(whole.map((it) => it.id)).size === whole.length && whole.length > 100);
  return whole;
}

const checks = {
  async times(whole) {
    const last = new Date(Math.max(...whole.map((it) => Date.parse(it.meta.modified)))).toISOString();
    assert.deepStrictEqual((await ask('GET', '/persons', { 'meta.modified.after': last })).data, []);
    assert.strictEqual((await ask('GET', '/persons', { 'meta.modified.before': last, limit: 1000 })).data.length, whole.length);
  },
  async looked_up(whole) {
    const some = whole.filter((_, at) => at % 40 === 0);
    assert.deepStrictEqual(await ask('POST', '/persons/lookup', { expandReferenceNames: false }, { ids: some.map((it) => it.id) }), some);
  },
  async expanded(whole) {
    const pupil = whole.find((it) => it.enrolments.length > 0);
    const found = await ask('GET', `/persons/${pupil.id}`, { expand: ['groupMemberships', 'duties'], expandReferenceNames: true });
    assert(found._embedded.groupMemberships.length > 0 && found._embedded.duties.length === 0);
    assert(found.enrolments[0].enroledAt.displayName);
  },
  async filtered() {
    const groups = (await ask('GET', '/groups', { groupType: ['Klass', 'Undervisning'], limit: 1000 })).data;
    assert.deepStrictEqual([...new Set(groups.map((it) => it.groupType))].sort(), ['Klass', 'Undervisning']);
  },
  async subscription() {
    const made = await ask('POST', '/subscriptions', {}, { name: 'Node', target: 'https://1.1.1.1/hook', resourceTypes: ['Person', 'Duty'] }, 201);
    await ask('PATCH', `/subscriptions/${made.id}`, {}, { expires: '2030-01-01T00:00:00.000Z' });
    assert((await ask('GET', '/subscriptions')).data.some((it) => it.id === made.id));
    await ask('DELETE', `/subscriptions/${made.id}`, {}, undefined, 204);
    assert.strictEqual(await ask('GET', `/subscriptions/${made.id}`, {}, undefined, 404), null);
  },
  async reports() {
    await ask('POST', '/log/', {}, { message: 'm', severityLevel: 'Warning' }, 201);
    await ask('POST', '/statistics/', {}, { resourceType: 'Group', newCount: 0, updatedCount: 2, deletedCount: 0 }, 201);
  },
  async gone() {
    const answer = await ask('GET', '/deletedEntities', { after: new Date(Date.now() - 3600e3).toISOString(), entities: ['Person', 'Duty'] });
    assert(answer.data && !Array.isArray(answer.data));
  },
  async refused() {
    assert.deepStrictEqual(Object.keys(await ask('GET', '/persons', { nope: 1 }, undefined, 400)).sort(), ['code', 'message']);
    const answer = await fetch(`${base}/persons`);
    assert(answer.status === 401 && answer.headers.get('www-authenticate').startsWith('Bearer'));
  },
};

(async () => {
  console.log('version', process.versions.node);
  const whole = await pages();
  console.log('ok pages');
  for (const [name, check] of Object.entries(checks)) {
    await check(whole);
    console.log('ok', name);
  }
})();
