/** What a person wants to know at the start. `adminTokenPath` is absent where the settings name the token. */
export type Start = {
  readonly decision: string;
  readonly public: string;
  readonly admin: string;
  /** Who may ask for decisions over TCP. */
  readonly trusted: readonly string[];
  readonly adminTokenPath?: string;
  readonly cookieName: string;
  /** The policy that the lines ask for, and its tenant. */
  readonly policy: string;
  readonly tenant: string;
};

/** The listeners, where the admin token is, four lines to paste, and how machines come in. Written for eyes: the log is JSON, this is not. */
export function printBanner(start: Start): string {
  const { decision, admin, trusted, adminTokenPath, cookieName, policy, tenant } = start;
  const token = adminTokenPath === undefined ? '$POSTERN_ADMIN_TOKEN' : `$(cat ${adminTokenPath})`;
  const sessions = curlable(admin, `/management/v4/${tenant}/sessions`);
  const ask = `curl -i -H "Cookie: ${cookieName}=$TOKEN" ${curlable(decision, `/auth-request/${policy}`)}`;
  const authorization = `-H "Authorization: Bearer ${token}"`;
  return `
Postern listens
  decision  ${decision}
  public    ${start.public}
  admin     ${admin}
  trusted   ${trusted.join(', ') || 'nobody'} over TCP (trustedProxies), and whoever can open a Unix socket
  admin token: ${adminTokenPath ?? 'as set in the settings'}

Try it: create a session, ask with its cookie (200 and who it is; 403 where the policy asks for more), revoke it, ask again (401).
  TOKEN=$(curl -s ${authorization} -H 'Content-Type: application/json' -d '{"subject":"ada","roles":["staff"]}' ${sessions} | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
  ${ask}
  curl -i -X DELETE ${authorization} '${sessions}?subject=ada'
  ${ask}

Machines get tokens at the public listener: register one with "postern app create NAME" (docs/commands.md).

`;
}

function curlable(listener: string, path: string): string {
  return listener.startsWith('unix:')
    ? `--unix-socket ${listener.slice(5)} http://postern${path}`
    : listener + path;
}
