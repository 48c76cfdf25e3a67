import type { Disagreement } from '../../src/core/model-version';
import { disputed, inTurn, leastCertain } from '../../src/labels/label-queue';
import { createMemoryResults } from '../../src/results/memory-store';
import { createOutcome, MODEL } from '../helpers/services';

const none = async (): Promise<ReadonlySet<string>> => new Set();

function resultsOf(confidences: readonly number[]) {
  const memory = createMemoryResults({ capacity: 5_000 });
  memory.onOutcomes(
    confidences.map((confidence, index) => createOutcome({ index, confidence })),
    1,
  );
  return { list: jest.fn(async (filter: Parameters<typeof memory.list>[0]) => memory.list(filter)) };
}

function dispute(id: string): Disagreement {
  const opinion = { model: MODEL, label: 1, className: 'Trouser', confidence: 0.6 };
  return {
    schemaVersion: 1,
    id,
    source: createOutcome({}).prediction.source,
    serving: opinion,
    shadow: { ...opinion, model: { ...MODEL, version: 2 }, label: 3, className: 'Dress' },
    at: '2026-01-01T00:00:00.000Z',
  };
}

it('lists the least certain predictions first, without labelled ones', async () => {
  const results = resultsOf([0.9, 0.35, 0.5, 0.31, 0.99]);
  const labelled = async (ids: readonly string[]) => new Set(ids.filter((id) => id === 'images/3/0'));
  const found = await leastCertain(results, labelled, 3);
  expect(found.map(({ predicted }) => predicted.confidence)).toEqual([0.35, 0.5, 0.9]);
  expect(found[0]).toEqual({
    id: 'images/1/0',
    reason: 'uncertain',
    predicted: {
      label: 0,
      className: 'T-shirt/top',
      confidence: 0.35,
      model: { name: MODEL.name, version: 1 },
    },
  });
});

it('reads no certain predictions while there are uncertain ones, and never more than some pages', async () => {
  const few = resultsOf(Array.from({ length: 1_500 }, () => 0.3));
  await leastCertain(few, none, 10);
  expect(few.list).toHaveBeenCalledTimes(1);

  const all = resultsOf(Array.from({ length: 4_000 }, () => 0.3));
  const everything = async (ids: readonly string[]) => new Set(ids);
  expect(await leastCertain(all, everything, 10)).toEqual([]);
  expect(all.list).toHaveBeenCalledTimes(20);
});

it('takes disagreements and uncertain images in turn, each image once', async () => {
  const uncertain = await leastCertain(resultsOf([0.3, 0.4, 0.5]), none, 10);
  const disputes = await disputed([dispute('images/1/0'), dispute('gone')], none, 10);
  expect(disputes[0]).toMatchObject({ other: { className: 'Dress', model: { version: 2 } } });
  const mixed = inTurn(disputes, uncertain, 3);
  expect(mixed.map(({ id, reason }) => [id, reason])).toEqual([
    ['images/1/0', 'disagreement'],
    ['images/0/0', 'uncertain'],
    ['gone', 'disagreement'],
  ]);
});
