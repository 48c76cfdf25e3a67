/** Tokens of Google Cloud Managed Kafka: an access token inside of an unsigned JWT that names its owner. */
import type { AuthClient, GoogleAuth } from 'google-auth-library';

import { StreamInferError } from '../../../core/errors';
import { fromSdk, loadPackage, type TokenProvider } from './provider';
import type { GcpIdentity, KafkaToken } from './settings';

const PACKAGE = 'google-auth-library';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const HEADER = { typ: 'JWT', alg: 'GOOG_OAUTH2_TOKEN' };
/** Lifetime of a token that names none, ms. */
const UNKNOWN_LIFETIME = 300_000;

const HOPELESS = /Could not load the default credentials|invalid_grant|does not exist, or it is not a file/;

export class GcpProvider implements TokenProvider {
  readonly name = 'gcp';
  #auth: GoogleAuth | undefined;

  constructor(private readonly options: GcpIdentity) {}

  async load(): Promise<void> {
    const { GoogleAuth } = await loadPackage('gcp', PACKAGE, () => import('google-auth-library'));
    this.#auth ??= new GoogleAuth({ scopes: [SCOPE] });
  }

  async fetch(): Promise<KafkaToken> {
    await this.load();
    try {
      const auth = this.#auth as GoogleAuth;
      const client = await auth.getClient();
      const { token } = await client.getAccessToken();
      const principal = this.options.principal ?? (await emailOf(auth, client));
      const expiresAt = client.credentials.expiry_date ?? Date.now() + UNKNOWN_LIFETIME;
      return { value: envelope(token ?? '', principal, expiresAt), expiresAt, principal };
    } catch (error) {
      throw fromSdk(error, this.name, HOPELESS);
    }
  }
}

/** The broker expects it in the form of https://github.com/googleapis/managedkafka. */
function envelope(token: string, principal: string, expiresAt: number): string {
  const seconds = (ms: number): number => Math.floor(ms / 1_000);
  const claims = {
    exp: seconds(expiresAt),
    iat: seconds(Date.now()),
    iss: 'Google',
    scope: 'kafka',
    sub: principal,
  };
  const parts = [JSON.stringify(HEADER), JSON.stringify(claims), token];
  return parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
}

async function emailOf(auth: GoogleAuth, client: AuthClient): Promise<string> {
  // Federated credentials that impersonate a service account have it in their URL.
  const federated = (client as { getServiceAccountEmail?: () => string | null }).getServiceAccountEmail?.();
  const email = federated ?? (await auth.getCredentials()).client_email;
  if (email) return email;
  throw new StreamInferError(
    'IDENTITY_REFUSED',
    'gcp: these credentials do not name their account; set kafka.gcp.principal to its e-mail',
  );
}
