import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createSession, manage } from '../support/http.ts';
import { getToken, registerApplication } from '../support/issuer.ts';
import { startProcess } from '../support/postern.ts';

it('every write is a line of the log, and holds nothing that the caller sent', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-log-'));
  const postern = await startProcess({}, folder);
  const { id } = await createSession(postern.ports.admin, { subject: 'ada' });
  await manage(postern.ports.admin, 'GET', '/default/sessions?subject=ada');
  await manage(postern.ports.admin, 'POST', '/default/sessions', { subject: 'ada', admin: true });
  await manage(postern.ports.admin, 'DELETE', `/default/sessions/${id}`);
  await postern.logged(({ operation }) => operation === 'revokeSession');
  const written = postern.log.filter(({ msg }) => msg === 'managed');
  const line = { level: 30, msg: 'managed', actor: 'admin', tenant: 'default' };
  expect(written.map(({ time: _, ...rest }) => rest)).toEqual([
    { ...line, operation: 'createSession', status: 201 },
    { ...line, operation: 'createSession', status: 400 },
    { ...line, operation: 'revokeSession', status: 204 },
  ]);
  await postern.stop();
  await rm(folder, { recursive: true });
});

it('ADM-17 no secret, token or name of what is registered is in the log, at its most talkative', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-log-'));
  const postern = await startProcess({ POSTERN_LOG_LEVEL: 'debug' }, folder);
  const client = await registerApplication(postern.ports, { name: 'a telling name' });
  const token = await getToken(postern.ports, client);
  const path = `/default/applications/${client.clientId}`;
  const added = JSON.parse(
    (await manage(postern.ports.admin, 'POST', `${path}/secrets`, { name: 'x' })).body,
  );
  await manage(postern.ports.admin, 'POST', '/default/roles', {
    name: 'a telling name',
    unknown: added.secret,
  });
  await manage(postern.ports.admin, 'DELETE', path);
  await postern.logged(({ operation }) => operation === 'deleteApplication');
  const text = JSON.stringify(postern.log);
  expect(text).toContain('"operation":"addSecret"');
  for (const hidden of [client.secret, added.secret, token, 'a telling name'])
    expect(text).not.toContain(hidden);
  await postern.stop();
  await rm(folder, { recursive: true });
});
