/** Tokens of Microsoft Entra for Azure Event Hubs. */
import { StreamInferError } from '../../../core/errors';
import { fromSdk, loadPackage, type TokenProvider } from './provider';
import type { AzureIdentity, KafkaToken } from './settings';

const PACKAGE = '@azure/identity';

const HOPELESS = /CredentialUnavailableError|AggregateAuthenticationError|AuthenticationRequiredError/;

/** The part of `DefaultAzureCredential` that is used here. */
interface Credential {
  getToken(
    scope: string,
    options: { abortSignal: AbortSignal },
  ): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
}

export class AzureProvider implements TokenProvider {
  readonly name: string;
  #credential: Credential | undefined;

  constructor(private readonly options: AzureIdentity & { readonly scope: string }) {
    const { clientId } = options;
    this.name = `azure${clientId === undefined ? '' : ` client ${clientId}`}`;
  }

  async load(): Promise<void> {
    const { DefaultAzureCredential } = await loadPackage('azure', PACKAGE, () => import('@azure/identity'));
    const { clientId } = this.options;
    this.#credential ??= new DefaultAzureCredential(
      clientId === undefined ? {} : { managedIdentityClientId: clientId, workloadIdentityClientId: clientId },
    );
  }

  async fetch(signal: AbortSignal): Promise<KafkaToken> {
    await this.load();
    try {
      const credential = this.#credential as Credential;
      const token = await credential.getToken(this.options.scope, { abortSignal: signal });
      if (token === null) throw new StreamInferError('IDENTITY_REFUSED', `${this.name}: no token was issued`);
      return { value: token.token, expiresAt: token.expiresOnTimestamp };
    } catch (error) {
      throw fromSdk(error, this.name, HOPELESS);
    }
  }
}
