import type { OAuth2Client } from 'google-auth-library';
import type { Config } from '../config/schema';
import { StreamInferError } from '../core/errors';
import type { SigningKeys } from './signing-keys';
import { claimsProblem, parseToken, type UnverifiedToken } from './token';

type PushConfig = Config['pubsub']['push'];

/** Replaces the signature of a token that Cloud Run has verified. */
const REMOVED_SIGNATURE = 'SIGNATURE_REMOVED_BY_GOOGLE';

/** Accepts the OIDC tokens of the configured service accounts for the configured audiences. */
export class TokenVerifier {
  #library: Promise<OAuth2Client> | undefined;

  constructor(
    private readonly options: Pick<PushConfig, 'audiences' | 'serviceAccounts' | 'issuer' | 'verifiedBy'>,
    private readonly keys: Pick<SigningKeys, 'get'>,
  ) {}

  /** Rejects with UNAUTHORIZED, or with NOT_READY if the signing keys cannot be read. */
  async verify(authorization: string | undefined): Promise<void> {
    const text = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (text === undefined) throw refused('the request has no OIDC token; enable authentication of the push');
    const token = parseToken(text);
    if (token === undefined) throw refused('the token is not an OIDC token with an e-mail address');
    const problem = claimsProblem(token.claims, this.options);
    if (problem !== undefined) throw refused(`the OIDC token is not accepted: ${problem}`);
    await this.#verifySignature(token);
  }

  async #verifySignature(token: UnverifiedToken): Promise<void> {
    if (token.signature === REMOVED_SIGNATURE) {
      if (this.options.verifiedBy === 'cloud-run') return;
      throw refused(
        'Cloud Run removed the signature of the token after verifying it; set pubsub.push.verifiedBy: cloud-run',
      );
    }
    if (token.algorithm !== 'RS256') throw refused('the OIDC token is not signed with RS256');
    const key = await this.keys.get(token.keyId);
    if (key === undefined) throw refused('the OIDC token is signed with a key that its issuer does not have');
    const library = await (this.#library ??= loadLibrary());
    const { audiences, issuer } = this.options;
    const issuers = [issuer, token.claims.iss];
    await library
      .verifySignedJwtWithCertsAsync(token.text, { [token.keyId]: key }, [...audiences], issuers)
      // Its messages hold the token.
      .catch(() => {
        throw refused('the signature of the OIDC token is invalid, or the token has expired');
      });
  }
}

async function loadLibrary(): Promise<OAuth2Client> {
  const { OAuth2Client: Client } = await import('google-auth-library');
  return new Client();
}

function refused(problem: string): StreamInferError {
  return new StreamInferError('UNAUTHORIZED', problem);
}
