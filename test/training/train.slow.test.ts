import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { readModelFiles } from '../../src/models/files';
import { verifyModel } from '../../src/inference/verify-model';
import { describeWith } from '../helpers/parts';

interface Outcome {
  readonly weightsSha256: string;
  readonly accuracy: number;
  readonly losses: number[];
  readonly batches: number;
  readonly ended: string;
}

const run = promisify(execFile);

/** A machine that has other things to do may take minutes for what takes seconds. */
const TIMEOUT = 600_000;
jest.setTimeout(2 * TIMEOUT);

describeWith(['tfjs-node'], 'trainModel', () => {
  let dir: string;
  let script: string;

  beforeAll(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'stream-infer-train-'));
    // Inside the checkout, so that the packages are found.
    const cache = path.resolve(__dirname, '../.cache');
    await mkdir(cache, { recursive: true });
    script = path.join(await mkdtemp(path.join(cache, 'tiny-training-')), 'tiny-training.js');
    const entryPoints = [path.join(__dirname, 'tiny-training.ts')];
    await build({ entryPoints, outfile: script, bundle: true, platform: 'node', packages: 'external' });
  });
  afterAll(async () => {
    await rm(dir, { recursive: true });
    await rm(path.dirname(script), { recursive: true });
  });

  async function train(
    name: string,
    seed: number,
    stopAfter = 0,
    architecture = 'cnn',
    ...more: string[]
  ): Promise<Outcome> {
    const args = [script, path.join(dir, name), String(seed), String(stopAfter), architecture, ...more];
    // One thread: several add up in any order, and the sums differ in their last bits.
    const env = {
      ...process.env,
      TF_NUM_INTRAOP_THREADS: '1',
      TF_NUM_INTEROP_THREADS: '1',
      OMP_NUM_THREADS: '1',
    };
    const { stdout } = await run(process.execPath, args, { timeout: TIMEOUT, env });
    return JSON.parse(stdout) as Outcome;
  }

  it('trains the same model for the same seed only', async () => {
    const [first, second, other] = [await train('a', 1), await train('b', 1), await train('c', 2)];
    expect(first).toMatchObject({ batches: 34, ended: 'complete' });
    expect(second).toEqual(first);
    expect(other.weightsSha256).not.toBe(first.weightsSha256);
    // Ten stripes are easy: a network that learns anything classifies most of them.
    expect(first.losses[1]).toBeLessThan(first.losses[0] ?? 0);
    expect(first.accuracy).toBeGreaterThan(0.5);
  });

  it('writes a complete model with its card', async () => {
    const { weightsSha256, accuracy } = await train('whole', 1);
    const files = await readModelFiles(path.join(dir, 'whole'));
    expect(files).toMatchObject({ name: 'tiny', version: 1, sha256: weightsSha256 });
    expect(files.golden.n).toBe(16);
    for (let i = 0; i < 16; i++) {
      const sum = files.golden.probabilities.subarray(i * 10, (i + 1) * 10).reduce((a, b) => a + b);
      expect(sum).toBeCloseTo(1, 5);
    }
    const card = await readFile(path.join(files.dir, 'MODEL_CARD.md'), 'utf8');
    expect(card).toContain(`${(100 * accuracy).toFixed(2)} %`);
    expect(card).toContain('Zalando');
    expect(card).toMatch(/^\| shifted by 3 pixels \| \d+\.\d\d % \|$/m);
    const { history = [] } = files.manifest;
    expect(history.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(card).toContain(`| 2 | ${history[1]?.loss.toFixed(4)} |`);
    expect(card).toContain('![Loss and accuracy by epoch](curves.svg)');
    expect(await readFile(path.join(files.dir, 'curves.svg'), 'utf8')).toContain('tiny 1');
  });

  it('stops early, also after an interruption, and reports it in the card', async () => {
    const checkpoint = path.join(dir, 'patient.checkpoint');
    // A network that learns nothing: the first epoch is the best one.
    expect(await train('patient', 1, 20, 'lenet', checkpoint, '2', '9')).toEqual({
      batches: 20,
      code: 'ABORTED',
    });
    const { losses, batches, ended } = await train('patient', 1, 0, 'lenet', checkpoint, '2', '9');
    expect({ epochs: losses.length, batches, ended }).toEqual({ epochs: 3, batches: 34, ended: 'patience' });
    const { history = [] } = (await readModelFiles(path.join(dir, 'patient'))).manifest;
    expect(history).toHaveLength(3);
    expect(await readFile(path.join(dir, 'patient', 'MODEL_CARD.md'), 'utf8')).toContain(
      '3 of 9 epochs (stopped early without improvement); the weights are from epoch 1',
    );
  });

  it.each([
    ['lenet', 0.5, '61,706 parameters (fp32): LeNet-5'],
    // Averaged weights have hardly moved after two short epochs.
    ['light', 0, '62,506 parameters (fp32): Conv 5×5×32 with stride 2'],
  ])('trains the network %s, which every runtime executes', async (architecture, least, description) => {
    const { accuracy, losses } = await train(architecture, 1, 0, architecture);
    expect(accuracy).toBeGreaterThan(least);
    expect(losses[1]).toBeLessThan(losses[0] ?? 0);
    const folder = path.join(dir, architecture);
    const checks = await verifyModel(folder);
    expect(checks.filter(({ state }) => state === 'problem')).toEqual([]);
    expect(await readFile(path.join(folder, 'MODEL_CARD.md'), 'utf8')).toContain(description);
  });

  it('trains the deep network, resumes from a checkpoint to the same weights, and deletes it', async () => {
    const whole = await train('deep', 1, 0, 'deep');
    expect(whole.losses[1]).toBeLessThan(whole.losses[0] ?? 0);
    const checks = await verifyModel(path.join(dir, 'deep'));
    expect(checks.filter(({ state }) => state === 'problem')).toEqual([]);
    const card = await readFile(path.join(dir, 'deep', 'MODEL_CARD.md'), 'utf8');
    expect(card).toContain('all are shifted by up to 1 pixel');
    expect(card).toMatch(/AdamW .*label smoothing 0\.1.*averaged/);

    const checkpoint = path.join(dir, 'deep.checkpoint');
    // In the second epoch: the checkpoint is of the first.
    expect(await train('resumed', 1, 20, 'deep', checkpoint)).toEqual({ batches: 20, code: 'ABORTED' });
    await expect(train('resumed', 2, 0, 'deep', checkpoint)).rejects.toThrow(/belongs to another training/);
    const resumed = await train('resumed', 1, 0, 'deep', checkpoint);
    expect(resumed).toEqual({ ...whole, batches: 17 });
    await expect(readFile(checkpoint)).rejects.toThrow('ENOENT');
  });

  it('stops after the current batch and writes the weights so far', async () => {
    const { batches, ended } = await train('stopped', 1, 3);
    expect({ batches, ended }).toEqual({ batches: 3, ended: 'signal' });
    expect((await readModelFiles(path.join(dir, 'stopped'))).name).toBe('tiny');
  });

  it('rejects an existing folder before training', async () => {
    await mkdir(path.join(dir, 'there'));
    await expect(train('there', 1)).rejects.toThrow(/exists already/);
  });
});
