import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { livesInProcess } from '../config/broker';
import type { Config } from '../config/schema';
import type { Broker, TopicRequest } from '../core/ports';
import { topicsOf } from '../setup/topics';
import { MeasuredProcess } from './measured-process';
import { createKafkaBacklog } from './kafka-backlog';
import type { Environment } from './environment';
import type { SystemUnderTest } from './system-under-test';

export interface ProcessEnvironmentOptions {
  readonly broker: Broker;
  /** Number of processes that share the work in one consumer group. */
  readonly processes: number;
  readonly partitions: number;
  /** Folder for the files of the processes. */
  readonly folder: string;
}

/** The embedded broker keeps 5 MiB per partition, and a Pub/Sub reader sees no earlier messages. */
const WINDOW_BYTES = 8 * 1024 * 1024;

/** The mock cluster answers a fetch only after its wait time (500 ms by default), not when a message arrives. */
export const EMBEDDED_FETCH = { 'fetch.wait.max.ms': '5' } as const;

/** Runs the program in separate processes on a shared broker: Kafka or Pub/Sub. */
export function createProcessEnvironment(options: ProcessEnvironmentOptions, given: Config): Environment {
  const { broker, processes, partitions } = options;
  return {
    backlog: given.broker === 'kafka' && !livesInProcess(given) ? createKafkaBacklog(broker) : null,
    window: WINDOW_BYTES,
    async prepare(config) {
      const admin = broker.createAdmin();
      try {
        await admin.createTopics(withBrokerTime(topicsOf(config, partitions), config));
      } finally {
        await admin.close();
      }
    },
    async start(config, signal) {
      const args = argumentsOf(options, config);
      const started = await Promise.allSettled(
        Array.from({ length: processes }, () => MeasuredProcess.start(args, options.folder, signal)),
      );
      const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const failed = started.find((one) => one.status === 'rejected');
      if (failed === undefined) return toSystem(broker, running);
      await Promise.allSettled(running.map((one) => one.stop()));
      throw failed.reason;
    },
    async remove(config) {
      // The embedded broker keeps its topics until this process ends, and logs that.
      if (livesInProcess(given)) return;
      const admin = broker.createAdmin();
      try {
        await admin.deleteTopics(topicsOf(config, partitions));
      } finally {
        await admin.close();
      }
    },
  };
}

/** The broker stamps the predictions, so that neither the program nor the reader can add a delay. */
function withBrokerTime(topics: readonly TopicRequest[], { output }: Config): TopicRequest[] {
  return topics.map((one) => (one.topic === output.topic ? { ...one, stampedByBroker: true } : one));
}

function toSystem(broker: Broker, processes: readonly MeasuredProcess[]): SystemUnderTest {
  return {
    broker,
    pids: processes.map(({ pid }) => pid),
    urls: processes.map(({ url }) => url),
    async stop() {
      const stopped = await Promise.allSettled(processes.map((one) => one.stop()));
      const failed = stopped.find((one) => one.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
  };
}

/** Passes most settings in a file, since they may hold secrets; flags override environment variables. */
function argumentsOf({ folder, broker }: ProcessEnvironmentOptions, config: Config): string[] {
  const { input, output, kafka, http, instanceId: _own, broker: kind, ...rest } = config;
  const properties = livesInProcess(config)
    ? { ...EMBEDDED_FETCH, ...kafka.properties, ...embeddedProperties(broker) }
    : kafka.properties;
  const settings = {
    ...rest,
    kafka: { ...kafka, properties, embedded: false },
    http: { ...http, host: '127.0.0.1', port: 0, token: undefined },
  };
  const file = join(mkdtempSync(join(folder, 'trial-')), 'config.json');
  writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
  const servers = properties['bootstrap.servers'];
  return [
    ['--config', file, '--broker', kind, '--no-demo', '--port', '0', '--log-level', 'warn'],
    ['--input-topic', input.topic, '--group', input.group, '--subscription', input.subscription as string],
    ['--output-topic', output.topic, '--dlq-topic', output.dlq as string],
    ['--output-headers', output.headers],
    kind === 'kafka' && servers !== undefined ? ['--bootstrap-servers', servers] : [],
  ].flat();
}

/** The mock cluster runs in this process; the measured processes connect to it over TCP. */
function embeddedProperties(broker: Broker): Record<string, string> {
  const { address } = broker as Broker & { readonly address?: string };
  return { 'bootstrap.servers': address ?? '', 'group.protocol': 'consumer' };
}
