import type { Config } from '../config/schema';
import { deadline } from '../core/async/deadline';
import { StreamInferError, isStreamInferError, messageOf } from '../core/errors';
import type { BrokerKind } from '../core/message';
import type { Broker, Log, MessageSink } from '../core/ports';
import { connect } from '../setup/connect';
import type { Tracing } from '../telemetry/tracing/tracing';

/** Timeout for a connection to a broker, ms. */
const CONNECT_TIMEOUT_MS = 5_000;

export interface PublishConnectionOptions {
  readonly config: Config;
  /** The broker of this process; connections to other brokers are opened when needed. */
  readonly broker: Broker;
  readonly instanceId: string;
  readonly tracing: Tracing;
  readonly log: Log;
}

export interface SharedBroker {
  readonly broker: Broker;
  /** Closes the broker unless it belongs to the process. */
  readonly close: () => Promise<void>;
}

export interface PublishConnection {
  readonly sink: MessageSink;
  close(): Promise<void>;
}

/** The broker of the process if it has that kind, otherwise a new one. */
export async function brokerOf(options: PublishConnectionOptions, kind: BrokerKind): Promise<SharedBroker> {
  const { config, broker: own, instanceId, log } = options;
  if (kind === config.broker) return { broker: own, close: async () => undefined };
  const broker = await connect(config, `${instanceId}-publish`, log, kind);
  return { broker, close: () => broker.close() };
}

/** Rejects with BROKER_UNREACHABLE if the broker does not answer in time, or like its sink. */
export async function openPublisher(
  options: PublishConnectionOptions,
  kind: BrokerKind,
): Promise<PublishConnection> {
  const { broker, close: closeBroker } = await brokerOf(options, kind);
  const sink = options.tracing.publisher(broker.createSink(), kind);
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

/** The error of the broker if it is known, otherwise BROKER_UNREACHABLE. */
export function unreachable(kind: BrokerKind, reason: string, error: unknown): StreamInferError {
  if (isStreamInferError(error) && error.code !== 'ABORTED') return error;
  const remedy = 'check the address and that it is running';
  return new StreamInferError('BROKER_UNREACHABLE', `${kind} does not answer (${reason}); ${remedy}`, {
    cause: error,
  });
}
