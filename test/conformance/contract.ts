/**
 * What every broker adapter promises, as tests against the ports alone. Each adapter has one test file that calls
 * `brokerContract` with a harness; what a broker cannot do it declares, and the case is then skipped by name.
 */
import { randomBytes } from 'node:crypto';

import { isStreamInferError } from '../../src/core/errors';
import { headerText, type Delivery, type OutgoingMessage } from '../../src/core/message';
import type { Broker, MessageSink, MessageSource, SourceOptions } from '../../src/core/ports';

export interface BrokerCapabilities {
  /** Deliveries name their partition and offset. */
  readonly partitions: boolean;
  /** Messages with the same key arrive in the order in which they were published. */
  readonly orderWithinPartition: boolean;
  /** Messages whose value is null exist; the harness then has `publishTombstone`. */
  readonly tombstones: boolean;
  /** Two headers may have the same name. */
  readonly duplicateHeaders: boolean;
  /** A header's value may be any bytes. */
  readonly binaryHeaders: boolean;
  /** A message keeps the timestamp that its publisher gave it. */
  readonly keepsTimestamp: boolean;
  /** A reader without a group can start at what was published before it came. */
  readonly past: boolean;
  readonly lag: boolean;
  /** A topic that nobody made does not appear on first use. */
  readonly missingTopics: boolean;
  /** `attempt` counts up when a delivery comes again. */
  readonly countsAttempts: boolean;
  /** An unsettled delivery comes again after so long while its reader stays open, ms; null: only when it is closed. */
  readonly redeliverMs: number | null;
  /** How many messages it takes at once: 5,000, fewer only where the test double is slow. */
  readonly burst: number;
  /** A value of this size passes, bytes. */
  readonly largeValueBytes: number;
  /** A value of this size is refused whatever one does, bytes; null: none is. */
  readonly refusedValueBytes: number | null;
}

export interface BrokerHarness {
  readonly name: string;
  readonly capabilities: BrokerCapabilities;
  /** Before the first test. */
  start(): Promise<void>;
  /** After the last test. */
  stop(): Promise<void>;
  /** A new adapter for the running broker; each test takes one and closes it. */
  createBroker(): Promise<Broker>;
  publishTombstone?(broker: Broker, topic: string, key: string): Promise<void>;
  /** Kills the broker and starts it again at the same address; it may have forgotten its topics. */
  restart?(): Promise<void>;
}

/** How long a condition may take to become true, ms. */
const PATIENCE = 30_000;
/** How long nothing must arrive to say that nothing comes, ms. */
const QUIET = 600;

