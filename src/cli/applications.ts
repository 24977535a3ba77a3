import { z } from 'zod';
import type { Action } from './action.ts';
import { Failure } from './failure.ts';

// Loose, since the answer is printed as it came.
const application = z.looseObject({
  clientId: z.string(),
  name: z.string(),
  type: z.string(),
  enabled: z.boolean(),
});
const applications = z.looseObject({ applications: z.array(application) });
const registered = z.looseObject({ clientId: z.string(), name: z.string(), secret: z.string() });
const granted = z.looseObject({ grants: z.array(z.unknown()) });
const rotated = z.looseObject({ name: z.string(), secret: z.string() });

const SHOWN_ONCE = 'Keep the secret: it is shown this once.';

const pathOf = (clientId: string) => `/applications/${encodeURIComponent(clientId)}`;

export const createApplication: Action = async (call, { operand: name, resource, scopes }) => {
  const made = await call('POST', '/applications', registered, { name });
  const { clientId, secret } = made;
  const table = [
    ['CLIENT ID', 'NAME', 'SECRET'],
    [clientId, made.name, secret],
  ];
  if (resource === undefined) return { answer: made, table, note: SHOWN_ONCE };
  try {
    const grants = { grants: [{ resource, scopes }] };
    const { grants: given } = await call('PUT', `${pathOf(clientId)}/grants`, granted, grants);
    return { answer: { ...made, grants: given }, table, note: SHOWN_ONCE };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const done = `The application ${clientId} was created, but nothing was granted to it:`;
    return { answer: made, table, note: SHOWN_ONCE, failure: error.after(done) };
  }
};

export const listApplications: Action = async (call) => {
  const answer = await call('GET', '/applications', applications);
  const rows = answer.applications.map(({ clientId, name, type, enabled }) => [
    clientId,
    name,
    type,
    enabled ? 'yes' : 'no',
  ]);
  return { answer, table: [['CLIENT ID', 'NAME', 'TYPE', 'ENABLED'], ...rows] };
};

export const rotateApplication: Action = async (call, { operand: clientId, graceSeconds }) => {
  const answer = await call('POST', `${pathOf(clientId)}/secrets/rotate`, rotated, { graceSeconds });
  const table = [
    ['CLIENT ID', 'SECRET NAME', 'SECRET'],
    [clientId, answer.name, answer.secret],
  ];
  const others =
    graceSeconds === 0
      ? 'All others are gone, and the tokens that they gave.'
      : `All others work for ${graceSeconds} s more at most.`;
  return { answer, table, note: `${SHOWN_ONCE} ${others}` };
};

export const deleteApplication: Action = async (call, { operand: clientId }) => {
  await call('DELETE', pathOf(clientId), z.undefined());
  return {};
};
