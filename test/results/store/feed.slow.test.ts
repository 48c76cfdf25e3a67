import type { Outcome } from '../../../src/core/prediction';
import type { Chunk } from '../../../src/results/store/chunk';
import { CHUNK_ROWS } from '../../../src/results/store/chunk';
import { StoreFeed, type StoredImages } from '../../../src/results/store/feed';
import { Tally } from '../../../src/results/tally';
import { createOutcome } from '../../helpers/services';
import { mixedOutcomes } from '../../helpers/store';

const REJECTED: Outcome = {
  kind: 'dead letter',
  delivery: createOutcome().delivery,
  rejection: { code: 'CORRUPT', message: 'x', stage: 'decode', attempts: 1 },
};

/** A feed that only collects its chunks, like a thread that never answers. */
function createFeed(capacity?: number, images: StoredImages = 'all') {
  const sent: Chunk[] = [];
  const options = { images, send: (chunk: Chunk) => void sent.push(chunk) };
  const feed = new StoreFeed({ ...options, flushMs: 1, ...(capacity && { capacity }) });
  return { feed, sent };
}

function imagesIn(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, { images }) => sum + images.length / 784, 0);
}

it('sends the published bytes unchanged', () => {
  const { feed, sent } = createFeed();
  feed.resume();
  const outcome = createOutcome({
    id: 'a',
    label: 3,
    truth: 5,
    confidence: 0.5,
    pixels: new Uint8Array(784).fill(7),
  });
  const json = Buffer.from('{"as":"published"}');
  feed.onOutcomes([{ ...outcome, json }, createOutcome({ id: 'b' })]);
  feed.catchUp();
  const [chunk] = sent;
  expect(chunk).toMatchObject({ size: 2, ids: ['a', 'b'], rest: null });
  expect(Buffer.from(chunk!.json.subarray(0, chunk!.ends[0])).toString()).toBe('{"as":"published"}');
  const second = Buffer.from(chunk!.json.subarray(chunk!.ends[0], chunk!.ends[1])).toString();
  expect(JSON.parse(second)).toMatchObject({ id: 'b' });
  expect([...chunk!.truths]).toEqual([5, -1]);
  expect(chunk!.images.subarray(0, 784)).toEqual(new Uint8Array(784).fill(7));
});

it('sends the thread one chunk at a time', () => {
  const { feed, sent } = createFeed();
  feed.resume();
  feed.onOutcomes(mixedOutcomes(3 * CHUNK_ROWS));
  expect(sent).toHaveLength(1);
  feed.written(sent[0]!.size);
  expect(sent).toHaveLength(2);
  expect(feed.queued).toBe(2 * CHUNK_ROWS);
});

it('drops images first, then all but a sample of the predictions, then everything, and counts them', () => {
  const { feed, sent } = createFeed(1000);
  feed.resume();
  feed.onOutcomes(mixedOutcomes(500));
  expect({ ...feed.shedding }).toMatchObject({ images: 0, rows: 0 });
  feed.onOutcomes(mixedOutcomes(250));
  expect({ ...feed.shedding }).toMatchObject({ images: 250, rows: 0 });
  feed.onOutcomes(mixedOutcomes(100));
  expect({ ...feed.shedding }).toMatchObject({ images: 260, rows: 90 });
  feed.onOutcomes(mixedOutcomes(10_000));
  expect(feed.queued).toBe(1000);
  const { rows } = feed.shedding;
  expect(rows).toBe(10_850 - 1000);

  for (let turn = 0; turn < 3; turn++) feed.written(sent[turn]!.size);
  expect(sent.reduce((sum, { size }) => sum + size, 0)).toBe(1000);
  expect(imagesIn(sent)).toBe(500);
  const shed = new Tally();
  for (const { rest } of sent) if (rest) shed.merge(rest);
  expect(shed.data().cells.reduce((sum, [, , count]) => sum + count, 0)).toBe(rows);
});

it('can keep only the images of wrong predictions, or none', () => {
  const outcomes = mixedOutcomes(100);
  const wrong = outcomes.filter(({ prediction }) => prediction.correct === false).length;
  for (const [images, count] of [
    ['wrong', wrong],
    ['none', 0],
  ] as const) {
    const { feed, sent } = createFeed(1000, images);
    feed.resume();
    feed.onOutcomes(outcomes);
    feed.catchUp();
    expect(imagesIn(sent)).toBe(count);
    expect(feed.shedding.images).toBe(0);
  }
});

it('counts dead letters', () => {
  const { feed, sent } = createFeed();
  feed.resume();
  feed.onOutcomes([REJECTED, REJECTED]);
  feed.finish();
  expect(sent[0]?.rest?.minutes.map(([, , , , dead]) => dead)).toEqual([2]);
});

it('stays bounded while the store is unusable, and adds lost predictions to the counts of the next chunk', () => {
  const { feed, sent } = createFeed(1000);
  feed.resume();
  feed.onOutcomes(mixedOutcomes(CHUNK_ROWS));
  feed.pause();
  const lost = new Tally();
  lost.addPrediction(1, 1, 0.5, Date.now());
  feed.lost(CHUNK_ROWS, lost.data());
  expect(feed.shedding.rows).toBe(CHUNK_ROWS);
  for (let turn = 0; turn < 20; turn++) feed.onOutcomes(mixedOutcomes(500));
  expect(feed.queued).toBe(1000);
  expect(sent).toHaveLength(1);
  feed.resume();
  expect(sent).toHaveLength(2);
  expect(sent[1]!.size).toBe(CHUNK_ROWS);
});

it('counts large predictions as several, so that the queue is also bounded in bytes', () => {
  const { feed } = createFeed(1000);
  const large = createOutcome({ id: 'large', key: 'k'.repeat(100_000) });
  feed.onOutcomes(Array.from({ length: 1_000 }, () => large));
  expect(feed.queued).toBeLessThan(60);
  expect(feed.shedding.rows).toBeGreaterThan(900);
});
