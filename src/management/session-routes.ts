import { type Route, route } from './route.ts';
import { handedOver, page, session } from './session-answers.ts';
import { creation, listing, ofSubject, rotation } from './session-requests.ts';
import { createSession, findLive, idOf, listSessions, rotateSession, type SessionsApi } from './sessions.ts';

/** Applications that log users in create, change and end sessions here. */
export function sessionRoutes(api: SessionsApi): readonly Route[] {
  return [...ofAll(api), ...ofOne(api)];
}

function ofAll(api: SessionsApi): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/sessions',
      operation: 'createSession',
      summary: 'Creates a session and shows its token, this once',
      body: creation,
      answers: [{ status: 201, description: 'The session is live', schema: handedOver }],
      handle: async ({ tenant, body }) => ({ status: 201, body: await createSession(api, tenant, body) }),
    }),
    route({
      method: 'GET',
      path: '/sessions',
      operation: 'listSessions',
      summary: 'Lists the live sessions of a subject',
      query: listing,
      answers: [{ status: 200, description: 'A page of 100 at most', schema: page }],
      handle: async ({ tenant, query }) => ({ status: 200, body: await listSessions(api, tenant, query) }),
    }),
    route({
      method: 'DELETE',
      path: '/sessions',
      operation: 'revokeSessionsOfSubject',
      summary: 'Revokes all sessions of a subject in one step',
      query: ofSubject,
      answers: [{ status: 204, description: 'None that was created before survives' }],
      handle: async ({ tenant, query }) => {
        await api.table.revokeSubject(tenant, query.subject);
        return { status: 204 };
      },
    }),
  ];
}

function ofOne(api: SessionsApi): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/sessions/{id}/rotate',
      operation: 'rotateSession',
      summary: 'Puts a new token and id in the place of the old',
      body: rotation,
      answers: [{ status: 200, description: 'The old token and id are dead', schema: handedOver }],
      handle: async ({ tenant, params, body }) => ({
        status: 200,
        body: await rotateSession(api, tenant, params.id, body),
      }),
    }),
    route({
      method: 'GET',
      path: '/sessions/{id}',
      operation: 'showSession',
      summary: 'Shows one session, without its token',
      answers: [{ status: 200, description: 'It is live', schema: session }],
      handle: async ({ tenant, params }) => ({ status: 200, body: await findLive(api, tenant, params.id) }),
    }),
    route({
      method: 'DELETE',
      path: '/sessions/{id}',
      operation: 'revokeSession',
      summary: 'Revokes one session',
      answers: [{ status: 204, description: 'Revoked, also where it was gone already' }],
      handle: async ({ tenant, params }) => {
        await api.table.revoke(tenant, idOf(params.id));
        return { status: 204 };
      },
    }),
  ];
}
