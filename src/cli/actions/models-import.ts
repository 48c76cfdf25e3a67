import path from 'node:path';
import { StreamInferError } from '../../core/errors';
import { bytesPerImage } from '../../core/model-shape';
import { loadRuntime } from '../../inference/load-runtime';
import { predictAll } from '../../inference/predict-all';
import {
  isModelName,
  isVersionName,
  listVersionFolders,
  readModelFiles,
  resolveModelDir,
  writeImportedModel,
  type ModelFiles,
  type StoredBaseline,
} from '../../models/files';
import { measureBaseline } from '../../training/baseline';
import { compareWithExpected, type Agreement } from '../expected-scores';
import { percent } from '../../core/percent';
import { kindOf } from '../model-report';
import { generatedProbes, readProbes, type Probes } from '../probe-images';

interface ImportFlags {
  readonly name: string;
  readonly to: string;
  readonly probe?: string;
  readonly expected?: string;
  readonly json?: boolean;
}

interface Measured {
  readonly scores: Float32Array;
  readonly runtime: string;
  readonly agreement?: Agreement;
  readonly baseline?: StoredBaseline;
}

const MOST_GOLDEN = 16;
/** golden.json has its images as text, and every start reads it. */
const GOLDEN_BYTES = 3 << 20;
/** Fewer images say little about the mix of classes and the confidence. */
const LEAST_FOR_BASELINE = 100;

export async function importModel(model: string, flags: ImportFlags): Promise<void> {
  assertFlags(flags);
  // Hides TensorFlow's report on its build; read once, while TensorFlow loads.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  const files = await readModelFiles(await resolveModelDir(model));
  for (const warning of files.warnings) process.stderr.write(`warning: ${warning}\n`);
  const { shape } = files;
  const probes = flags.probe === undefined ? generatedProbes(shape) : await readProbes(flags.probe, shape);
  const measured = await measure(files, probes, flags.expected);
  const version = await nextVersion(path.join(flags.to, flags.name));
  const dir = path.resolve(flags.to, flags.name, String(version));
  const golden = goldenOf(files, probes, measured);
  const { baseline, agreement } = measured;
  const manifest = await writeImportedModel(dir, files, {
    name: flags.name,
    version,
    golden,
    card: cardOf(files, { name: flags.name, version }, probes, measured),
    ...(baseline && { accuracy: baseline.accuracy, baseline }),
  });
  // What was written must read as what was imported.
  await readModelFiles(dir);
  const report = {
    name: flags.name,
    version,
    dir,
    sha256: manifest.weightsSha256,
    runtime: measured.runtime,
  };
  const facts = { golden: golden.n, expected: agreement ?? null, accuracy: baseline?.accuracy ?? null };
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ ...report, ...facts }, null, 2)}\n`
      : `${flags.name}@${version}: written to ${dir}\n${linesOf(files, probes, golden.n, measured).join('\n')}\n`,
  );
}

function assertFlags({ name, probe, expected }: ImportFlags): void {
  if (!isModelName(name))
    throw new StreamInferError(
      'USAGE',
      `--name ${name}: expected 1 to 64 letters, digits, dots, dashes and underscores`,
    );
  if (expected !== undefined && probe === undefined)
    throw new StreamInferError('USAGE', '--expected needs --probe: the images that the scores belong to');
}

async function measure(files: ModelFiles, probes: Probes, expected: string | undefined): Promise<Measured> {
  const runtime = await loadRuntime(files, 'auto', 'fp32');
  try {
    const scores = await predictAll(runtime, files.shape, probes.pixels);
    const agreement =
      expected === undefined ? undefined : await compareWithExpected(expected, scores, probes.n, files);
    // Boxes have no true class to measure a baseline with.
    const baseline = files.output.objects ? undefined : baselineOf(probes, scores, runtime.name);
    return { scores, runtime: runtime.name, ...(agreement && { agreement }), ...(baseline && { baseline }) };
  } finally {
    await runtime.dispose();
  }
}

/** Undefined without enough images of known classes. */
function baselineOf(
  { n, labels, pixels, source }: Probes,
  scores: Float32Array,
  runtime: string,
): StoredBaseline | undefined {
  if (labels === undefined || n < LEAST_FOR_BASELINE) return undefined;
  return {
    created: new Date().toISOString(),
    source: `${n} images of ${path.basename(source)}, on ${runtime}`,
    ...measureBaseline({ labels, pixels }, scores),
  };
}

function goldenOf({ shape }: ModelFiles, probes: Probes, { scores, runtime }: Measured) {
  const [size, classes] = [bytesPerImage(shape), shape.labels.length];
  const n = Math.min(probes.n, MOST_GOLDEN, Math.max(2, Math.floor(GOLDEN_BYTES / size)));
  const probabilities = scores.slice(0, n * classes);
  const labels = Array.from({ length: n }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return probes.labels?.[i] ?? row.indexOf(row.reduce((a, b) => Math.max(a, b)));
  });
  return { n, pixels: probes.pixels.slice(0, n * size), probabilities, labels, runtime };
}

async function nextVersion(root: string): Promise<number> {
  const known = (await listVersionFolders(root)).map(({ version }) => version);
  const next = Math.max(0, ...known) + 1;
  if (isVersionName(String(next))) return next;
  throw new StreamInferError('USAGE', `${root} has no free version number`);
}

function linesOf(
  { output }: ModelFiles,
  probes: Probes,
  golden: number,
  { agreement, baseline, runtime }: Measured,
): string[] {
  const lines = [`${golden} golden vectors from ${probes.source}, on ${runtime}`];
  if (agreement) {
    const { images, worstDifference, sameClass } = agreement;
    lines.push(
      `expected scores: worst difference ${worstDifference.toExponential(1)}, same class for ${sameClass} of ${images} images`,
    );
  }
  if (output.objects) return lines;
  lines.push(
    baseline
      ? `baseline from ${baseline.images} images, ${percent(baseline.accuracy)} of them right`
      : `no baseline for drift detection: it needs ${LEAST_FOR_BASELINE} images in a subfolder for each class (--probe)`,
  );
  return lines;
}

function cardOf(
  files: ModelFiles,
  { name, version }: { name: string; version: number },
  probes: Probes,
  measured: Measured,
): string {
  const { shape, warnings } = files;
  const lines = linesOf(files, probes, Math.min(probes.n, MOST_GOLDEN), measured);
  return [
    `# ${name} ${version}`,
    '',
    `Imported from ${path.basename(files.dir)} (${kindOf(files)}). Images of ${shape.width} × ${shape.height} × ${shape.channels}, ${shape.labels.length} classes.`,
    '',
    ...[...lines, ...warnings].map((line) => `- ${line}`),
    '',
  ].join('\n');
}
