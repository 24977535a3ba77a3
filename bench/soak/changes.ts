import { setTimeout as sleep } from 'node:timers/promises';
import { parseSessionId } from '../../src/decision/token.ts';
import { createKeys } from '../../src/store/redis/keys.ts';
import type { Client } from '../management.ts';
import type { Random } from '../measure/zipf.ts';
import type { Ports } from '../postern.ts';
import type { Api } from './api.ts';
import { oneOf } from './questions.ts';
import { PREFIX, type Site } from './site.ts';
import type { Known, World } from './world.ts';

const SESSIONS = 150;
const TOKENS = 20;
const PAUSE_MILLISECONDS = 50;
/** So that to end all of a subject ends several. */
const PER_SUBJECT = 3;

export type Parts = {
  readonly site: Site;
  readonly world: World;
  readonly api: Api;
  readonly random: Random;
};

/** Makes, renews and ends credentials, one after the other, until it is over; gives how often it did what. */
export async function change(parts: Parts, over: AbortSignal): Promise<Record<string, number>> {
  const done: Record<string, number> = {};
  const steps = createSteps(parts);
  while (!over.aborted) {
    const name = chooseStep(parts);
    done[name] = (done[name] ?? 0) + 1;
    await steps[name]();
    await sleep(PAUSE_MILLISECONDS);
  }
  return done;
}

type Step = 'settle' | 'create' | 'rotate' | 'revoke' | 'DEL' | 'revoke subject' | 'token' | 'revoke token';

const ENDS = ['rotate', 'rotate', 'revoke', 'revoke', 'DEL', 'revoke subject', 'revoke token'] as const;

function chooseStep({ world: { live, unsettled }, random }: Parts): Step {
  if (unsettled.size > 0 && random() < 0.5) return 'settle';
  const sessions = [...live].filter(({ kind }) => kind === 'session').length;
  if (live.size - sessions < TOKENS && random() < 0.3) return 'token';
  if (sessions < SESSIONS && random() < 0.8) return 'create';
  return oneOf(ENDS, random) ?? 'revoke';
}

function createSteps({ site, world, api, random }: Parts): Record<Step, () => Promise<void>> {
  const { isFilling, make, renew, token, revokeToken } = createHandingOut({ site, world, api, random });
  const keys = createKeys(PREFIX);
  const ports = () => drawPorts(site, random);
  const drawSession = () => oneOf([...world.live].filter(isSession), random);
  const del = async ({ id = '' }: Known) => {
    const parsed = parseSessionId(id);
    if (parsed !== undefined) await site.redis.client.del(keys.row('default', parsed));
    return parsed !== undefined;
  };
  const end = async (known: Known | undefined, how: 'api' | 'del') => {
    if (known === undefined) return;
    if (known.end === undefined) world.begin(known, how);
    const isDone = await (known.kind === 'token'
      ? revokeToken(known)
      : how === 'del'
        ? del(known)
        : api.revoke(ports(), known.id ?? ''));
    if (isDone) world.settle(known);
  };
  return {
    settle: () => end(oneOf([...world.unsettled], random), 'api'),
    create: make,
    rotate: () => renew(drawSession()),
    revoke: () => end(drawSession(), 'api'),
    DEL: () => end(drawSession(), 'del'),
    'revoke subject': async () => {
      const subject = drawSession()?.subject;
      // Of an answer that did not come in time: who is made meanwhile may be ended or not.
      if (subject === undefined || isFilling(subject)) return;
      const all = [...world.live].filter((known) => known.subject === subject);
      for (const known of all) world.begin(known, 'subject');
      if (await api.revokeSubject(ports(), subject)) for (const known of all) world.settle(known);
    },
    token,
    'revoke token': () =>
      end(
        oneOf(
          [...world.live].filter((known) => !isSession(known)),
          random,
        ),
        'api',
      ),
  };
}

function createHandingOut({ site, world, api, random }: Parts) {
  let made = 0;
  let client: (Client & { readonly epoch: number }) | undefined;
  const ports = () => drawPorts(site, random);
  const addSession = (subject: string, { id, token }: { id: string; token: string }, epoch: number) => {
    const identity = { 'x-auth-subject': subject, 'x-auth-session-id': id, 'x-auth-client-id': '' };
    world.add({ kind: 'session', text: token, id, subject, identity }, epoch);
  };
  const currentSubject = () => `user-${Math.floor(made / PER_SUBJECT)}`;
  return {
    /** Whether this subject is to get more sessions. */
    isFilling: (subject: string) => subject === currentSubject(),
    make: async () => {
      const [subject, epoch] = [currentSubject(), world.epoch()];
      made += 1;
      const session = await api.create(ports(), subject);
      if (session !== undefined) addSession(subject, session, epoch);
    },
    renew: async (known: Known | undefined) => {
      if (known?.id === undefined) return;
      const epoch = world.epoch();
      world.begin(known, 'rotation');
      const session = await api.rotate(ports(), known.id);
      if (session === undefined) return;
      world.settle(known);
      addSession(known.subject, session, epoch);
    },
    /** The application is gone with all else when the store was emptied. */
    token: async () => {
      const epoch = world.epoch();
      if (client?.epoch !== epoch) {
        const registered = await api.register(ports());
        client = registered && { ...registered, epoch };
        return;
      }
      const { clientId } = client;
      const token = (await api.getToken(ports(), client))?.access_token;
      const identity = { 'x-auth-client-id': clientId, 'x-auth-subject-type': 'client' };
      if (token !== undefined)
        world.add({ kind: 'token', text: token, id: undefined, subject: clientId, identity }, epoch);
    },
    revokeToken: async ({ text }: Known) => client !== undefined && api.revokeToken(ports(), client, text),
  };
}

const isSession = ({ kind }: Known) => kind === 'session';

function drawPorts({ replicas }: Site, random: Random): Ports {
  const replica = oneOf(replicas, random);
  if (replica === undefined) throw new Error('there is no replica');
  return replica.ports;
}
