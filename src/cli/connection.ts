import { join } from 'node:path';
import { instanceOf } from '../setup/instance-id';
import { dataFolder } from '../setup/data-folder';
import { connect } from '../setup/connect';
import { createLogger } from '../setup/logger';
import { listenForStop } from '../setup/stop-signals';
import { kafkaServers } from '../config/broker';
import { refuseInProcessBroker } from './in-process-broker';
import type { Config } from '../config/schema';
import { StreamInferError, isStreamInferError, messageOf } from '../core/errors';
import type { Broker, Log } from '../core/ports';

export interface Connection {
  readonly broker: Broker;
  /** Identifies this command to the broker. */
  readonly instanceId: string;
  readonly log: Log;
  /** Aborts on Ctrl-C, and while connecting also after the time limit. */
  readonly signal: AbortSignal;
}

/** Time limit for the connection of a command, ms. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** Runs a command's work with a broker that other processes use too, and always closes it. */
export async function withConnection(
  config: Config,
  work: (connection: Connection) => Promise<void>,
): Promise<void> {
  refuseInProcessBroker(config);
  await withBroker(config, work);
}

/** Runs a command's work with a broker, perhaps one of its own, and always closes it. */
export async function withBroker(
  config: Config,
  work: (connection: Connection) => Promise<void>,
): Promise<void> {
  const log = createLogger({ ...config.log, level: config.log.level === 'info' ? 'warn' : config.log.level });
  const stop = listenForStop(() => undefined);
  const connecting = new AbortController();
  // Not the ids of run, which must find its own again while a command runs.
  const instance = instanceOf(config.instanceId, join(dataFolder(), 'cli'));
  const instanceId = `${instance.id}-cli`;
  const broker = await connect(config, instanceId, log);
  const timer = setTimeout(() => connecting.abort(), CONNECT_TIMEOUT_MS);
  try {
    await probe(broker, config, AbortSignal.any([stop.signal, connecting.signal]));
    clearTimeout(timer);
    await work({ broker, instanceId, log, signal: stop.signal });
  } catch (error) {
    // Messages in flight at the stop were lost: that is not a clean end.
    const isLoss = isStreamInferError(error) && error.code === 'PUBLISH_FAILED';
    if (!stop.signal.aborted || isLoss) throw error;
  } finally {
    clearTimeout(timer);
    await broker.close();
    instance.release();
    stop.dispose();
  }
}

/** Opens and closes a sink: the fastest check that the broker answers. */
async function probe(broker: Broker, config: Config, signal: AbortSignal): Promise<void> {
  const sink = broker.createSink();
  try {
    await sink.open(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    const where = config.broker === 'kafka' ? kafkaServers(config) : 'Pub/Sub';
    const reason = sink.status().reason ?? messageOf(error);
    throw new StreamInferError('BROKER_UNREACHABLE', `${where} does not answer (${reason}); is it running?`, {
      cause: error,
    });
  } finally {
    await sink.close();
  }
}
