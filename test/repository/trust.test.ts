import { describe, expect, it, vi } from 'vitest';
import { send } from '../support/http.ts';
import { startOnFile } from '../support/settings-file.ts';

const SECRET = 'the-gateway-secret-of-a-start-in-the-tests';
const toldOf = (postern: Awaited<ReturnType<typeof startOnFile>>) =>
  JSON.stringify(postern.log) + postern.errorText();
const isRisk = ({ level, setting }: { readonly [field: string]: unknown }) =>
  level === 40 && setting === 'trustAnybody';

describe('a start says who may ask', () => {
  it('FWD-03 only this machine, where the settings name nobody', async () => {
    const postern = await startOnFile('{}\n');
    expect(await postern.logged(({ msg }) => msg === 'listening')).toMatchObject({
      trustedProxies: ['127.0.0.0/8', '::1/128'],
      gatewaySecret: false,
    });
    await vi.waitUntil(
      () => postern.errorText().includes('  trusted   127.0.0.0/8, ::1/128 over TCP'),
      20_000,
    );
    expect(postern.log.filter(isRisk)).toEqual([]);
  });

  it('FWD-05 with the secret, where there is one, and never which', async () => {
    const postern = await startOnFile(`trustedProxies: []\ngatewaySecret: ${SECRET}\n`);
    expect(await postern.logged(({ msg }) => msg === 'listening')).toMatchObject({
      trustedProxies: [],
      gatewaySecret: true,
    });
    for (const secret of [SECRET, SECRET.slice(0, -1)]) {
      const headers = ['X-Postern-Gateway', secret];
      await send(postern.ports.decision, { path: '/auth-request/default', headers });
    }
    await postern.signal('SIGHUP');
    await postern.reloaded('unchanged');
    await vi.waitUntil(() => postern.errorText().includes('  trusted   nobody over TCP'), 20_000);
    expect(toldOf(postern) + (await postern.metrics())).not.toContain(SECRET.slice(0, -1));
  });

  it('FWD-04 everybody, at each start, where a second setting lets them', async () => {
    const settings = "trustAnybody: true\ntrustedProxies: ['0.0.0.0/0', '::/0']\n";
    for (let start = 0; start < 2; start += 1) {
      const postern = await startOnFile(settings);
      expect(await postern.logged(isRisk)).toMatchObject({ msg: 'whoever reaches the port may ask' });
      expect(postern.log).toContainEqual(
        expect.objectContaining({ msg: 'listening', trustedProxies: ['0.0.0.0/0', '::/0'] }),
      );
    }
  });
});
