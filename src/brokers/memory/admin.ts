import type { BrokerAdmin, TopicRequest } from '../../core/ports';
import type { TopicDirectory } from './directory';

export class MemoryAdmin implements BrokerAdmin {
  constructor(private readonly topics: TopicDirectory) {}

  async createTopics(requests: readonly TopicRequest[]): Promise<string[]> {
    return requests
      .filter((request) => !request.subscriptionOnly)
      .filter(({ topic, partitions }) => this.topics.create(topic, partitions))
      .map(({ topic }) => topic);
  }

  async deleteTopics(requests: readonly TopicRequest[]): Promise<string[]> {
    return requests
      .filter((request) => !request.subscriptionOnly)
      .filter(({ topic }) => this.topics.delete(topic))
      .map(({ topic }) => topic);
  }

  async close(): Promise<void> {
    // Nothing to free.
  }
}
