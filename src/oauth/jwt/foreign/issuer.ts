import type { PresentedJwt } from '../../../decision/credential.ts';
import type { Session, TokenFault } from '../../../decision/session.ts';
import type { ForeignDenials } from '../../ports.ts';
import type { TokenRules, TrustedIssuer, VerifiedToken } from '../issuer.ts';
import { parseType } from '../parse.ts';
import { createVerify, type Verify } from '../verify.ts';
import { createJwks, type JwksEdge, type JwksSource } from './jwks.ts';
import { clientOf, factsOf, type Mapping, sessionOf } from './session.ts';

/** A foreign issuer, as the settings name it. */
export type ForeignSettings = JwksSource &
  Mapping & {
    readonly audience: string;
    /** `none` takes a token without. */
    readonly typ: readonly string[];
    readonly maxTokenSeconds: number;
    /** Whether clients send `Bearer <access token> <ID token>`, as those of IBM App ID do. */
    readonly bearerPair: boolean;
  };

export type ForeignEdge = JwksEdge & { readonly denials: Pick<ForeignDenials, 'isDenied'> };

/** What is issued elsewhere has no row here: who issued it says how long it lives, and a denial ends it. */
export function createForeignIssuer(settings: ForeignSettings, edge: ForeignEdge): TrustedIssuer {
  const { issuer, tenant, audience, maxTokenSeconds, bearerPair } = settings;
  const { clock, denials } = edge;
  const findKey = createJwks(settings, edge);
  const verify = createVerify(clock);
  const types = settings.typ.map((typ) => (typ === 'none' ? '' : (parseType(typ) ?? typ)));
  const rules: TokenRules = { issuer, types, audience, maxTokenSeconds, findKey };

  async function admit(token: VerifiedToken, jwt: PresentedJwt): Promise<Session | TokenFault> {
    const { jti, issuedAt } = token;
    // Without it nobody can say how long the token has lived, nor for how long it has to be denied.
    if (issuedAt === undefined) return 'jwt_claims';
    const session = sessionOf(token, jwt.token.reveal(), settings, clock());
    if (typeof session === 'string') return session;
    const denied = await denials.isDenied(tenant, {
      issuer,
      subject: session.subject,
      ...(jti !== undefined && { jti }),
      issuedAt,
    });
    if (denied) return 'jwt_denied';
    const idToken = jwt.idToken && (await verifyIdToken(jwt.idToken.reveal(), token, rules, verify));
    return idToken === undefined ? session : addFacts(session, idToken, settings);
  }

  return { ...rules, tenant, takesPairs: bearerPair, admit };
}

/**
 * The ID token beside an access token: of the same issuer and subject, and for the client to which the access token was
 * issued; where that is not said, for one of its audience. Undefined for any other: the access token decides alone.
 */
async function verifyIdToken(
  text: string,
  access: VerifiedToken,
  { issuer, maxTokenSeconds, findKey }: TokenRules,
  verify: Verify,
): Promise<VerifiedToken | undefined> {
  const found = await verify(text, { issuer, types: ['jwt', ''], maxTokenSeconds, findKey });
  if (typeof found === 'string' || found.subject !== access.subject) return undefined;
  const client = clientOf(access.claims);
  const clients = client === undefined ? access.audience : [client];
  return clients.some((member) => found.audience.includes(member)) ? found : undefined;
}

/** What the access token says itself stands. */
function addFacts(session: Session, idToken: VerifiedToken, { claims: names }: Mapping): Session {
  const { claims, amr } = factsOf(idToken.claims, names);
  return {
    ...session,
    claims: { ...claims, ...session.claims },
    amr: session.amr.length > 0 ? session.amr : amr,
  };
}
