/**
 * Faults that the product once had, or would have without one of its safeguards: each takes one of them out again. The
 * simulation has to find every one.
 */
export interface Mutant {
  readonly name: string;
  /** Below `src/`. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly from: string;
  readonly to: string;
  /** The first seed that finds it. */
  readonly seed: number;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'settles past an unsettled message',
    file: 'brokers/offset-tracker.ts',
    from: 'if (offset !== this.#tracked[this.#head]) this.#ahead.add(offset);\n    else this.#advance();',
    to: 'this.#head = Math.max(this.#head, this.#tracked.indexOf(offset));\n    this.#advance();',
    seed: 2,
  },
  {
    name: 'settles before the broker has confirmed',
    file: 'pipeline/outbox.ts',
    from: 'if (route === undefined) await this.#publishTogether(outcomes, more);',
    to: 'if (route === undefined) void this.#publishTogether(outcomes, more).catch(() => undefined);',
    seed: 2,
  },
  {
    name: 'keeps a producer whose last commit may arrive once more (KIP-890)',
    file: 'brokers/kafka/transactions.ts',
    from: 'this.#producer?.inDoubt === true || ',
    to: '',
    seed: 372,
  },
  {
    name: 'commits outcomes before those of earlier messages',
    file: 'brokers/kafka/in-order.ts',
    from: 'if (!finished) break;',
    to: 'if (!finished) continue;',
    seed: 7,
  },
  {
    name: 'returns revoked partitions without waiting for their messages',
    file: 'brokers/kafka/rebalancer.ts',
    from: 'if (!over) await this.#drain(assignments);',
    to: '',
    seed: 411,
  },
  {
    name: 'does not notice a partition that its client forgot (librdkafka 5586)',
    file: 'brokers/kafka/session-watch.ts',
    from: 'if (longest?.assignment.unsettled === 0) this.#onStall(longest);',
    to: '',
    seed: 128,
  },
  {
    name: 'skips unsettled messages between settled ones after a crash',
    file: 'brokers/kafka/partition-assignment.ts',
    from: 'else if (this.#before.ranges.has(offset)) {',
    to: 'else if (offset < this.#before.ranges.end) {',
    seed: 21,
  },
  {
    name: 'publishes a key out of order',
    file: 'pipeline/key-order.ts',
    from: 'if (held === undefined) break;',
    to: 'if (held === undefined) continue;',
    seed: 2,
  },
  {
    name: 'takes an answer without predictions for the first class',
    file: 'pipeline/isolation.ts',
    from: 'if (batch.columns !== undefined) assertPredicted(1, result);',
    to: '',
    seed: 716,
  },
  {
    name: 'does not say why a transaction failed, so it is never halved',
    file: 'brokers/kafka/transactional-producer.ts',
    from: 'return (await calls.failureOf(this.#producer)) ?? error;',
    to: 'return error;',
    seed: 1,
  },
  {
    name: 'tries a message that may be too large together with others',
    file: 'brokers/kafka/swift-publisher.ts',
    from: 'while (this.#outstanding > 0 && this.client.failure === undefined) await this.#untilReported();',
    to: '',
    seed: 405,
  },
  {
    name: 'loses the messages of a call that failed later',
    file: 'brokers/kafka/message-reader.ts',
    from: '      this.#late = error;\n      return [];',
    to: '      throw error;',
    seed: 9,
  },
  {
    name: 'never suspects an image that ends the process',
    file: 'quarantine/crash-journal.ts',
    from: 'crashes.crashCount(delivery.sourceId) >= SUSPECTED_FROM',
    to: 'crashes.crashCount(delivery.sourceId) > SUSPECTED_FROM * 100',
    seed: 2,
  },
  {
    name: 'does not record which images are with a worker',
    file: 'pipeline/batch-classifier.ts',
    from: 'this.ports.journal?.begin(streamedIds(batch))',
    to: 'this.ports.journal?.begin([])',
    seed: 2,
  },
  {
    name: 'rejects a suspected image that is harmless alone',
    file: 'quarantine/crash-journal.ts',
    from: "if ('kind' in outcome) return this.#confirm(message, runs, outcome);",
    to: 'return this.#confirm(message, runs, outcome as Death);',
    seed: 2,
  },
  {
    name: 'publishes an outcome that may be too large together with others',
    file: 'pipeline/key-order.ts',
    from: '>= LARGE;',
    to: '>= Infinity;',
    seed: 2918,
  },
];
