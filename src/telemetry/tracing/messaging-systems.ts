import type { BrokerKind } from '../../core/message';

/**
 * Brokers as OpenTelemetry calls them; it has no name for one that lives inside a process.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/messaging/
 */
export const MESSAGING_SYSTEMS: Readonly<Record<BrokerKind, string>> = {
  kafka: 'kafka',
  pubsub: 'gcp_pubsub',
  memory: 'memory',
};
