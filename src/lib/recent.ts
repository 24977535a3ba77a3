/**
 * What was made of objects lately: at most `places` of them, each in the one place that its name leads to. Nothing is
 * searched and nothing is swept, so what is made of an object that never comes again costs next to nothing. With no place
 * at all it is made anew each time.
 */
export function createRecent<Source extends object, Made>(
  places: number,
  nameOf: (source: Source) => string,
  make: (source: Source) => Made,
): (source: Source) => Made {
  if (places === 0) return make;
  const held: ({ readonly source: Source; readonly made: Made } | undefined)[] = new Array(places);
  return (source) => {
    const place = placeOf(nameOf(source), places);
    const entry = held[place];
    // The very object: another one of the same name may say something else.
    if (entry?.source === source) return entry.made;
    const made = make(source);
    held[place] = { source, made };
    return made;
  };
}

/** By the last characters, which are those of a digest in the names that it is used with. */
function placeOf(name: string, places: number): number {
  const end = name.length;
  const mixed = name.charCodeAt(end - 2) + 61 * (name.charCodeAt(end - 3) + 61 * name.charCodeAt(end - 4));
  return mixed % places;
}
