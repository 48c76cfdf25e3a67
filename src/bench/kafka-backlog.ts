import { TopicEnds } from '../brokers/kafka/topic-ends';
import type { Broker } from '../core/ports';
import { kafkaSettings } from '../setup/connect';
import { measureNative } from './floor-process';
import { brokerProcesses } from './listeners';
import type { Backlog } from './site';

const CLIENT_ID = 'stream-infer-bench-watch';

/** A real Kafka: it keeps any load, tells how much was written, and may run on this very machine. */
export function createKafkaBacklog(broker: Broker): Backlog {
  return {
    broker,
    async watch(config) {
      const topics = [config.output.topic, config.output.dlq as string];
      const ends = await TopicEnds.open(kafkaSettings(config), CLIENT_ID, topics);
      return {
        written: () => ends.count(),
        pids: await brokerProcesses(ends.brokers),
        close: () => ends.close(),
      };
    },
    async measureNative(config, task, signal) {
      const [settings, { input, output }] = [kafkaSettings(config), config];
      const ends = await TopicEnds.open(settings, CLIENT_ID, [input.topic]);
      try {
        const brokers = await brokerProcesses(ends.brokers);
        return await measureNative(
          { ...task, settings, brokers, input: input.topic, output: output.topic },
          signal,
        );
      } finally {
        await ends.close();
      }
    },
  };
}
