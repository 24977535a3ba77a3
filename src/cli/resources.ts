import { z } from 'zod';
import type { Action, Outcome } from './action.ts';
import type { Call } from './client.ts';
import { EXIT, Failure } from './failure.ts';

// Loose, since the answer is printed as it came.
const scope = z.looseObject({ name: z.string() });
const resource = z.looseObject({
  id: z.string(),
  name: z.string(),
  indicator: z.string(),
  scopes: z.array(scope),
});
const resources = z.looseObject({ resources: z.array(resource) });

type Resource = z.output<typeof resource>;

const pathOf = (id: string) => `/resources/${encodeURIComponent(id)}`;

export const createResource: Action = async (call, { operand: name, identifier, scopes }) => {
  const made = await call('POST', '/resources', resource, { name, indicator: identifier });
  const added: z.output<typeof scope>[] = [];
  try {
    for (const name of scopes) added.push(await call('POST', `${pathOf(made.id)}/scopes`, scope, { name }));
    return show({ ...made, scopes: added });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const missing = scopes.slice(added.length).join(', ');
    const done = `The resource ${made.id} was created, but without the scopes ${missing}:`;
    return { ...show({ ...made, scopes: added }), failure: error.after(done) };
  }
};

export const listResources: Action = async (call) => {
  const answer = await call('GET', '/resources', resources);
  return { answer, table: tableOf(answer.resources) };
};

export const deleteResource: Action = async (call, { operand }) => {
  await call('DELETE', pathOf(await findId(call, operand)), z.undefined());
  return {};
};

/** An identifier is an absolute URI, so it has a colon, and an id has none. */
async function findId(call: Call, text: string): Promise<string> {
  if (!text.includes(':')) return text;
  const listed = await call('GET', '/resources', resources);
  const found = listed.resources.find(({ indicator }) => indicator === text);
  if (found === undefined) {
    throw new Failure(EXIT.refused, 'There is no resource with this identifier: "postern resource list".');
  }
  return found.id;
}

function show(answer: Resource): Outcome {
  return { answer, table: tableOf([answer]) };
}

function tableOf(listed: readonly Resource[]): string[][] {
  const rows = listed.map(({ id, name, indicator, scopes }) => [
    id,
    name,
    indicator,
    scopes.map((one) => one.name).join(' '),
  ]);
  return [['ID', 'NAME', 'IDENTIFIER', 'SCOPES'], ...rows];
}
