/** Tokens of Amazon MSK: a presigned request to its action kafka-cluster:Connect, signed without any request. */
import { fromSdk, loadPackage, type TokenProvider } from './provider';
import type { AwsIdentity, KafkaToken } from './settings';

const PACKAGE = 'aws-msk-iam-sasl-signer-js';

/** Errors of the credential providers, and of STS without a status. */
const HOPELESS = /CredentialsProviderError|Could not load credentials|AccessDenied|InvalidClientTokenId/;

const load = () => loadPackage('aws-msk-iam', PACKAGE, () => import('aws-msk-iam-sasl-signer-js'));

export class AwsProvider implements TokenProvider {
  readonly name: string;

  constructor(private readonly options: AwsIdentity & { readonly region: string }) {
    const { region, profile, roleArn } = options;
    const who = roleArn ?? (profile === undefined ? undefined : `profile ${profile}`);
    this.name = `aws-msk-iam in ${region}${who === undefined ? '' : ` as ${who}`}`;
  }

  async load(): Promise<void> {
    await load();
  }

  async fetch(): Promise<KafkaToken> {
    const signer = await load();
    const { region, profile, roleArn, roleSessionName } = this.options;
    try {
      const { token, expiryTime } = await (roleArn !== undefined
        ? signer.generateAuthTokenFromRole({
            region,
            awsRoleArn: roleArn,
            ...(roleSessionName !== undefined && { awsRoleSessionName: roleSessionName }),
          })
        : profile !== undefined
          ? signer.generateAuthTokenFromProfile({ region, awsProfileName: profile })
          : signer.generateAuthToken({ region }));
      return { value: token, expiresAt: expiryTime };
    } catch (error) {
      throw fromSdk(error, this.name, HOPELESS);
    }
  }
}
