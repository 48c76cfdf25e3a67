import type { Config } from '../config/schema';
import { deadline } from '../core/async/deadline';
import { StreamInferError, isStreamInferError, messageOf } from '../core/errors';
import type { BrokerKind } from '../core/message';
import type { Broker, Log, MessageSink } from '../core/ports';
import { connect } from '../setup/connect';
import type { Tracing } from '../telemetry/tracing/tracing';

/** How long a broker may take to answer, ms. */
const CONNECT_TIMEOUT_MS = 5_000;

export interface PublishConnectionParts {
  readonly config: Config;
  /** The broker that this process reads from; any other one is connected to when it is needed. */
  readonly broker: Broker;
  readonly instanceId: string;
  readonly tracing: Tracing;
  readonly log: Log;
}

export interface SharedBroker {
  readonly broker: Broker;
  /** Closes it unless it is the process's own. */
  readonly close: () => Promise<void>;
}

export interface PublishConnection {
  readonly sink: MessageSink;
  close(): Promise<void>;
}

/** The process's own broker if it is of that kind, else a new one. */
export async function brokerOf(parts: PublishConnectionParts, kind: BrokerKind): Promise<SharedBroker> {
  const { config, broker: own, instanceId, log } = parts;
  if (kind === config.broker) return { broker: own, close: async () => undefined };
  const broker = await connect(config, `${instanceId}-publish`, log, kind);
  return { broker, close: () => broker.close() };
}

/** Rejects with BROKER_UNREACHABLE when the broker does not answer in time, or as its sink does. */
export async function openPublisher(
  parts: PublishConnectionParts,
  kind: BrokerKind,
): Promise<PublishConnection> {
  const { broker, close: closeBroker } = await brokerOf(parts, kind);
  const sink = parts.tracing.publisher(broker.createSink(), kind);
  const close = async () => {
    await sink.close();
    await closeBroker();
  };
  try {
    await sink.open(deadline(CONNECT_TIMEOUT_MS));
  } catch (error) {
    const reason = sink.status().reason ?? messageOf(error);
    await close();
    throw unreachable(kind, reason, error);
  }
  return { sink, close };
}

/** What is known of the broker's refusal, else BROKER_UNREACHABLE. */
export function unreachable(kind: BrokerKind, reason: string, error: unknown): StreamInferError {
  if (isStreamInferError(error) && error.code !== 'ABORTED') return error;
  const remedy = 'check the address and that it is running';
  return new StreamInferError('BROKER_UNREACHABLE', `${kind} does not answer (${reason}); ${remedy}`, {
    cause: error,
  });
}
