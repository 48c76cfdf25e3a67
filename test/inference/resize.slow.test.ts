import { formatCode } from '../../src/core/image';
import { createPool } from '../../src/inference/pool';
import { resolveModelDir } from '../../src/models/files';
import { testImages, testLabels } from '../fixtures/fashion-mnist';
import { png } from '../fixtures/png';
import { SILENT_LOG } from '../helpers/services';

jest.setTimeout(120_000);

/** Test images in black on white, in the middle of a frame of twice their size. */
const COUNT = 40;

function framed(image: Buffer): Buffer {
  const samples = Buffer.alloc(56 * 56, 255);
  for (const [i, value] of image.entries())
    samples[(14 + Math.floor(i / 28)) * 56 + 14 + (i % 28)] = 255 - value;
  return png({ width: 56, height: 56, samples });
}

async function recognized(resize: 'content' | undefined): Promise<number> {
  const pool = await createPool({
    modelDir: await resolveModelDir('fashion-mnist@1'),
    runtime: 'onnx',
    workers: 1,
    maxBatch: COUNT,
    resize,
    taskTimeoutMs: 60_000,
    startTimeoutMs: 60_000,
    log: SILENT_LOG,
  });
  const files = Array.from({ length: COUNT }, (_, i) =>
    framed(testImages().subarray(i * 784, (i + 1) * 784)),
  );
  let end = 0;
  const offsets = Uint32Array.from([0, ...files.map((file) => (end += file.length))]);
  const formats = new Uint8Array(COUNT).fill(formatCode('png'));
  const { probabilities } = await pool.classify({
    size: COUNT,
    bytes: new Uint8Array(Buffer.concat(files)),
    offsets,
    formats,
  });
  await pool.close();
  const labels = Array.from({ length: COUNT }, (_, i) => {
    const scores = [...probabilities.subarray(i * 10, (i + 1) * 10)];
    return scores.indexOf(Math.max(...scores));
  });
  return labels.filter((label, i) => label === testLabels()[i]).length;
}

it('recognizes garments with a margin with content, and inverts as the model does', async () => {
  expect(await recognized(undefined)).toBeLessThan(COUNT / 2);
  expect(await recognized('content')).toBeGreaterThan(0.85 * COUNT);
});
