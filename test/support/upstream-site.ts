import { startApp } from './app.ts';
import { type Ask, type Reply, send } from './http.ts';
import { startInProcess } from './postern.ts';
import { startNginx } from './proxies/nginx.ts';

export const ASSERTION_AUDIENCE = 'https://upstream.example';

const POLICIES = {
  default: {},
  orders: {},
  open: { anonymous: true, stripCredentials: true },
  asserted: { assertionAudience: ASSERTION_AUDIENCE },
  all: { assertionAudience: ASSERTION_AUDIENCE, stripCredentials: true },
};

const locationOf = (policy: string) => `
    location /${policy}/ {
        auth_request /_postern/${policy};
        include postern/identity.conf;
        ${policy === 'asserted' ? '' : 'include postern/strip.conf;'}
        proxy_pass http://app/${policy}/;
    }`;

/** A real nginx with the files of `deploy/nginx` as they stand, and locations whose policies have more to say. */
export async function startUpstreamSite() {
  const postern = await startInProcess({ policies: POLICIES });
  const app = await startApp({ maxHeaderSize: 64 * 1024 });
  const inServer = ['open', 'asserted', 'all'].map(locationOf).join('');
  const nginx = await startNginx(postern.ports.decision, app.port, { inServer });
  return {
    postern,
    app,
    ask: (ask: Ask): Promise<Reply> => send(nginx.port, ask),
    close: async () => {
      await nginx.close();
      await postern.close();
      await app.close();
    },
  };
}
