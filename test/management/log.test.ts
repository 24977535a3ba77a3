import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createSession, manage } from '../support/http.ts';
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
