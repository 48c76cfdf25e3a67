/** Two names of one property: of librdkafka's, the one that is used here. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['metadata.broker.list', 'bootstrap.servers'],
  ['max.in.flight', 'max.in.flight.requests.per.connection'],
  ['sasl.mechanism', 'sasl.mechanisms'],
  ['sasl.oauthbearer.client.credentials.client.id', 'sasl.oauthbearer.client.id'],
  ['sasl.oauthbearer.client.credentials.client.secret', 'sasl.oauthbearer.client.secret'],
  ['max.partition.fetch.bytes', 'fetch.message.max.bytes'],
  ['queue.buffering.max.ms', 'linger.ms'],
  ['message.send.max.retries', 'retries'],
  ['compression.type', 'compression.codec'],
  ['request.required.acks', 'acks'],
  ['message.timeout.ms', 'delivery.timeout.ms'],
  ['auto.commit.enable', 'enable.auto.commit'],
]);

/**
 * The same properties, each under one name, so that a value under another name takes the place of ours instead of
 * standing beside it. Of two that mean the same the last one wins, as it does in librdkafka.
 */
export function withoutAliases(properties: Readonly<Record<string, string>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [key, value] of Object.entries(properties)) result[ALIASES.get(key) ?? key] = value;
  return result;
}
