import type { Denied } from '../../src/proxy/browser.ts';
import type { Browsers } from '../../src/proxy/gate.ts';

export const NOW = 1_700_000_000;
export const LOGIN = 'https://login.example.com/start';
export const ORIGIN = 'https://spa.example.com';

export const BROWSERS: Browsers = {
  hosts: ['app.example.com', '*.shop.example.com', 'dev.example.com:8443', 'own.example.com:443'],
  allowsHttp: false,
  origins: new Set([ORIGIN]),
};

/** What a browser says of itself when a person follows a link. */
export const NAVIGATION: readonly string[] = ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document'];

/** A person without a session, on `https://app.example.com/orders?id=1`. */
export function deniedOf(changes: Partial<Denied> = {}): Denied {
  return {
    decision: { outcome: 'challenge', reason: 'no_credential' },
    asked: {
      target: {
        method: 'GET',
        scheme: 'https',
        host: 'app.example.com',
        port: undefined,
        path: '/orders',
        query: '?id=1',
      },
      clientAddress: undefined,
      preflightFor: undefined,
    },
    rawHeaders: NAVIGATION,
    loginUrl: LOGIN,
    browsers: BROWSERS,
    cookieName: 'session',
    now: NOW,
    ...changes,
  };
}
