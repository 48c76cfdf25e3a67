import type { Check } from './check';
import { addOnRemedy } from './add-ons';

const CLIENT = '@confluentinc/kafka-javascript';

/** Features that a compiled Kafka client has only with these headers; prebuilt binaries have all of them. */
const FEATURES = [
  {
    feature: 'zstd',
    without: 'batches compressed with zstd cannot be read, and their partition stops',
    headers: 'libzstd-dev',
  },
  {
    feature: 'oidc',
    without: 'sasl.oauthbearer.assertion.* and sasl.oauthbearer.metadata.* are refused',
    headers: 'libcurl4-openssl-dev',
  },
] as const;

/**
 * Checks the build of the installed Kafka client; empty if it does not load.
 *
 * @param features names from librdkafka's `builtin.features`
 */
export function checkKafkaFeatures(features = builtInFeatures()): Check[] {
  if (features === undefined) return [];
  const lacking = FEATURES.filter(({ feature }) => !features.includes(feature));
  const name = 'kafka features';
  if (lacking.length === 0)
    return [{ name, state: 'ok', detail: FEATURES.map(({ feature }) => feature).join(', ') }];
  const packages = lacking.map(({ headers }) => headers).join(' ');
  return [
    {
      name,
      state: 'note',
      detail: lacking.map(({ feature, without }) => `built without ${feature}: ${without}`).join('; '),
      remedy: `apt-get install -y ${packages} && ${addOnRemedy([CLIENT])}`,
    },
  ];
}

function builtInFeatures(): readonly string[] | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded lazily because it is an optional native add-on
    return (require(CLIENT) as { readonly features: readonly string[] }).features;
  } catch {
    return undefined;
  }
}
