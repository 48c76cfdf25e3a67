import { SHOWN_KAFKA_PROPERTIES } from '../../core/kafka-properties';

const MASK = '(masked)';

/** `key=value` for a message; the value only of properties that never contain a secret. */
export function shown(key: string, value: string): string {
  return `${key}=${SHOWN_KAFKA_PROPERTIES.has(key) && !value.includes('@') ? value : MASK}`;
}

/** Shorter ones would mask parts of ordinary words. */
const SHORTEST_SECRET = 4;

/** Text of librdkafka, which may repeat rejected values. */
export function withoutSecrets(text: string, properties: Readonly<Record<string, string>>): string {
  const secrets = Object.entries(properties)
    .filter(([key, value]) => !SHOWN_KAFKA_PROPERTIES.has(key) && value.length >= SHORTEST_SECRET)
    .map(([, value]) => value);
  return secrets.reduce((result, secret) => result.replaceAll(secret, MASK), text);
}
