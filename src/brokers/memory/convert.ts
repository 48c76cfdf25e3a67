import type { Delivery } from '../../core/message';
import type { StoredMessage } from './partition-log';

export function toDelivery(
  topic: string,
  partition: number,
  offset: number,
  message: StoredMessage,
  attempt: number,
  receivedAt: number,
): Delivery {
  const origin = { broker: 'memory', topic, partition, offset: String(offset) };
  return {
    origin,
    place: origin,
    offset,
    sourceId: `${topic}/${partition}/${offset}`,
    key: message.key,
    value: message.value,
    headers: message.headers,
    timestamp: message.timestamp,
    receivedAt,
    attempt,
  };
}
