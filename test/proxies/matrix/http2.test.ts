import { once } from 'node:events';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSession, type NewSession } from '../../support/http.ts';
import { describeProxies } from '../../support/proxies/proxies.ts';
import { statusFor } from '../../support/proxies/proxy.ts';
import { fold, PASSED_ON, type Site, startSite } from '../../support/site.ts';

const FORGED = Object.fromEntries(
  PASSED_ON.flatMap((name) => [
    [name.toLowerCase(), 'forged'],
    [name.toLowerCase().replaceAll('-', '_'), 'forged'],
    [name.toLowerCase().replaceAll('-', '.'), 'forged'],
  ]),
);

describeProxies('over HTTP/2', (proxy) => {
  let site: Site;
  let session: ClientHttp2Session;
  let ada: NewSession;
  beforeAll(async () => {
    const start = (decision: number, app: number) => proxy.start(decision, app, { http2: true });
    site = await startSite({ ...proxy, start });
    ada = await createSession(site.postern.ports.admin, { subject: 'ada', scope: ['orders:read'] });
    session = connect(`http://127.0.0.1:${site.proxy.port}`);
  });
  afterAll(async () => {
    session.destroy();
    await site.close();
  });

  async function ask(headers: Record<string, string | string[]>, body = '') {
    const before = site.app.seen.length;
    const stream = session.request({ ':path': '/', ...FORGED, ...headers }, { endStream: body === '' });
    if (body !== '') stream.end(body);
    const [answer]: IncomingHttpHeaders[] = await once(stream, 'response');
    stream.resume();
    await once(stream, 'close');
    const seen = site.app.seen[before];
    return { answer, seen: seen === undefined ? undefined : fold(seen) };
  }

  it('PRX-13 a live cookie passes, also in crumbs, and nothing forged', async () => {
    for (const cookie of [`session=${ada.token}`, ['theme=dark', `session=${ada.token}`, 'a=b']]) {
      const { answer, seen } = await ask({ ':path': '/orders/1', cookie });
      expect(answer?.[':status']).toBe(200);
      expect(seen?.x_auth_subject).toBe('ada');
      expect(JSON.stringify(seen)).not.toContain('forged');
    }
  });

  it('PRX-13 two cookies of the name in two crumbs are refused', async () => {
    const cookie = [`session=${ada.token}`, `session=${ada.token}`];
    const { answer, seen } = await ask({ cookie });
    expect(answer?.[':status']).toBe(statusFor(proxy, 'malformed-credential'));
    expect(seen).toBeUndefined();
  });

  it('PRX-13 a stranger is challenged, on the same connection', async () => {
    const { answer, seen } = await ask({});
    expect(answer?.[':status']).toBe(statusFor(proxy, 'challenge'));
    expect(answer?.['www-authenticate']).toBe('Bearer realm="default"');
    expect(seen).toBeUndefined();
  });

  it('PRX-09 PRX-13 a call like those of gRPC reaches the application with its body', async () => {
    const headers = { ':method': 'POST', ':path': '/orders/Get', 'content-type': 'application/grpc' };
    const { answer, seen } = await ask(
      { ...headers, te: 'trailers', cookie: `session=${ada.token}` },
      'message',
    );
    expect(answer?.[':status']).toBe(200);
    expect(seen).toMatchObject({ x_auth_subject: 'ada', content_type: 'application/grpc' });
  });

  it.each(['/public/../orders/1', '/public/..%2forders/1', '//public/../orders/1'])(
    'PRX-13 no path is read in two ways: %s',
    async (path) => {
      const { answer, seen } = await ask({ ':path': path });
      expect([400, 401]).toContain(answer?.[':status']);
      expect(seen).toBeUndefined();
    },
  );
});
