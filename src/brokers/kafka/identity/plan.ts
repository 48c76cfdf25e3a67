/** Which tokens the settings ask for, and the properties that go with them. */
import { throwIfAny } from '../issues';
import type { KafkaSettings } from '../settings';
import { AwsProvider } from './aws';
import { AzureProvider } from './azure';
import { eventHubsHost, mskRegion } from './cloud';
import { FunctionProvider } from './function';
import { GcpProvider } from './gcp';
import { OidcProvider, type OidcClient } from './oidc';
import { fromProperties, OIDC_PROPERTIES } from './oidc-properties';
import type { TokenProvider } from './provider';
import type { OidcIdentity } from './settings';
import { extensionProblem } from './usable';

type Given = Readonly<Record<string, string>>;

export interface IdentityPlan {
  /** The user's, without the properties of the provider. */
  readonly properties: Given;
  /** Undefined where librdkafka needs no tokens, or makes them itself. */
  readonly provider: TokenProvider | undefined;
}

/** Throws CONFIG_INVALID with every missing or contradictory setting. Connects to nothing. */
export function planIdentity(settings: KafkaSettings, env: NodeJS.ProcessEnv = process.env): IdentityPlan {
  const { identity, token, properties } = settings;
  const issues: string[] = [];
  if (identity === undefined && token === undefined) return planProperties(settings, issues);
  if (identity !== undefined && token !== undefined)
    issues.push('identity: there is a token function too; remove one of them');
  issues.push(...otherSections(settings), ...contradictions(settings));
  const provider = token !== undefined ? new FunctionProvider(token) : createProvider(settings, env, issues);
  throwIfAny('the identity for Kafka', issues);
  const planned = { 'security.protocol': 'SASL_SSL', ...properties, 'sasl.mechanisms': 'OAUTHBEARER' };
  return { properties: planned, provider };
}

/** librdkafka's own properties for OIDC: its built-in client is missing in many builds, and blocks a thread. */
function planProperties(settings: KafkaSettings, issues: string[]): IdentityPlan {
  const { properties, oidc = {} } = settings;
  if (mechanismOf(properties)?.toUpperCase() === 'AWS_MSK_IAM')
    issues.push('sasl.mechanisms=AWS_MSK_IAM is for Java clients; set kafka.identity: aws-msk-iam instead');
  const given =
    mechanismOf(properties)?.toUpperCase() === 'OAUTHBEARER' ? fromProperties(properties) : 'none';
  if (given === 'missing')
    issues.push(
      'sasl.mechanisms=OAUTHBEARER needs tokens; set kafka.identity, or sasl.oauthbearer.method=oidc',
    );
  issues.push(...otherSections(settings, typeof given === 'object'));
  if (typeof given !== 'object') {
    throwIfAny('the identity for Kafka', issues);
    return { properties, provider: undefined };
  }
  const client = oidcClient({ ...given, ...withoutUndefined(oidc) }, issues);
  throwIfAny('the identity for Kafka', issues);
  const kept = Object.entries(properties).filter(([key]) => !OIDC_PROPERTIES.has(key));
  return { properties: Object.fromEntries(kept), provider: new OidcProvider(client) };
}

function createProvider(
  settings: KafkaSettings,
  env: NodeJS.ProcessEnv,
  issues: string[],
): TokenProvider | undefined {
  const { identity, aws = {}, gcp = {}, azure = {}, oidc = {}, properties } = settings;
  const servers = properties['bootstrap.servers'] ?? properties['metadata.broker.list'] ?? '';
  switch (identity) {
    case 'aws-msk-iam': {
      const region = aws.region ?? mskRegion(servers) ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
      if (aws.profile !== undefined && aws.roleArn !== undefined)
        issues.push('kafka.aws.profile: kafka.aws.roleArn is set too; put the role into the profile');
      if (aws.roleSessionName !== undefined && aws.roleArn === undefined)
        issues.push('kafka.aws.roleSessionName: it has no effect without kafka.aws.roleArn; remove it');
      if (region === undefined)
        issues.push(
          'kafka.aws.region: the address of the brokers does not contain it; set it, such as eu-west-1',
        );
      return new AwsProvider({ ...aws, region: region ?? '' });
    }
    case 'gcp':
      return new GcpProvider(gcp);
    case 'azure': {
      const host = eventHubsHost(servers);
      if (azure.scope === undefined && host === undefined)
        issues.push(
          'kafka.azure.scope: the brokers are not Event Hubs; set it, such as https://name.servicebus.windows.net/.default',
        );
      return new AzureProvider({ ...azure, scope: azure.scope ?? `https://${host ?? ''}/.default` });
    }
    case 'oidc':
      return new OidcProvider(oidcClient(oidc, issues));
    default:
      return undefined;
  }
}

