import type { CallOptions } from 'google-gax';

import { Backoff } from '../../core/async/backoff';
import { untilAborted } from '../../core/async/until-aborted';
import type { BrokerAdmin, TopicRequest } from '../../core/ports';
import type { PubsubConnection } from './connection';
import { GRPC, grpcCodeOf, toPubsubError } from './errors';

const ACK_DEADLINE_SECONDS = 60;
/** Retried by `#patiently`, which reports the first failure. */
const CALL: CallOptions = { timeout: 10_000, retry: null };
/** Covers a reconnection; a longer outage is an error, and the caller may retry, ms. */
const PATIENCE = 5_000;
const NEVER = new AbortController().signal;

/** Creates and deletes topics and their subscriptions; the returned names include both. */
export class PubsubAdmin implements BrokerAdmin {
  /** @param exactlyOnce the subscription to create with exactly-once delivery, if any */
  constructor(
    private readonly connection: PubsubConnection,
    private readonly exactlyOnce?: string,
  ) {}

  async createTopics(requests: readonly TopicRequest[], signal: AbortSignal = NEVER): Promise<string[]> {
    const client = await this.connection.client();
    const made: string[] = [];
    for (const { topic, subscription, subscriptionOnly = false } of requests) {
      const create = (): Promise<unknown> => client.createTopic(topic, CALL);
      if (
        !subscriptionOnly &&
        (await this.#unless(GRPC.ALREADY_EXISTS, `the topic ${topic}`, create, signal))
      )
        made.push(topic);
      if (subscription === undefined) continue;
      const subscribe = (): Promise<unknown> =>
        client.topic(topic).createSubscription(subscription, {
          ackDeadlineSeconds: ACK_DEADLINE_SECONDS,
          enableExactlyOnceDelivery: subscription === this.exactlyOnce,
          gaxOpts: CALL,
        });
      const what = `the subscription ${subscription}`;
      if (await this.#unless(GRPC.ALREADY_EXISTS, what, subscribe, signal)) made.push(subscription);
    }
    return made;
  }

  async deleteTopics(requests: readonly TopicRequest[], signal: AbortSignal = NEVER): Promise<string[]> {
    const client = await this.connection.client();
    const deleted: string[] = [];
    for (const { topic, subscription, subscriptionOnly = false } of requests) {
      if (subscription !== undefined) {
        const unsubscribe = (): Promise<unknown> => client.subscription(subscription).delete(CALL);
        const what = `the subscription ${subscription}`;
        if (await this.#unless(GRPC.NOT_FOUND, what, unsubscribe, signal)) deleted.push(subscription);
      }
      if (subscriptionOnly) continue;
      const remove = (): Promise<unknown> => client.topic(topic).delete(CALL);
      if (await this.#unless(GRPC.NOT_FOUND, `the topic ${topic}`, remove, signal)) deleted.push(topic);
    }
    return deleted;
  }

  async close(): Promise<void> {
    // The client belongs to the broker.
  }

  /** Returns false when the call fails with that gRPC code. */
  async #unless(
    code: number,
    what: string,
    call: () => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { outage } = this.connection;
    try {
      await this.#patiently(call, what, signal);
      outage.onAnswer();
      return true;
    } catch (error) {
      if (grpcCodeOf(error) !== code) throw toPubsubError(error, what, 'BROKER_UNREACHABLE');
      outage.onAnswer();
      return false;
    }
  }

  async #patiently(call: () => Promise<unknown>, what: string, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(100, 1_000);
    const end = performance.now() + PATIENCE;
    for (;;) {
      try {
        await untilAborted(call(), signal, what);
        return;
      } catch (error) {
        this.connection.outage.onError(error);
        if (grpcCodeOf(error) !== GRPC.UNAVAILABLE || performance.now() > end) throw error;
      }
      await backoff.wait(signal);
    }
  }
}
