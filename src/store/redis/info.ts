/** One field of what a server says of itself; undefined where it says nothing of it. */
export function fieldOf(info: string, name: string): string | undefined {
  const line = info.split('\r\n').find((candidate) => candidate.startsWith(`${name}:`));
  return line?.slice(name.length + 1);
}
