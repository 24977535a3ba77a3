/** Remembers for `seconds` that a value was used. True for the first to say so, whoever asks and on whichever replica. */
export type ConsumeOnce = (tenant: string, digest: string, seconds: number) => Promise<boolean>;

/**
 * Counts failures by key. `strike` counts one more, and gives for how many seconds whoever fails is refused; 0 while
 * there were few. Keys are digests: nothing that a client wrote is kept.
 */
export type Strike = (key: string) => Promise<number>;

/** A denial of tokens that were issued elsewhere and have no row here. None is weakened, or made shorter, by a later one. */
export type ForeignDenials = {
  /** `seconds` is how long a token that lives now can live on. */
  denyToken(tenant: string, issuer: string, jti: string, seconds: number): Promise<void>;
  /** Denies the tokens of a subject that were issued before `notBefore`. */
  denySubject(
    tenant: string,
    issuer: string,
    subject: string,
    notBefore: number,
    seconds: number,
  ): Promise<void>;
  /** In one read. `jti` is undefined where the token has none. */
  isDenied(tenant: string, token: ForeignToken): Promise<boolean>;
};

export type ForeignToken = {
  readonly issuer: string;
  readonly subject: string;
  readonly jti?: string;
  readonly issuedAt: number;
};
