import type { Broker } from '../../core/ports';
import type { BrokerContext } from '../context';
import { MemoryAdmin } from './admin';
import { TopicDirectory } from './directory';
import { MemoryScan, ScanMemories } from './scan';
import type { MemorySettings } from './settings';
import { MemorySink } from './sink';
import { MemorySource } from './source';

/**
 * A broker inside this process, for the demo, benchmarks and tests. It has partitions, groups, redelivery and
 * back-pressure, but no persistence. Topics are created on first use.
 */
export function createMemoryBroker(settings: MemorySettings, context: BrokerContext): Broker {
  const topics = new TopicDirectory(settings);
  const memories = new ScanMemories();
  const open = new Set<{ close(): Promise<void> }>();
  const forget = (closed: { close(): Promise<void> }): void => void open.delete(closed);

  return {
    createSource(options) {
      const source = new MemorySource(options, topics.find, forget);
      open.add(source);
      return source;
    },
    createSink() {
      const sink = new MemorySink(topics.find, context.log, forget);
      open.add(sink);
      return sink;
    },
    createAdmin: () => new MemoryAdmin(topics),
    createScan: (options) => new MemoryScan(options, topics.find, memories),
    async close() {
      for (const one of [...open]) await one.close();
      topics.clear();
    },
  };
}
