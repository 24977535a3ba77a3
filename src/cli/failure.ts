/** The codes of sysexits.h, so that a script can tell what to do next. */
export const EXIT = { ok: 0, refused: 1, usage: 64, unavailable: 69, notPermitted: 77, config: 78 };

/** Why a command did not do what it was asked for: what went wrong, and what to do. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** The same failure, behind what was done before it. */
  after(done: string): Failure {
    return new Failure(this.code, `${done} ${this.message}`, { cause: this });
  }
}
