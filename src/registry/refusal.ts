/** Why a change of a registry is refused. */
export type RefusalKind = 'not_found' | 'taken' | 'limit' | 'invalid' | 'fixed' | 'busy';

/** An expected refusal of a change: the registry is as it was. The message says what, and what to do. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

export function notFound(what: string): Refusal {
  return new Refusal('not_found', `There is no such ${what}.`);
}
