import type { Settings } from '../config/schema.ts';
import type { Secret } from '../lib/secret.ts';
import type { Outcome } from './action.ts';
import type { Managing } from './arguments.ts';
import { createCall } from './client.ts';
import { type Endpoint, endpointAt } from './endpoint.ts';
import { EXIT, Failure } from './failure.ts';
import { printTable } from './table.ts';

export type Surroundings = {
  readonly settings: Pick<Settings, 'listen'>;
  /** Throws where there is none. */
  readonly findAdminToken: () => Secret;
  /** To standard output: the answer alone. */
  readonly print: (text: string) => void;
  /** To standard error. */
  readonly tell: (text: string) => void;
};

/** Runs one command on a server that runs; gives the code to exit with. */
export async function manage(managing: Managing, surroundings: Surroundings): Promise<number> {
  const { command, asked, tenant, json } = managing;
  const { print, tell } = surroundings;
  try {
    const endpoint = managing.endpoint ?? endpointOf(surroundings.settings);
    const call = createCall({ endpoint, tenant, adminToken: tokenOf(surroundings) });
    const outcome = await command.action(call, asked);
    print(json ? printJson(outcome) : printTable(outcome.table ?? []));
    if (outcome.note !== undefined) tell(`${outcome.note}\n`);
    if (outcome.failure !== undefined) throw outcome.failure;
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    tell(`postern ${command.name}: ${error.message}\n`);
    return error.code;
  }
}

function printJson({ answer }: Outcome): string {
  return answer === undefined ? '' : `${JSON.stringify(answer)}\n`;
}

function endpointOf({ listen }: Surroundings['settings']): Endpoint {
  const endpoint = endpointAt(listen.admin);
  if (endpoint !== undefined) return endpoint;
  throw new Failure(EXIT.usage, 'The settings leave the admin port open: say where it is with --url.');
}

function tokenOf({ findAdminToken }: Surroundings): Secret {
  try {
    return findAdminToken();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(EXIT.notPermitted, why, { cause: error });
  }
}
