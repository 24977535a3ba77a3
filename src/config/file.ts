import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

/** A settings file that was read: its value, and where in it each part stands. */
export type SettingsFile = {
  readonly value: unknown;
  readonly problems: readonly string[];
  /** `postern.yaml:12:3`, of the key that the path names or of the nearest one above it. */
  readonly placeOf: (path: readonly PropertyKey[]) => string;
};

export function readSettingsFile(path: string): SettingsFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { value: {}, problems: [`${path}: can't be read: ${why}`], placeOf: () => path };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const broken = [...document.errors, ...document.warnings];
  const problems = broken.map((error) => `${at(error.pos[0])}: ${error.message}`);
  const placeOf = (place: readonly PropertyKey[]) => at(offsetOf(document.contents, place));
  if (problems.length > 0) return { value: {}, problems, placeOf };
  try {
    return { value: document.toJS() ?? {}, problems, placeOf };
  } catch (error) {
    // An alias that names nothing, or far too many of them.
    return {
      value: {},
      problems: [`${path}: ${error instanceof Error ? error.message : String(error)}`],
      placeOf,
    };
  }
}

function offsetOf(contents: Node | null, path: readonly PropertyKey[]): number {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const name of path) {
    if (isSeq(node) && typeof name === 'number') {
      node = node.items[name];
      continue;
    }
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === name) : undefined;
    if (pair === undefined) break;
    if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}
