import { readFileSync } from 'node:fs';
import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

/** A settings file that was read: its value, and where in it each part stands. */
export type SettingsFile = {
  readonly value: unknown;
  readonly problems: readonly string[];
  /** `postern.yaml:12:3`, of the key or the list's item that the path names, or of the nearest one above it. */
  readonly placeOf: (path: readonly PropertyKey[]) => string;
  /** Of the same: `line 12`. */
  readonly lineOf: (path: readonly PropertyKey[]) => string;
};

export function readSettingsFile(path: string): SettingsFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const problems = [`${path}: can't be read: ${why}`];
    return { value: {}, problems, placeOf: () => path, lineOf: () => path };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const broken = [...document.errors, ...document.warnings];
  const problems = broken.map((error) => `${at(error.pos[0])}: ${error.message}`);
  const places: Pick<SettingsFile, 'placeOf' | 'lineOf'> = {
    placeOf: (place) => at(offsetOf(document.contents, place)),
    lineOf: (place) => `line ${lines.linePos(offsetOf(document.contents, place)).line}`,
  };
  if (problems.length > 0) return { value: {}, problems, ...places };
  try {
    return { value: document.toJS() ?? {}, problems, ...places };
  } catch (error) {
    // An alias that names nothing, or far too many of them.
    const why = error instanceof Error ? error.message : String(error);
    return { value: {}, problems: [`${path}: ${why}`], ...places };
  }
}

function offsetOf(contents: Node | null, path: readonly PropertyKey[]): number {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const name of path) {
    if (isSeq(node) && typeof name === 'number') {
      node = node.items[name];
      if (isNode(node)) offset = node.range?.[0] ?? offset;
      continue;
    }
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === name) : undefined;
    if (pair === undefined) break;
    if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}
