/** One cell for each combination of names that was asked for, found without making a text of them. */
export type Tally<Cell> = {
  /** As many names as there are labels. Each must be one of few: a cell stays. */
  readonly at: (...names: readonly string[]) => Cell;
  readonly all: () => readonly { readonly names: readonly string[]; readonly cell: Cell }[];
};

type Level<Cell> = { readonly below: Map<string, Level<Cell>>; cell?: Cell };

export function createTally<Cell>(create: () => Cell): Tally<Cell> {
  const top: Level<Cell> = { below: new Map() };
  const found: { names: readonly string[]; cell: Cell }[] = [];
  return {
    at(...names) {
      let level = top;
      for (const name of names) {
        let next = level.below.get(name);
        if (next === undefined) {
          next = { below: new Map() };
          level.below.set(name, next);
        }
        level = next;
      }
      if (level.cell === undefined) {
        level.cell = create();
        found.push({ names, cell: level.cell });
      }
      return level.cell;
    },
    all: () => found,
  };
}
