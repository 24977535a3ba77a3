import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/config/schema.ts';

/** The places of what is refused. */
const faultsOf = (settings: unknown) =>
  settingsSchema.safeParse(settings).error?.issues.map(({ path }) => path.join('.')) ?? [];

const url = 'https://login.example.com/start?lang=fr';
const hosts = ['app.example.com', '*.shop.example.com', 'dev.example.com:8443', '*.dev.example.com:8443'];

describe('the settings of the login page', () => {
  it('are a URL, and the hosts to come back to', () => {
    expect(faultsOf({ login: { url, hosts } })).toEqual([]);
    expect(faultsOf({ login: { url } })).toEqual(['login.hosts']);
    expect(faultsOf({ policies: { staff: { loginUrl: url } } })).toEqual(['login.hosts']);
    expect(faultsOf({ policies: { staff: { loginUrl: 'none' } } })).toEqual([]);
  });

  it.each([
    'https://app.example.com',
    'APP.example.com',
    'app.example.com.',
    'app.example.com:',
    'app.example.com:0443',
    'app.example.com/',
    'app..example.com',
    '*',
    '*.',
    '*.*.example.com',
    'app.*.example.com',
    'a@example.com',
    '',
  ])('RD-02 refuse a host that none could be compared with: %j', (host) => {
    expect(faultsOf({ login: { url, hosts: [host] } })).toEqual(['login.hosts.0']);
  });

  it.each([
    '/login',
    '//login.example.com',
    'javascript:alert(1)',
    'https://a@login.example.com',
    `${url}#x`,
  ])('refuse a page that is no absolute address: %s', (page) => {
    expect(faultsOf({ login: { url: page, hosts } })).toEqual(['login.url']);
    expect(faultsOf({ login: { hosts }, policies: { staff: { loginUrl: page } } })).toEqual([
      'policies.staff.loginUrl',
    ]);
  });
});

describe('the origins of scripts', () => {
  it.each([
    '*',
    'null',
    'https://*.example.com',
    'https://spa.example.com/',
    'spa.example.com',
    'https://SPA.example.com',
  ])('are as browsers write them, and not %j', (origin) => {
    expect(faultsOf({ cors: { origins: [origin] } })).toEqual(['cors.origins.0']);
  });
});
