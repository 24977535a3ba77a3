import type { Site } from './probe.ts';

/** The paths that applications may make of one request target. */
export type Readings = {
  /** As any of the usual servers and frameworks reads it. */
  readonly usual: readonly string[];
  /** As those read it that decode twice, take `\` for `/`, or cut off what follows a `;`. */
  readonly lax: readonly string[];
};

export function readTarget(target: string): Readings {
  // RFC 9112 section 3.2.2: the absolute form is as good as the path.
  const [path = ''] = target.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/, '').split('?');
  const decoded = decode(path);
  const usual = [path, resolve(path), resolve(decoded), ...readAsUrl(target)];
  const twice = decode(decoded);
  const lax = [twice, decoded.replaceAll('\\', '/'), cutParameters(path), cutParameters(decoded)].map(
    resolve,
  );
  return { usual, lax };
}

/** Whether a path is one that the site shows to everybody: of the two that are named, the longer one decides. */
export function isPublic(path: string, { publicPath, protectedPath }: Site): boolean {
  if (publicPath === undefined || !isWithin(path, publicPath)) return false;
  return !(protectedPath.length > publicPath.length && isWithin(path, protectedPath));
}

function isWithin(path: string, prefix: string): boolean {
  const folder = prefix.endsWith('/') ? prefix : `${prefix}/`;
  return `${path}/`.startsWith(folder);
}

/** WHATWG URL; nothing where it reads none. */
function readAsUrl(target: string): readonly string[] {
  // Behind a host of our own, so that a target with two slashes is a path and no other host.
  const text = target.startsWith('/') ? `http://site${target}` : target;
  return URL.canParse(text) ? [new URL(text).pathname] : [];
}

/** What is no percent-encoding stays as it is. Bytes are kept apart, since none but ASCII has a meaning here. */
function decode(path: string): string {
  return path.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** RFC 3986 section 5.2.4, after slashes are merged. */
function resolve(path: string): string {
  const kept: string[] = [];
  const segments = path.split(/\/+/).slice(1);
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}`;
}

function cutParameters(path: string): string {
  return path.replaceAll(/;[^/]*/g, '');
}
