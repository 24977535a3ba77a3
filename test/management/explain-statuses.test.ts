import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, describedCalls } from '../support/described.ts';
import { createSession, send } from '../support/http.ts';
import { getToken, registerApplication, tamper } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

const SETTINGS = {
  cors: { origins: ['https://spa.example.com'] },
  policies: {
    default: {},
    open: { anonymous: true },
    staff: { subjectType: 'user' as const, roles: ['staff'] },
    fresh: { maxAuthAgeSeconds: 10 },
    inside: { clientNetworks: ['192.0.2.0/24'] },
    shop: {
      rules: [
        { path: '/public/**', anonymous: true },
        { methods: ['GET'], path: '/orders/*', roles: ['staff'] },
        { host: 'admin.example.com', path: '/**', roles: ['admin'] },
      ],
    },
  },
};

type Credential = { readonly token?: string; readonly cookie?: string };
type Case = {
  readonly policy: string;
  readonly credential?: Credential;
  readonly request?: { readonly method: string; readonly url: string };
  readonly clientAddress?: string;
  readonly preflight?: { readonly origin: string; readonly method: string };
};

let postern: InProcess;
let call: Call;
let live: { readonly id: string; readonly token: string };
let credentials: Readonly<Record<string, Credential>>;
beforeAll(async () => {
  postern = await startInProcess(SETTINGS);
  call = await describedCalls(postern.ports);
  live = await createSession(postern.ports.admin, { subject: 'ada', roles: ['staff'], authenticatedAt: 0 });
  const jwt = await getToken(postern.ports, await registerApplication(postern.ports));
  credentials = {
    cookie: { cookie: live.token },
    bearer: { token: live.token },
    'unknown cookie': { cookie: `vn${'x'.repeat(43)}` },
    'foreign bearer': { token: 'none-of-ours' },
    'broken bearer': { token: 'none-of ours-either' },
    'two cookies': { cookie: `${live.token}; session=${live.token}` },
    jwt: { token: jwt },
    'forged jwt': { token: tamper(jwt) },
  };
});
afterAll(() => postern.close());

const get = (url: string) => ({ request: { method: 'GET', url } });

const CASES: readonly Omit<Case, 'credential'>[] = [
  { policy: 'default' },
  { policy: 'open' },
  { policy: 'staff' },
  { policy: 'fresh' },
  { policy: 'inside', clientAddress: '192.0.2.7' },
  { policy: 'inside', clientAddress: '198.51.100.7' },
  { policy: 'inside' },
  { policy: 'shop', ...get('https://shop.example.com/public/a') },
  { policy: 'shop', ...get('https://shop.example.com/orders/7?x=1') },
  { policy: 'shop', ...get('https://shop.example.com/public/%2e%2e/orders/7') },
  { policy: 'shop', ...get('https://shop.example.com/public/../orders/7') },
  { policy: 'shop', ...get('https://admin.example.com/') },
  { policy: 'shop', ...get('https://shop.example.com/elsewhere') },
  { policy: 'shop', ...get('https://shop.example.com/public;x/a') },
  { policy: 'shop', request: { method: 'POST', url: 'https://shop.example.com/orders/7' } },
  {
    policy: 'shop',
    request: { method: 'OPTIONS', url: 'https://shop.example.com/orders/7' },
    preflight: { origin: 'https://spa.example.com', method: 'GET' },
  },
  {
    policy: 'shop',
    request: { method: 'OPTIONS', url: 'https://shop.example.com/orders/7' },
    preflight: { origin: 'https://evil.example.com', method: 'GET' },
  },
];

/** What the gate itself answers, in each dialect. */
async function answersTo({ policy, credential = {}, request, clientAddress, preflight }: Case) {
  const { method = 'GET', url = 'http://h/' } = request ?? {};
  const [, scheme = '', host = '', uri = ''] = /^(\w+):\/\/([^/]+)(.*)$/.exec(url) ?? [];
  const common = [
    ...(credential.token === undefined ? [] : ['Authorization', `Bearer ${credential.token}`]),
    ...(credential.cookie === undefined ? [] : ['Cookie', `session=${credential.cookie}`]),
    ...(clientAddress === undefined ? [] : ['X-Forwarded-For', clientAddress]),
    ...(preflight ? ['Origin', preflight.origin, 'Access-Control-Request-Method', preflight.method] : []),
  ];
  const forwarded = ['X-Forwarded-Proto', scheme, 'X-Forwarded-Host', host, 'X-Forwarded-Uri', uri];
  const ways = {
    'auth-request': { headers: ['X-Original-URL', url, 'X-Original-Method', method] },
    'forward-auth': { headers: [...forwarded, 'X-Forwarded-Method', method] },
    'ext-authz': { headers: ['Host', host], rest: uri, method },
    resolve: { headers: ['X-Original-URL', url, 'X-Original-Method', method] },
  };
  const answers = Object.entries(ways).map(async ([dialect, { headers, ...way }]) => {
    const { rest = '', ...asking } = { rest: '', ...way };
    const path = `/${dialect}/${policy}${rest}`;
    const { status } = await send(postern.ports.decision, {
      ...asking,
      path,
      headers: [...headers, ...common],
    });
    return [dialect, status];
  });
  return Object.fromEntries((await Promise.all(answers)).filter(([, status]) => status !== 404));
}

describe('what an explanation says of the status', () => {
  it.each(CASES)('is what the gate answers in every dialect: %j', async (asked) => {
    for (const [name, credential] of [['none', undefined] as const, ...Object.entries(credentials)]) {
      const body = credential === undefined ? asked : { ...asked, credential };
      const { status, json, body: text } = await call('POST', '/explain', body);
      expect([name, status]).toEqual([name, 200]);
      expect([name, json.statuses]).toEqual([name, await answersTo(body)]);
      for (const hidden of Object.values(credential ?? {})) expect(text).not.toContain(hidden);
    }
  });

  it('is the same where the public id of a session is named, in the place of its cookie', async () => {
    for (const asked of CASES) {
      const byId = await call('POST', '/explain', { ...asked, credential: { sessionId: live.id } });
      const byCookie = await call('POST', '/explain', { ...asked, credential: credentials.cookie });
      expect(byId.json).toEqual(byCookie.json);
    }
  });
});
