import { CannotTell } from '../decision/session.ts';

/** What is kept there is not what was put there. `why` says what is wrong, and quotes nothing of it. */
export function unreadable(what: string, why: string): CannotTell {
  return new CannotTell('row_unreadable', `${what} can't be read: ${why}`);
}

/** What was found is whole, and is another's than was asked for. */
export class NotTheOne extends CannotTell {}

/** Undefined where the text is no JSON: the parser's own message would quote it. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
