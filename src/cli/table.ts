/** Columns that line up, each as wide as its longest cell; the first row is the head. */
export function printTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => widthOf(row[column]))));
  return cells.map((row) => `${printRow(row, widths)}\n`).join('');
}

function printRow(row: readonly string[], widths: readonly number[]): string {
  const padded = row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)));
  return padded.join('  ').trimEnd();
}

function widthOf(cell = ''): number {
  return [...cell].length;
}

/** What somebody else named must neither steer the terminal of whoever reads it, nor look like a row of its own. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
