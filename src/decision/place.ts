import { isIPv4 } from 'node:net';
import { canonicalHost } from './host.ts';
import { canonicalPath, segmentsOf } from './path.ts';
import { isMethod } from './target.ts';

/** Where a rule applies; what is absent applies to all. */
export type Place = {
  readonly methods?: readonly string[] | undefined;
  /** A name, `*.` and a name (one label, as in certificates), or an address; the port is never compared. */
  readonly host?: string | undefined;
  /** `/a/b`; `*` is one whole segment, `**` at the end none, one or many. */
  readonly path: string;
};

/** For the author of the settings: what is wrong, and what to write instead. */
export type PlaceFault = { readonly member: keyof Place; readonly message: string };

/** A path pattern: segments, of which `*` is any one; an open one goes on for as long as it likes. */
export type Pattern = { readonly segments: readonly string[]; readonly isOpen: boolean };

export const ANY_SEGMENT = '*';
const REST = '**';
const ANY_LABEL = '*.';

/** No request's canonical path is like these, or it means something else, so that such a rule would never apply. */
const UNFIT: readonly (readonly [RegExp, string])[] = [
  [/^(?!\/)/, 'must begin with `/`'],
  [/[?#]/, 'must be a path alone: no rule depends on a query (`?`) or a fragment (`#`)'],
  [/;|%3b/i, 'must have no `;`: some servers cut off what follows it, and others do not'],
  [/\\|%(?:2f|5c)/i, 'must have no backslash and no encoded slash: such requests are denied'],
  [/\/\.{1,2}(?:\/|$)|%2e/i, 'must have no `.` or `..`: they are resolved before a rule is looked for'],
  [/%2a/i, 'must have no `%2A`: it is the same as `*`, which stands for a whole segment'],
  [/\/\*\*\/./, 'must have `**` only at the end; `*` stands for one segment anywhere'],
  [
    /\/(?!\*{1,2}(?:\/|$))[^/]*\*/,
    'must have `*` or `**` only as a whole segment: parts of one can not be left open',
  ],
];

/** Empty where the place can be a rule's. */
export function faultsOfPlace({ methods, host, path }: Place): readonly PlaceFault[] {
  const messages = {
    methods: methods === undefined ? undefined : faultOfMethods(methods),
    host: host === undefined ? undefined : faultOfHost(host),
    path: faultOfPath(path),
  };
  const members = ['methods', 'host', 'path'] as const;
  return members.flatMap((member) => {
    const message = messages[member];
    return message === undefined ? [] : [{ member, message }];
  });
}

/** Of the path of a place without faults. */
export function patternOf(path: string): Pattern {
  const segments = segmentsOf(path);
  return segments.at(-1) === REST
    ? { segments: segments.slice(0, -1), isOpen: true }
    : { segments, isOpen: false };
}

/** `example.com` of `app.example.com` and of `*.example.com`; undefined where there is no dot. */
export function parentOf(host: string): string | undefined {
  const dot = host.indexOf('.');
  return dot === -1 ? undefined : host.slice(dot + 1);
}

export function isWildcard(host: string): boolean {
  return host.startsWith(ANY_LABEL);
}

function faultOfMethods(methods: readonly string[]): string | undefined {
  if (methods.length === 0) return 'must name a method; leave it out for all of them';
  const wrong = methods.find((method) => !isMethod(method));
  if (wrong === undefined) return undefined;
  const capitals = wrong.toUpperCase();
  return isMethod(capitals)
    ? `must be in capitals: write ${capitals}`
    : 'must be names of methods, such as GET';
}

function faultOfHost(host: string): string | undefined {
  const [label, name] = isWildcard(host) ? [ANY_LABEL, host.slice(ANY_LABEL.length)] : ['', host];
  const canonical = canonicalHost(name, undefined)?.host;
  if (canonical === undefined) {
    return 'must be a name (in ASCII: xn--…), `*.` and a name, or an address; leave it out for any host';
  }
  if (label !== '' && isAddress(canonical)) return 'must be a name after `*.`: no host is below an address';
  return canonical === name ? undefined : `must be as requests are compared: write ${label}${canonical}`;
}

function isAddress(host: string): boolean {
  return host.startsWith('[') || isIPv4(host);
}

function faultOfPath(path: string): string | undefined {
  const unfit = UNFIT.find(([pattern]) => pattern.test(path));
  if (unfit !== undefined) return unfit[1];
  const canonical = canonicalPath(
    path.replace(/[^!-~]+/g, (text) => encodeURIComponent(text.toWellFormed())),
  );
  if (canonical === undefined) return 'must be one that every server reads alike: such requests are denied';
  return canonical === path ? undefined : `must be as requests are compared: write ${canonical}`;
}
