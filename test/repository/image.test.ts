import { join } from 'node:path';
import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { cookieOf, createSession, manage, send } from '../support/http.ts';
import { ADMIN_TOKEN } from '../support/postern.ts';
import { IMAGES } from '../support/programs.ts';
import { freePort, listening } from '../support/server.ts';
import { untilReady } from '../support/site.ts';

type Client = Awaited<ReturnType<typeof getContainerRuntimeClient>>;

// A machine without a Docker engine says so before the first test, and runs all the others.
describe.skipIf(!inject('canBuildImage'))('the image', () => {
  const name = `postern-test:${process.pid}`;
  const ports = { decision: 0, public: 0, admin: 0 };
  let client: Client;
  let container: ReturnType<Client['container']['getById']>;

  beforeAll(async () => {
    client = await getContainerRuntimeClient();
    const root = join(import.meta.dirname, '../..');
    await GenericContainer.fromDockerfile(root).withBuildArgs(IMAGES).build(name, { deleteOnExit: false });
    for (const listener of ['decision', 'public', 'admin'] as const) ports[listener] = await freePort();
    container = await client.container.create({
      Image: name,
      Env: [
        `POSTERN_ADMIN_TOKEN=${ADMIN_TOKEN}`,
        ...Object.entries(ports).map(
          ([key, port]) => `POSTERN_LISTEN_${key.toUpperCase()}=127.0.0.1:${port}`,
        ),
      ],
      HostConfig: {
        NetworkMode: 'host',
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
      },
    });
    await client.container.start(container);
    await listening(ports.admin);
  }, 300_000);

  afterAll(async () => {
    await container?.remove({ force: true, v: true });
    await client?.container.dockerode.getImage(name).remove({ force: true });
  });

  it('SUP-05 runs as nobody in particular, on a root it cannot write to', async () => {
    const { Config } = await client.container.dockerode.getImage(name).inspect();
    expect(Config.User).toBe('65532:65532');
    expect((await client.container.inspect(container)).HostConfig.ReadonlyRootfs).toBe(true);
  });

  it('creates a session, allows it, revokes it and denies it, and keeps it on its volume', async () => {
    await untilReady(ports.admin);
    const session = await createSession(ports.admin, { subject: 'ada' });
    const ask = () => send(ports.decision, { path: '/auth-request/default', headers: cookieOf(session) });
    expect((await ask()).status).toBe(200);
    expect((await manage(ports.admin, 'DELETE', `/default/sessions/${session.id}`)).status).toBe(204);
    expect((await ask()).status).toBe(401);
  });

  it('ends on SIGTERM with 0', async () => {
    await container.stop();
    expect((await client.container.inspect(container)).State.ExitCode).toBe(0);
  });
});
