/** Aliases of librdkafka properties, each with the name used here. */
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
 * The same properties, each under one name, so that an alias overrides our value instead of conflicting with it. Of
 * two aliases the last one wins, as in librdkafka.
 */
export function withoutAliases(properties: Readonly<Record<string, string>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [key, value] of Object.entries(properties)) result[ALIASES.get(key) ?? key] = value;
  return result;
}
