import type { Delivery } from '../../src/core/message';
import type { Outcome } from '../../src/core/prediction';
import type { Answer, MessageValue } from '../../src/core/resolver';
import { Pipeline } from '../../src/pipeline/pipeline';
import { makeDelivery } from '../helpers/deliveries';
import { silentLog } from '../helpers/log';
import { answerOf } from '../helpers/predictions';

const never = new AbortController().signal;
const pixels = (value: number): Buffer => Buffer.alloc(784, value);

/** Runs the deliveries through a pipeline whose images are labelled by their first pixel. */
async function run(deliveries: Delivery[], resolve: (message: MessageValue) => Answer) {
  const outcomes: Outcome[] = [];
  const all = deliveries.length;
  let mostBytes = 0;
  const pipeline = new Pipeline(
    {
      source: {
        receive: async (max) => deliveries.splice(0, max),
        isCurrent: () => true,
      },
      resolver: { resolve },
      classifier: {
        model: { name: 'm', version: 1, sha256: '', runtime: 'tfjs-wasm', precision: 'fp32' },
        parallelism: 1,
        classify: async (batch) => {
          mostBytes = Math.max(mostBytes, pipeline.inFlight.bytes);
          const scores = new Float32Array(batch.size * 10);
          for (let i = 0; i < batch.size; i++)
            scores[i * 10 + (batch.bytes[batch.offsets[i] as number] as number)] = 1;
          return answerOf(batch, scores);
        },
      },
      outbox: {
        stalled: false,
        deliver: async (delivered) => {
          outcomes.push(...delivered);
          return delivered;
        },
      },
      inspect: ({ value, headers }) =>
        value?.length === 784 ? 'raw' : { code: 'NOT_AN_IMAGE', message: JSON.stringify(headers) },
      observers: [],
      log: silentLog,
    },
    {
      maxBatch: 8,
      parallelism: 1,
      maxInteractive: 4,
      inFlight: { messages: 32, bytes: 1e6 },
      maxDeliveries: all,
    },
  );
  await pipeline.run();
  const report = await pipeline.drain(never);
  return { outcomes, report, mostBytes, inFlight: pipeline.inFlight };
}

function predicted(outcomes: readonly Outcome[]) {
  return outcomes.map((outcome) =>
    outcome.kind === 'prediction' ? [outcome.id, outcome.label, outcome.truth, outcome.pixels[0]] : outcome,
  );
}

describe('a pipeline with values to resolve', () => {
  it('classifies the new value, with its id and label where the headers have none', async () => {
    const deliveries = [
      makeDelivery(0, { value: Buffer.from('a'), headers: [] }),
      makeDelivery(1, {
        value: Buffer.from('b'),
        headers: [
          ['id', 'own'],
          ['label', '2'],
        ],
      }),
      makeDelivery(2, { value: Buffer.from('c') }),
      makeDelivery(3, { value: pixels(6) }),
    ];
    const { outcomes } = await run(deliveries, async ({ value }) => {
      if (value?.length === 784) return null;
      const about = String(value) === 'c' ? {} : { id: 'found', label: 'Bag' };
      return { kind: 'resolved', value: pixels(5), ...about };
    });
    expect(predicted(outcomes)).toEqual([
      ['found', 5, 8, 5],
      ['own', 5, 2, 5],
      ['images/0/2', 5, undefined, 5],
      ['images/0/3', 6, undefined, 6],
    ]);
  });

  it('dead-letters the original message: a refused value, and a new value without an image', async () => {
    const originals = [Buffer.from('a'), Buffer.from('b'), Buffer.from('c')];
    const deliveries = originals.map((value, i) =>
      makeDelivery(i, { value, headers: [['content-type', 'x']] }),
    );
    const { outcomes, report } = await run(deliveries, ({ value }) => {
      if (String(value) === 'a') return { kind: 'refused', code: 'EMPTY', message: 'nothing there' };
      const contentType = String(value) === 'b' ? 'image/png' : undefined;
      return { kind: 'resolved', value: Buffer.from('no image'), contentType };
    });
    const found = outcomes.map((outcome) => {
      if (outcome.kind !== 'dead letter') throw new Error('a dead letter was expected');
      const { code, stage, message } = outcome.rejection;
      return [String(outcome.delivery.value), code, stage, message];
    });
    expect(found).toEqual([
      ['a', 'EMPTY', 'resolve', 'nothing there'],
      ['b', 'NOT_AN_IMAGE', 'admission', '[["content-type","image/png"]]'],
      ['c', 'NOT_AN_IMAGE', 'admission', '[]'],
    ]);
    expect(report).toEqual({ settled: 3, left: 0 });
  });

  it('counts the memory of new values, but not of parts of a message', async () => {
    const [message, part] = [Buffer.concat([Buffer.from('frame'), pixels(1)]), pixels(2)];
    const resolve = async ({ value }: MessageValue): Promise<Awaited<Answer>> => ({
      kind: 'resolved',
      value: value === message ? message.subarray(5) : part,
    });
    const whole = await run([makeDelivery(0, { value: message })], resolve);
    expect([whole.mostBytes, whole.inFlight]).toEqual([message.length, { messages: 0, bytes: 0 }]);
    const added = await run([makeDelivery(0, { value: Buffer.from('x') })], resolve);
    expect([added.mostBytes, added.inFlight]).toEqual([785, { messages: 0, bytes: 0 }]);
  });
});