export function brokerContract(harness: BrokerHarness): void {
  const can = harness.capabilities;
  const itIf = (supported: boolean): jest.It => (supported ? it : it.skip);

  describe(`the ${harness.name} broker`, () => {
    let world: World;

    // A harness may have to build its broker first.
    beforeAll(() => harness.start(), 8 * PATIENCE);
    afterAll(() => harness.stop(), PATIENCE);
    beforeEach(async () => {
      world = await createWorld(harness);
    }, PATIENCE);
    afterEach(() => world.close(), PATIENCE);

    describe('opening and closing', () => {
      it(
        'a source and a sink are connecting before open, up after it and closed after close',
        async () => {
          const source = world.source();
          expect(source.status().state).toBe('connecting');
          await open(source);
          expect(source.status()).toEqual({ state: 'up' });
          expect(world.sink.status()).toEqual({ state: 'up' });
          await source.close();
          await world.sink.close();
          expect(source.status().state).toBe('closed');
          expect(world.sink.status().state).toBe('closed');
        },
        PATIENCE,
      );

      it(
        'open with an aborted signal rejects with ABORTED, and close works after it',
        async () => {
          const source = world.source();
          expect(await codeOf(source.open(AbortSignal.abort()))).toBe('ABORTED');
          await source.close();
          expect(source.status().state).toBe('closed');
          const sink = world.broker.createSink();
          expect(await codeOf(sink.open(AbortSignal.abort()))).toBe('ABORTED');
          await sink.close();
          expect(sink.status().state).toBe('closed');
        },
        PATIENCE,
      );

      it(
        'a source and a sink that were never opened can be closed, and closed again',
        async () => {
          const source = world.source();
          const sink = world.broker.createSink();
          await Promise.all([source.close(), sink.close()]);
          await Promise.all([source.close(), sink.close()]);
        },
        PATIENCE,
      );

      itIf(can.missingTopics)(
        'a source on an unknown topic says so in its status, and comes up once the topic is there',
        async () => {
          const topic = uniqueName('unknown');
          const source = world.source({ topic, subscription: `${topic}-sub` });
          const giveUp = new AbortController();
          const opening = source.open(giveUp.signal).catch((error: unknown) => error);
          await until(
            () => source.status().state !== 'up' && source.status().reason?.includes(topic) === true,
          );
          await world.createTopic(topic);
          await until(() => source.status().state === 'up');
          expect(await opening).toBeUndefined();
          await world.publish([message('found')], topic);
          expect(valuesOf(await take(source, 1))).toEqual(['found']);
        },
        2 * PATIENCE,
      );

      itIf(can.missingTopics)(
        'publishing to an unknown topic rejects with a retryable error',
        async () => {
          const error = await world.sink.publish(uniqueName('unknown'), [message('lost')]).catch(identity);
          expect(error).toMatchObject({ name: 'StreamInferError', retryable: true });
        },
        2 * PATIENCE,
      );
    });

    describe('messages', () => {
      it(
        'keep their value, key, header and source id, and say when they were made and came',
        async () => {
          const before = Date.now();
          const source = await world.open();
          await world.publish([{ key: 'k1', value: Buffer.from('hello'), headers: [['id', 'a-1']] }]);
          const [delivery] = await take(source, 1);
          expect(delivery?.value?.toString()).toBe('hello');
          expect(delivery?.key?.toString()).toBe('k1');
          expect(headerText(delivery?.headers ?? [], 'id')).toBe('a-1');
          expect(delivery?.attempt).toBe(1);
          expect(Math.abs((delivery?.timestamp ?? 0) - before)).toBeLessThan(60_000);
          expect(Math.abs((delivery?.receivedAt ?? 0) - performance.now())).toBeLessThan(PATIENCE);
          expect(delivery?.origin.topic).toBe(world.topic);
          if (can.partitions) {
            expect(delivery?.origin.offset).toMatch(/^\d+$/);
            expect(delivery?.sourceId).toBe(
              `${world.topic}/${delivery?.origin.partition}/${delivery?.origin.offset}`,
            );
          } else {
            expect(delivery?.origin).toMatchObject({ partition: null, offset: null });
            expect(delivery?.sourceId).not.toBe('');
          }
        },
        PATIENCE,
      );

      it(
        'without a key have the key null',
        async () => {
          const source = await world.open();
          await world.publish([message('keyless')]);
          expect((await take(source, 1))[0]?.key).toBeNull();
        },
        PATIENCE,
      );

      it(
        'of any bytes arrive unchanged',
        async () => {
          const source = await world.open();
          const value = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
          await world.publish([{ key: null, value, headers: [] }]);
          expect((await take(source, 1))[0]?.value?.equals(value)).toBe(true);
        },
        PATIENCE,
      );

      it(
        'with an empty value arrive with an empty value',
        async () => {
          const source = await world.open();
          await world.publish([{ key: null, value: Buffer.alloc(0), headers: [] }]);
          expect((await take(source, 1))[0]?.value).toHaveLength(0);
        },
        PATIENCE,
      );

      it(
        'with a large value arrive unchanged',
        async () => {
          const source = await world.open();
          const value = randomBytes(can.largeValueBytes);
          await world.publish([{ key: null, value, headers: [] }]);
          expect((await take(source, 1))[0]?.value?.equals(value)).toBe(true);
        },
        PATIENCE,
      );

      itIf(can.refusedValueBytes !== null)(
        'that no broker would take are refused by their index, and the others arrive',
        async () => {
          const source = await world.open();
          const huge = { key: null, value: Buffer.alloc(can.refusedValueBytes ?? 0), headers: [] };
          const refused = await world.sink.publish(world.topic, [message('a'), huge, message('b')]);
          expect(refused).toEqual([{ index: 1, reason: expect.any(String) as string }]);
          expect(valuesOf(await take(source, 2)).sort()).toEqual(['a', 'b']);
        },
        PATIENCE,
      );

      itIf(can.tombstones)(
        'without a value (tombstones) have the value null',
        async () => {
          const source = await world.open();
          await harness.publishTombstone?.(world.broker, world.topic, 'gone');
          const [delivery] = await take(source, 1);
          expect(delivery?.value).toBeNull();
          expect(delivery?.key?.toString()).toBe('gone');
        },
        PATIENCE,
      );

      itIf(can.binaryHeaders)(
        'keep headers of any bytes',
        async () => {
          const source = await world.open();
          const bytes = Buffer.from([0, 255, 128, 10]);
          await world.publish([{ key: null, value: Buffer.from('x'), headers: [['bin', bytes]] }]);
          const header = (await take(source, 1))[0]?.headers.find(([name]) => name === 'bin');
          expect(Buffer.from(header?.[1] ?? '').equals(bytes)).toBe(true);
        },
        PATIENCE,
      );

      itIf(can.duplicateHeaders)(
        'keep two headers of the same name, in their order',
        async () => {
          const source = await world.open();
          await world.publish([
            {
              key: null,
              value: Buffer.from('x'),
              headers: [
                ['tag', 'first'],
                ['tag', 'second'],
              ],
            },
          ]);
          const headers = (await take(source, 1))[0]?.headers ?? [];
          expect(headers.filter(([name]) => name === 'tag').map(([, value]) => String(value))).toEqual([
            'first',
            'second',
          ]);
        },
        PATIENCE,
      );

      itIf(can.keepsTimestamp)(
        'keep the timestamp that they were given',
        async () => {
          const source = await world.open();
          const timestamp = Date.now() - 3_600_000;
          await world.publish([{ ...message('old'), timestamp }]);
          expect((await take(source, 1))[0]?.timestamp).toBe(timestamp);
        },
        PATIENCE,
      );

      itIf(can.orderWithinPartition)(
        'with one key arrive in the order in which they were published',
        async () => {
          const source = await world.open();
          const sent = numbered(200).map((value) => ({ ...message(value), key: 'same' }));
          await world.publish(sent.slice(0, 100));
          await world.publish(sent.slice(100));
          const deliveries = await take(source, 200);
          expect(valuesOf(deliveries)).toEqual(numbered(200));
          expect(new Set(deliveries.map((d) => d.origin.partition)).size).toBe(1);
        },
        PATIENCE,
      );

      it(
        `published ${can.burst} at once all arrive`,
        async () => {
          const source = await world.open({ maxInFlight: 1_000 });
          const sent = numbered(can.burst);
          await world.publish(sent.map((value) => message(value)));
          const seen = new Set<string>();
          await until(async () => {
            const deliveries = await source.receive(500, AbortSignal.timeout(PATIENCE));
            for (const value of valuesOf(deliveries)) seen.add(value);
            source.settle(deliveries);
            return seen.size === sent.length;
          }, 2 * PATIENCE);
        },
        3 * PATIENCE,
      );
    });

    describe('settling', () => {
      it(
        'nothing that was settled comes again to the next reader of the group',
        async () => {
          await world.publish(numbered(20).map((value) => message(value)));
          const first = await world.open();
          first.settle(await take(first, 20));
          await first.close();
          const second = await world.open();
          await expectNothing(second);
          await world.publish([message('new')]);
          expect(valuesOf(await take(second, 1))).toEqual(['new']);
        },
        2 * PATIENCE,
      );

      it(
        'what a closed reader left unsettled comes again, with the same source ids',
        async () => {
          await world.publish(numbered(10).map((value) => message(value)));
          const first = await world.open();
          const left = await take(first, 10);
          await first.close();
          const second = await world.open();
          const again = await take(second, 10);
          expect(again.map((d) => d.sourceId).sort()).toEqual(left.map((d) => d.sourceId).sort());
          if (can.countsAttempts) expect(again.every((d) => d.attempt === 2)).toBe(true);
        },
        2 * PATIENCE,
      );

      it(
        'what was settled out of order is kept: the unsettled one comes again, none before it does',
        async () => {
          await world.publish(numbered(10).map((value) => ({ ...message(value), key: 'same' })));
          const first = await world.open();
          const deliveries = await take(first, 10);
          const missing = deliveries[4];
          first.settle(deliveries.slice(5).reverse());
          first.settle(deliveries.slice(0, 4).reverse());
          await first.close();
          const second = await world.open();
          const again = (await take(second, 1)).map((d) => d.sourceId);
          expect(again).toContain(missing?.sourceId);
          for (const early of deliveries.slice(0, 4)) expect(again).not.toContain(early.sourceId);
        },
        2 * PATIENCE,
      );

      it(
        'twice, or after close, does no harm',
        async () => {
          await world.publish(numbered(3).map((value) => message(value)));
          const source = await world.open();
          const deliveries = await take(source, 3);
          source.settle(deliveries);
          source.settle(deliveries);
          await source.close();
          source.settle(deliveries);
          await expectNothing(await world.open());
        },
        2 * PATIENCE,
      );

      itIf(can.redeliverMs !== null)(
        'forgotten while the reader stays open, a delivery comes again after its time',
        async () => {
          const source = await world.open();
          await world.publish([message('forgotten')]);
          const [first] = await take(source, 1);
          const [second] = await take(source, 1);
          expect(second?.sourceId).toBe(first?.sourceId);
          expect(second?.attempt).toBe(2);
          const waited = (second?.receivedAt ?? 0) - (first?.receivedAt ?? 0);
          expect(waited).toBeGreaterThanOrEqual((can.redeliverMs ?? 0) * 0.9);
          source.settle([second as Delivery]);
          await expectNothing(source, (can.redeliverMs ?? 0) + QUIET);
        },
        2 * PATIENCE,
      );

      it(
        'makes room: a reader never holds more than maxInFlight unsettled deliveries',
        async () => {
          await world.publish(numbered(50).map((value) => message(value)));
          const source = await world.open({ maxInFlight: 10 });
          const seen = new Set<string>();
          let held = await take(source, 10);
          expect(held).toHaveLength(10);
          await expectNothing(source);
          for (;;) {
            for (const value of valuesOf(held)) seen.add(value);
            source.settle(held);
            if (seen.size === 50) break;
            held = await take(source, 1);
            expect(held.length).toBeLessThanOrEqual(10);
          }
        },
        2 * PATIENCE,
      );

      it(
        'makes room in bytes too, and one delivery above the limit still comes',
        async () => {
          // A large one, then small ones that fit: a client once stood still at this step.
          const values = [12_000, 5_000, 5_000, 12_000, 3_000].map((size) => randomBytes(size));
          await world.publish(values.map((value) => ({ key: 'same', value, headers: [] })));
          const source = await world.open({ maxInFlightBytes: 10_000 });
          for (let received = 0; received < values.length;) {
            const held = await take(source, 1);
            const bytes = held.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
            expect(held.length === 1 || bytes <= 10_000).toBe(true);
            received += held.length;
            source.settle(held);
          }
        },
        2 * PATIENCE,
      );

      itIf(can.lag)(
        'brings the lag to 0',
        async () => {
          await world.publish(numbered(10).map((value) => message(value)));
          const source = await world.open();
          const deliveries = await take(source, 10);
          const lag = async (): Promise<number> =>
            (await source.lag()).reduce((sum, { messages }) => sum + messages, 0);
          await until(async () => (await lag()) === 10);
          source.settle(deliveries);
          await until(async () => (await lag()) === 0);
        },
        2 * PATIENCE,
      );
    });

    describe('receiving', () => {
      it(
        'from an empty topic resolves with nothing after a short while',
        async () => {
          const source = await world.open();
          const start = performance.now();
          expect(await source.receive(10, AbortSignal.timeout(PATIENCE))).toEqual([]);
          expect(performance.now() - start).toBeLessThan(5_000);
        },
        PATIENCE,
      );

      it(
        'with an aborted signal resolves soon and rejects never',
        async () => {
          const source = await world.open();
          const start = performance.now();
          expect(await source.receive(10, AbortSignal.abort())).toEqual([]);
          expect(await source.receive(10, AbortSignal.timeout(20))).toEqual([]);
          expect(performance.now() - start).toBeLessThan(2_000);
        },
        PATIENCE,
      );

      it(
        'gives at most as many as were asked for',
        async () => {
          await world.publish(numbered(20).map((value) => message(value)));
          const source = await world.open();
          let received = 0;
          await until(async () => {
            const deliveries = await source.receive(3, AbortSignal.timeout(PATIENCE));
            expect(deliveries.length).toBeLessThanOrEqual(3);
            source.settle(deliveries);
            received += deliveries.length;
            return received === 20;
          });
        },
        PATIENCE,
      );

      it(
        'two members of a group share the messages, and none is missing',
        async () => {
          const members = [await world.open(), await world.open()];
          const counts = members.map(() => 0);
          const seen = new Set<string>();
          let published = 0;
          const receiveAll = async (): Promise<void> => {
            for (const [i, member] of members.entries()) {
              const deliveries = await member.receive(100, AbortSignal.timeout(PATIENCE));
              member.settle(deliveries);
              for (const value of valuesOf(deliveries)) seen.add(value);
              counts[i] = (counts[i] ?? 0) + deliveries.length;
            }
          };
          await until(async () => {
            const wave = Array.from({ length: 20 }, () => String(published++));
            await world.publish(wave.map((value) => ({ ...message(value), key: value })));
            await receiveAll();
            return counts.every((count) => count > 0);
          });
          await until(async () => {
            await receiveAll();
            return seen.size === published;
          });
        },
        3 * PATIENCE,
      );

      it(
        'a member that leaves hands its share over, settled and unsettled',
        async () => {
          const leaver = await world.open();
          const stayer = await world.open();
          await world.publish(numbered(40).map((value) => ({ ...message(value), key: value })));
          const settled = await leaver.receive(5, AbortSignal.timeout(PATIENCE));
          leaver.settle(settled);
          await leaver.receive(5, AbortSignal.timeout(PATIENCE));
          await leaver.close();
          const seen = new Set(valuesOf(settled));
          await until(async () => {
            const deliveries = await stayer.receive(100, AbortSignal.timeout(PATIENCE));
            for (const value of valuesOf(deliveries)) seen.add(value);
            stayer.settle(deliveries);
            return seen.size === 40;
          });
        },
        3 * PATIENCE,
      );
    });

    describe('a reader without a group', () => {
      itIf(can.past)(
        'from the earliest sees everything and leaves the group undisturbed',
        async () => {
          await world.publish(numbered(10).map((value) => message(value)));
          const reader = await world.open({ group: null, from: 'earliest' });
          await world.publish([message('later')]);
          const seen = await take(reader, 11);
          expect(valuesOf(seen).sort()).toEqual([...numbered(10), 'later'].sort());
          reader.settle(seen);
          await reader.close();
          const member = await world.open();
          expect(await take(member, 11)).toHaveLength(11);
        },
        2 * PATIENCE,
      );

      it(
        'from the latest sees only what comes after it, and leaves the group undisturbed',
        async () => {
          await world.publish([message('before')]);
          const reader = await world.open({ group: null, from: 'latest' });
          const other = await world.open({ group: null, from: 'latest' });
          await world.publish([message('after')]);
          expect(valuesOf(await take(reader, 1))).toEqual(['after']);
          expect(valuesOf(await take(other, 1))).toEqual(['after']);
          const member = await world.open();
          expect(valuesOf(await take(member, 2)).sort()).toEqual(['after', 'before']);
        },
        2 * PATIENCE,
      );

      it(
        'need not settle to go on',
        async () => {
          const reader = await world.open({ group: null, from: 'latest', maxInFlight: 10 });
          await world.publish(numbered(50).map((value) => message(value)));
          expect(new Set(valuesOf(await take(reader, 50))).size).toBe(50);
        },
        2 * PATIENCE,
      );
    });

    describe('administration', () => {
      it(
        'makes each topic once and removes it once',
        async () => {
          const admin = world.broker.createAdmin();
          const topic = uniqueName('admin');
          const request = { topic, partitions: 4, subscription: `${topic}-sub` };
          expect(await admin.createTopics([request])).toContain(topic);
          expect(await admin.createTopics([request])).toEqual([]);
          expect(await admin.deleteTopics([request])).toContain(topic);
          expect(await admin.deleteTopics([request])).toEqual([]);
          await admin.close();
          await admin.close();
        },
        2 * PATIENCE,
      );

      it(
        'makes only those topics that are missing',
        async () => {
          const admin = world.broker.createAdmin();
          const fresh = uniqueName('fresh');
          const made = await admin.createTopics([
            { topic: world.topic, partitions: 4, subscription: `${world.topic}-sub` },
            { topic: fresh, partitions: 4 },
          ]);
          expect(made).toEqual([fresh]);
          await admin.close();
        },
        2 * PATIENCE,
      );
    });

    describe('a restart of the broker', () => {
      itIf(harness.restart !== undefined)(
        'does not end the source or the sink: both go on by themselves',
        async () => {
          const source = await world.open();
          await world.publish([message('before')]);
          source.settle(await take(source, 1));
          await harness.restart?.();
          await world.createTopic(world.topic);
          await until(async () => {
            const outcome = await world.sink.publish(world.topic, [message('after')]).catch(identity);
            return Array.isArray(outcome);
          }, 2 * PATIENCE);
          await until(async () => {
            const deliveries = await source.receive(10, AbortSignal.timeout(PATIENCE));
            source.settle(deliveries);
            return valuesOf(deliveries).includes('after');
          }, 2 * PATIENCE);
          expect(source.status()).toEqual({ state: 'up' });
          expect(world.sink.status()).toEqual({ state: 'up' });
        },
        5 * PATIENCE,
      );
    });
  });
}

