// @ts-check
import { StreamInferError } from 'stream-infer';

/** @implements {import('stream-infer').MessageSink} */
export class FileSink {
  /** @type {import('stream-infer').ConnectionStatus} */
  #status = { state: 'connecting', reason: 'The sink is not open yet.' };

  /** @param {import('./topic.mjs').FileTopics} topics */
  constructor(topics) {
    this.topics = topics;
  }

  /** @param {AbortSignal} signal */
  async open(signal) {
    if (signal.aborted) throw new StreamInferError('ABORTED', 'Opening the sink was cancelled.');
    this.#status = { state: 'up' };
  }

  /**
   * What a full disk or a missing permission keeps from being written may be written later: PUBLISH_FAILED is retryable.
   *
   * @param {string} topic
   * @param {readonly import('stream-infer').OutgoingMessage[]} messages
   */
  async publish(topic, messages) {
    try {
      this.topics.find(topic).append(messages);
      return [];
    } catch (error) {
      throw new StreamInferError('PUBLISH_FAILED', `cannot write to ${topic}`, { cause: error });
    }
  }

  status() {
    return this.#status;
  }

  async flush() {
    // Nothing is buffered: `publish` resolves after the write.
  }

  async close() {
    this.#status = { state: 'closed' };
  }
}
