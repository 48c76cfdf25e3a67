import type { Check } from './check';
import { addOnRemedy } from './add-ons';

const CLIENT = '@confluentinc/kafka-javascript';

/** What the Kafka client has only where it was compiled beside these headers; its prebuilt binaries have all of it. */
const FEATURES = [
  {
    feature: 'zstd',
    without: 'batches compressed with zstd cannot be read, and their partition waits',
    headers: 'libzstd-dev',
  },
  {
    feature: 'oidc',
    without: 'sasl.oauthbearer.method=oidc is refused',
    headers: 'libcurl4-openssl-dev',
  },
] as const;

/**
 * What the installed Kafka client was built with; nothing to say where it does not load.
 *
 * @param features as librdkafka names them in `builtin.features`
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
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- lazily: it is an optional native add-on
    return (require(CLIENT) as { readonly features: readonly string[] }).features;
  } catch {
    return undefined;
  }
}