/** One test's broker with an open sink and a topic of its own; closes everything that the test opened. */
interface World {
  readonly broker: Broker;
  readonly topic: string;
  readonly sink: MessageSink;
  createTopic(topic: string): Promise<void>;
  publish(messages: readonly OutgoingMessage[], topic?: string): Promise<void>;
  source(options?: Partial<SourceOptions>): MessageSource;
  open(options?: Partial<SourceOptions>): Promise<MessageSource>;
  close(): Promise<void>;
}

async function createWorld(harness: BrokerHarness): Promise<World> {
  const broker = await harness.createBroker();
  const topic = uniqueName('contract');
  const sink = broker.createSink();
  const sources: MessageSource[] = [];

  const world: World = {
    broker,
    topic,
    sink,
    async createTopic(name) {
      const admin = broker.createAdmin();
      await admin.createTopics([{ topic: name, partitions: 4, subscription: `${name}-sub` }]);
      await admin.close();
    },
    async publish(messages, to = topic) {
      expect(await sink.publish(to, messages)).toEqual([]);
    },
    source(options) {
      const source = broker.createSource(sourceOptions(topic, options));
      sources.push(source);
      return source;
    },
    async open(options) {
      const source = world.source(options);
      await open(source);
      return source;
    },
    async close() {
      for (const source of sources) await source.close();
      await sink.close();
      await broker.close();
    },
  };
  await world.createTopic(topic);
  await sink.open(AbortSignal.timeout(PATIENCE));
  return world;
}

