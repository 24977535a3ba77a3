/** What is measured, by name. */
export type Sides<Figure> = { readonly [name: string]: () => Promise<Figure> };

/** Each side's figures, one a round. */
export type Figures<Figure = number> = { readonly [name: string]: readonly Figure[] };

/** Each side once a round, one after the other: A B A B …, so that what slows the machine down slows all of them. */
export async function alternate<Figure>(rounds: number, sides: Sides<Figure>): Promise<Figures<Figure>> {
  const figures: Record<string, Figure[]> = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, measure] of Object.entries(sides)) {
      figures[name] = [...(figures[name] ?? []), await measure()];
    }
  }
  return figures;
}
