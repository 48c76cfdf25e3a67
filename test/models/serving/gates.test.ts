import { readModelFiles } from '../../../src/models/files';
import { assertAsGood, assertFits, compare, heldOutFor, toHeldOut } from '../../../src/models/serving/gates';
import { FASHION_MNIST } from '../../../src/core/model-shape';
import { FakePool, openPools } from '../../helpers/fake-pool';
import { ModelVersions } from '../../helpers/model-versions';

jest.setTimeout(60_000);

const limits = { maxAccuracyDrop: 0.02, maxSlowdown: 2 };
/** 100 images; the first byte is the class. */
const labels = Uint8Array.from({ length: 100 }, (_, i) => i % 10);
const pixels = new Uint8Array(100 * 784);
for (const [i, label] of labels.entries()) pixels[i * 784] = label;

afterEach(() => openPools.clear());

describe('a version that fits the active model', () => {
  let versions: ModelVersions;
  beforeAll(async () => (versions = await ModelVersions.create()));
  afterAll(() => versions.remove());
  const expected = (version: number) => ({ name: 'fashion-mnist', version, shape: FASHION_MNIST });

  it('has the same name, image size and classes', async () => {
    await versions.write(2, 'good');
    const files = await readModelFiles(versions.dir(2));
    expect(() => assertFits(files, expected(2))).not.toThrow();
    expect(() => assertFits(files, expected(3))).toThrow('its manifest says fashion-mnist@2');
    expect(() => assertFits(files, { ...expected(2), name: 'shoes' })).toThrow('shoes@2');
  });

  it('does not have another shape or other labels', async () => {
    await versions.writeOtherShape(3);
    await versions.write(4, 'other labels');
    await versions.write(5, 'fewer labels');
    const files = await Promise.all([3, 4, 5].map((version) => readModelFiles(versions.dir(version))));
    expect(() => assertFits(files[0]!, expected(3))).toThrow('14 × 56 pixels');
    expect(() => assertFits(files[1]!, expected(4))).toThrow('its class 0 is Trouser');
    expect(() => assertFits(files[2]!, expected(5))).toThrow('it has 5 classes');
  });

  it('does not have other colours', async () => {
    await versions.write(6, 'good');
    const files = await readModelFiles(versions.dir(6));
    const coloured = { ...files, shape: { ...files.shape, channels: 3 as const } };
    expect(() => assertFits(coloured, expected(6))).toThrow(
      'its images are RGB, those of the active model grey',
    );
  });
});

describe('the images that versions are compared on', () => {
  const shape = { ...FASHION_MNIST, height: 96, width: 96, channels: 3 as const, labels: ['cat', 'dog'] };
  const golden = {
    n: 2,
    pixels: new Uint8Array(2 * 96 * 96 * 3).fill(7),
    probabilities: new Float32Array(4),
  };
  const none = { n: 0, pixels: new Uint8Array(0), probabilities: new Float32Array(0) };

  it('are the golden vectors of another model than those of Fashion-MNIST', async () => {
    const { batches, labels: known } = await heldOutFor({ shape, golden }, 64);
    expect(known).toBeNull();
    expect(batches.map(({ size, bytes }) => [size, bytes.length, bytes[0]])).toEqual([[2, 55_296, 7]]);
  });

  it('are a bounded number of empty ones for a model without golden vectors', async () => {
    const small = await heldOutFor({ shape: { ...shape, height: 8, width: 8 }, golden: none }, 64);
    const large = await heldOutFor({ shape: { ...shape, height: 1024, width: 1024 }, golden: none }, 64);
    expect([small, large].map(({ batches }) => batches.map(({ size }) => size))).toEqual([[64], [1]]);
  });
});

describe('the comparison of two models', () => {
  it('measures accuracy over whole batches and the shortest time', async () => {
    const [active, candidate] = [new FakePool(1), new FakePool(2)];
    candidate.wrongClasses = 3;
    candidate.inferenceMs = 4;
    const heldOut = toHeldOut(pixels, labels, 784, 40);
    expect(heldOut.batches.map(({ size }) => size)).toEqual([40, 40]);
    const comparison = await compare(active, candidate, heldOut);
    expect(comparison.active).toEqual({ accuracy: 1, batchMs: 1, batchSize: 40 });
    expect(comparison.candidate).toEqual({ accuracy: 0.7, batchMs: 4, batchSize: 40 });
    expect(active.batches).toBe(candidate.batches);
  });

  it('times a model that seems too slow more often, until it is fast once or the rounds end', async () => {
    const heldOut = toHeldOut(pixels, labels, 784, 50);
    const [active, late, slow] = [new FakePool(1), new FakePool(2), new FakePool(3)];
    [late.inferenceMs, slow.inferenceMs] = [4, 4];
    const classify = late.classify.bind(late);
    late.classify = async (batch) => {
      if (late.batches === 15) late.inferenceMs = 1.5;
      return await classify(batch);
    };
    const { candidate } = await compare(active, late, heldOut, 2);
    expect([candidate.batchMs, candidate.accuracy, late.batches]).toEqual([1.5, 1, 16]);
    expect((await compare(active, slow, heldOut, 2)).candidate.batchMs).toBe(4);
    expect(slow.batches).toBe(40);
  });

  it('has no accuracy without labels', async () => {
    const comparison = await compare(new FakePool(1), new FakePool(2), toHeldOut(pixels, null, 784, 64));
    expect(comparison.candidate).toEqual({ accuracy: null, batchMs: 1, batchSize: 64 });
  });

  it('refuses a model that is less accurate or slower than allowed', () => {
    const score = { accuracy: 0.9, batchMs: 4, batchSize: 64 };
    const against = (candidate: Partial<typeof score>) => () =>
      assertAsGood({ active: score, candidate: { ...score, ...candidate } }, limits);
    expect(against({})).not.toThrow();
    expect(against({ accuracy: 0.885, batchMs: 7.9 })).not.toThrow();
    expect(against({ accuracy: 0.87 })).toThrow('accuracy on the held-out images is 87.0 %');
    expect(against({ batchMs: 8.1 })).toThrow('8.10 ms for 64 images');
  });
});