function sourceOptions(topic: string, options: Partial<SourceOptions> = {}): SourceOptions {
  const group = options.group === undefined ? `${topic}-group` : options.group;
  return {
    topic,
    group,
    ...(group === null ? {} : { subscription: `${topic}-sub` }),
    from: 'earliest',
    maxInFlight: 10_000,
    maxInFlightBytes: 64 * 1024 * 1024,
    ...options,
  };
}

function open(source: MessageSource): Promise<void> {
  return source.open(AbortSignal.timeout(PATIENCE));
}

/** At least `count` deliveries, unsettled; more only if they came together with the last one. */
async function take(source: MessageSource, count: number): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  const signal = AbortSignal.timeout(PATIENCE);
  while (deliveries.length < count) {
    if (signal.aborted) throw new Error(`${deliveries.length} of ${count} deliveries came in ${PATIENCE} ms`);
    deliveries.push(...(await source.receive(1_000, signal)));
  }
  return deliveries;
}

async function expectNothing(source: MessageSource, ms = QUIET): Promise<void> {
  const signal = AbortSignal.timeout(ms);
  while (!signal.aborted) expect(valuesOf(await source.receive(1_000, signal))).toEqual([]);
}

async function until(condition: () => boolean | Promise<boolean>, ms = PATIENCE): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not true after ${ms} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(() => undefined, identity);
  return isStreamInferError(error) ? error.code : `not one of our errors: ${String(error)}`;
}

function identity(value: unknown): unknown {
  return value;
}

function message(value: string): OutgoingMessage {
  return { key: null, value: Buffer.from(value), headers: [] };
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}

function valuesOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map((delivery) => String(delivery.value));
}

function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}
