// @ts-check
import { FileGroup } from './group.mjs';
import { FileScan } from './scan.mjs';
import { FileSink } from './sink.mjs';
import { FileSource } from './source.mjs';
import { FileTopics } from './topic.mjs';

/**
 * An example of a broker adapter: topics are folders, messages are lines, groups are small files. It passes the contract of
 * `stream-infer/testing` (see contract.test.mjs).
 *
 * @param {string} root folder of the topics
 * @returns {import('stream-infer').Broker}
 */
export function createFileBroker(root) {
  const topics = new FileTopics(root);
  /** @type {Map<string, FileGroup>} */
  const groups = new Map();
  /** @type {Set<{ close(): Promise<void> }>} */
  const open = new Set();

  /**
   * @param {string} topic
   * @param {string} name
   * @param {'earliest' | 'latest'} from
   */
  const findGroup = (topic, name, from) => {
    const id = JSON.stringify([topic, name]);
    const group = groups.get(id) ?? new FileGroup(topics.find(topic), name, from);
    groups.set(id, group);
    return group;
  };

  /** @template {{ close(): Promise<void> }} T @param {T} part @returns {T} */
  const keep = (part) => {
    open.add(part);
    return part;
  };

  return {
    createSource: (options) =>
      keep(
        new FileSource(options, topics.find(options.topic), () =>
          findGroup(options.topic, options.group ?? '', options.from),
        ),
      ),
    createSink: () => keep(new FileSink(topics)),
    createScan: (options) =>
      keep(
        new FileScan(options, topics.find(options.topic), (group) =>
          findGroup(options.topic, group, 'earliest'),
        ),
      ),
    createAdmin: () => ({
      async createTopics(requests) {
        const missing = requests.map(({ topic }) => topic).filter((topic) => !topics.has(topic));
        for (const topic of missing) topics.find(topic);
        return missing;
      },
      async deleteTopics(requests) {
        const there = requests.map(({ topic }) => topic).filter((topic) => topics.has(topic));
        for (const topic of there) topics.delete(topic);
        return there;
      },
      async close() {},
    }),
    async close() {
      for (const part of open) await part.close();
    },
  };
}
