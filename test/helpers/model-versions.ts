import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLASS_NAMES } from '../../src/core/labels';
import {
  defaultModelsRoot,
  readModelFiles,
  writeModelFiles,
  type ModelFiles,
  type NewModel,
} from '../../src/models/files';
import { layersIn } from '../../src/models/files';

const NAME = 'fashion-mnist';
const CLASSES = CLASS_NAMES.length;
/** Identity convolutions; each takes longer than the rest of the model. */
const IDLE_LAYERS = 12;

/** Properties of a version compared with the packaged one. */
export type Variant = 'good' | 'wrong answers' | 'slow' | 'other labels' | 'fewer labels';

/** A folder of model versions, with the packaged one as version 1. */
export class ModelVersions {
  private constructor(readonly root: string) {}

  static async create(): Promise<ModelVersions> {
    const versions = new ModelVersions(await mkdtemp(join(tmpdir(), 'stream-infer-versions-')));
    await cp(join(defaultModelsRoot(), NAME, '1'), versions.dir(1), { recursive: true });
    return versions;
  }

  dir(version: number): string {
    return join(this.folder, String(version));
  }

  /** The folder of all versions. */
  get folder(): string {
    return join(this.root, NAME);
  }

  /** A complete version, renamed into place. */
  async write(version: number, variant: Variant): Promise<void> {
    const files = await readModelFiles(this.dir(1));
    await writeModelFiles(this.dir(version), { ...toNewModel(files), version, ...VARIANTS[variant](files) });
  }

  /** A version whose weights do not match its manifest. */
  async writeCorrupted(version: number): Promise<void> {
    await this.write(version, 'good');
    const file = join(this.dir(version), 'weights.bin');
    const bytes = await readFile(file);
    bytes.set(randomBytes(16), 1_000);
    await writeFile(file, bytes);
  }

  /** An interrupted copy: the manifest is complete, the weights are not. */
  async writeHalf(version: number): Promise<void> {
    await this.write(version, 'good');
    await truncate(join(this.dir(version), 'weights.bin'), 400_000);
  }

  /** Completes the copy. */
  async writeOtherHalf(version: number): Promise<void> {
    const whole = version + 1_000_000;
    await this.write(whole, 'good');
    await rename(join(this.dir(whole), 'weights.bin'), join(this.dir(version), 'weights.bin'));
    await rm(this.dir(whole), { recursive: true });
  }

  /** A version for images of another shape with the same number of pixels. */
  async writeOtherShape(version: number): Promise<void> {
    await this.write(version, 'good');
    const file = join(this.dir(version), 'manifest.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...manifest, inputShape: [14, 56, 1] }));
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true });
  }
}

const VARIANTS: Record<Variant, (files: ModelFiles) => Partial<NewModel>> = {
  /** Different bytes, the same predictions. */
  good: (files) => {
    const weights = new Float32Array(layersIn(files).weightData.slice(0));
    weights[0]! += 1e-6;
    return { weightData: weights.buffer };
  },
  /** Each class is predicted as the next one: shifts the columns of the last layer, and the golden vectors. */
  'wrong answers': (files) => {
    const weights = new Float32Array(layersIn(files).weightData.slice(0));
    moveColumns(weights.subarray(-(128 * CLASSES + CLASSES)));
    const probabilities = Float32Array.from(files.golden.probabilities);
    moveColumns(probabilities);
    return { weightData: weights.buffer, golden: { ...toNewModel(files).golden, probabilities } };
  },
  slow: (files) => {
    const topology = structuredClone(layersIn(files).modelTopology) as { config: { layers: object[] } };
    const names = Array.from({ length: IDLE_LAYERS }, (_, i) => `idle_${i}`);
    topology.config.layers.splice(1, 0, ...names.map(toIdleLayer));
    const identity = new Float32Array(3 * 3 * 32 * 32);
    for (let channel = 0; channel < 32; channel++) identity[4 * 32 * 32 + channel * 32 + channel] = 1;
    const firstLayer = 3 * 3 * 32 + 32;
    const weights = new Float32Array(layersIn(files).weightData);
    const parts = [
      weights.subarray(0, firstLayer),
      ...names.flatMap(() => [identity, new Float32Array(32)]),
      weights.subarray(firstLayer),
    ];
    return {
      modelTopology: topology,
      weightSpecs: [
        ...layersIn(files).weightSpecs.slice(0, 2),
        ...names.flatMap((name) => [
          { name: `${name}/kernel`, shape: [3, 3, 32, 32], dtype: 'float32' as const },
          { name: `${name}/bias`, shape: [32], dtype: 'float32' as const },
        ]),
        ...layersIn(files).weightSpecs.slice(2),
      ],
      weightData: Float32Array.from(parts.flatMap((part) => [...part])).buffer,
    };
  },
  'other labels': ({ shape: { labels } }) => ({ labels: [labels[1]!, labels[0]!, ...labels.slice(2)] }),
  'fewer labels': (files) => ({
    labels: files.shape.labels.slice(0, 5),
    golden: {
      ...toNewModel(files).golden,
      probabilities: files.golden.probabilities.slice(0, files.golden.n * 5),
    },
  }),
};

function toNewModel(files: ModelFiles): NewModel {
  const { name, version, manifest, shape, golden } = files;
  const { modelTopology, weightSpecs, weightData } = layersIn(files);
  return {
    name,
    version,
    accuracy: manifest.accuracy ?? 0,
    labels: shape.labels,
    modelTopology,
    weightSpecs,
    weightData,
    golden: { ...golden, labels: new Uint8Array(golden.n), runtime: 'test' },
    card: '# A version of a test\n',
  };
}

/** Rows of ten values; the last value becomes the first. */
function moveColumns(rows: Float32Array): void {
  for (let start = 0; start < rows.length; start += CLASSES) {
    const row = Array.from(rows.subarray(start, start + CLASSES));
    rows.set([row.at(-1)!, ...row.slice(0, -1)], start);
  }
}

function toIdleLayer(name: string): object {
  return {
    class_name: 'Conv2D',
    config: {
      name,
      filters: 32,
      kernel_size: [3, 3],
      strides: [1, 1],
      padding: 'same',
      data_format: 'channels_last',
      dilation_rate: [1, 1],
      activation: 'relu',
      use_bias: true,
      trainable: true,
    },
  };
}
