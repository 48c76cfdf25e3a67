import type { Config } from '../config/schema';
import { StreamInferError } from '../core/errors';
import type { Broker, Log } from '../core/ports';
import { Processor } from '../processor/processor';
import type { Environment } from './environment';
import type { SystemUnderTest } from './system-under-test';

/** Limit of the images in the two topics. */
const WINDOW_BYTES = 8 * 1024 * 1024;
const DRAIN_MS = 25_000;

/** Runs the program in this process on its memory broker; load and measurement share its CPU time. */
export function createMemoryEnvironment(log: Log): Environment {
  return {
    backlog: null,
    window: WINDOW_BYTES,
    prepare: async () => undefined,
    async start(config, signal) {
      const processor = new Processor({
        config: inProcess(config),
        settings: [],
        version: 'bench',
        instanceId: 'bench',
        log,
        signal,
      });
      try {
        await processor.start();
        return running(processor);
      } catch (error) {
        await processor.close();
        throw error;
      }
    },
    remove: async () => undefined,
  };
}

function inProcess(config: Config): Config {
  return {
    ...config,
    createTopics: true,
    demo: { ...config.demo, enabled: false },
    http: { ...config.http, enabled: true, host: '127.0.0.1', port: 0, token: undefined },
  };
}

function running(processor: Processor): SystemUnderTest {
  const { broker, url } = processor;
  if (url === null) throw new StreamInferError('INTERNAL', 'the processor has no HTTP server');
  const over = processor.run();
  // stop() reports its failure.
  over.catch(() => undefined);
  return {
    broker: broker as Broker,
    pids: [process.pid],
    urls: [url],
    async stop() {
      try {
        await processor.drain(AbortSignal.timeout(DRAIN_MS));
        await over;
      } finally {
        await processor.close();
      }
    },
  };
}