function oidcClient(given: OidcIdentity, issues: string[]): OidcClient {
  const { tokenUrl, clientId, clientSecret, assertionFile, extensions } = given;
  if (tokenUrl === undefined) issues.push('kafka.oidc.tokenUrl: it is missing; set the token endpoint');
  else if (!isHttp(tokenUrl)) issues.push('kafka.oidc.tokenUrl: expected an http or https address');
  if (clientId === undefined) issues.push('kafka.oidc.clientId: it is missing; set the id of this client');
  if (clientSecret === undefined && assertionFile === undefined)
    issues.push('kafka.oidc.clientSecret: it is missing; set it, or kafka.oidc.assertionFile');
  if (clientSecret !== undefined && assertionFile !== undefined)
    issues.push('kafka.oidc.clientSecret: kafka.oidc.assertionFile is set too; remove one of them');
  const problem = extensionProblem(extensions);
  if (problem !== undefined) issues.push(`kafka.oidc.extensions: ${problem}`);
  return { ...given, tokenUrl: tokenUrl ?? '', clientId: clientId ?? '' };
}

function isHttp(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.username + url.password === ''
  );
}

const SECTION_OF = { oidc: 'oidc', aws: 'aws-msk-iam', gcp: 'gcp', azure: 'azure' } as const;

/** Settings of another identity would have no effect, without a word. */
function otherSections(settings: KafkaSettings, isOidc = false): string[] {
  return Object.entries(SECTION_OF).flatMap(([section, kind]) => {
    const [key] = Object.keys(withoutUndefined(settings[section as keyof typeof SECTION_OF] ?? {}));
    if (key === undefined || settings.identity === kind || (isOidc && kind === 'oidc')) return [];
    return [`kafka.${section}.${key}: it has an effect only with kafka.identity: ${kind}`];
  });
}

function contradictions({ properties, embedded }: KafkaSettings): string[] {
  const issues: string[] = [];
  if (embedded) issues.push('the embedded Kafka knows no identities; omit kafka.embedded or the identity');
  const [protocol, mechanism] = [properties['security.protocol'], mechanismOf(properties)];
  if (protocol !== undefined && !/^sasl_/i.test(protocol))
    issues.push(`security.protocol=${protocol}: an identity needs SASL_SSL; remove the property`);
  if (mechanism !== undefined && mechanism.toUpperCase() !== 'OAUTHBEARER')
    issues.push(`sasl.mechanisms=${mechanism}: an identity needs OAUTHBEARER; remove the property`);
  const others = Object.keys(properties).filter((key) =>
    /^sasl\.(username|password|oauthbearer\.)/.test(key),
  );
  return [...issues, ...others.map((key) => `${key}: the identity replaces it; remove the property`)];
}

function mechanismOf(properties: Given): string | undefined {
  return properties['sasl.mechanisms'] ?? properties['sasl.mechanism'];
}

function withoutUndefined(section: object): Record<string, unknown> {
  const known = Object.entries(section).filter(([key, value]) => value !== undefined && !isEmpty(key, value));
  return Object.fromEntries(known);
}

/** The default of the configuration. */
function isEmpty(key: string, value: unknown): boolean {
  return key === 'extensions' && Object.keys(value as object).length === 0;
}
