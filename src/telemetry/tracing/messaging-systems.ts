import type { BrokerKind } from '../../core/message';

/**
 * OpenTelemetry's names of the brokers; it has none for an in-process broker.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/messaging/
 */
export const MESSAGING_SYSTEMS: Readonly<Record<BrokerKind, string>> = {
  kafka: 'kafka',
  pubsub: 'gcp_pubsub',
  memory: 'memory',
};
