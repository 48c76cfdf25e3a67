import { percent } from '../../core/percent';
import { StreamInferError, isStreamInferError } from '../../core/errors';
import type { FoundObject } from '../../core/found-objects';
import type { ModelShape } from '../../core/model-shape';
import type { RuntimeName } from '../../core/runtime-name';
import { detectObjects } from '../../inference/detection/in-batch';
import { loadRuntime } from '../../inference/load-runtime';
import type { ModelRuntime } from '../../inference/runtimes/runtime';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../../models/files';
import { objectLines } from '../object-lines';
import { decodeFile, decodeWithOriginal } from '../own-images';
import { fail } from '../exit';
import { kindOf, propertiesOf, renderModel } from '../model-report';

interface InspectFlags {
  readonly runtime: RuntimeName | 'auto';
  readonly json?: boolean;
}

interface Guess {
  readonly label: number;
  readonly className: string;
  readonly confidence: number;
}

type Classified =
  | { readonly file: string; readonly top: readonly Guess[] }
  | { readonly file: string; readonly objects: readonly FoundObject[] }
  | { readonly file: string; readonly code: string; readonly message: string };

const TOP = 5;

/** Prints how a model is read; then loads it and classifies the images. A failure sets the exit code. */
export async function inspect(
  model: string,
  images: readonly string[],
  { runtime: wanted, json = false }: InspectFlags,
): Promise<void> {
  // Hides TensorFlow's report on its build; read once, while TensorFlow loads.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  const files = await readModelFiles(await resolveModelDir(model));
  if (!json)
    process.stdout.write(renderModel(files) + files.warnings.map((one) => `  warning: ${one}\n`).join(''));
  const runtime = await loadRuntime(files, wanted, 'fp32').catch(toError);
  const classified = 'code' in runtime ? [] : await classifyAll(runtime, files, images);
  if (json) process.stdout.write(`${JSON.stringify(toReport(files, runtime, classified), null, 2)}\n`);
  else if (!('code' in runtime)) process.stdout.write(renderResults(runtime, classified));
  if ('code' in runtime) fail(runtime);
  for (const one of classified) if ('code' in one) fail(new StreamInferError(one.code as never, one.message));
}

function toError(error: unknown): StreamInferError {
  if (isStreamInferError(error)) return error;
  throw error;
}

async function classifyAll(
  runtime: ModelRuntime,
  files: ModelFiles,
  images: readonly string[],
): Promise<Classified[]> {
  const classified: Classified[] = [];
  try {
    for (const file of images) classified.push(await classify(runtime, files, file));
  } finally {
    await runtime.dispose();
  }
  return classified;
}

async function classify(runtime: ModelRuntime, files: ModelFiles, file: string): Promise<Classified> {
  const { shape, output } = files;
  try {
    if (output.objects) return { file, objects: await objectsIn(runtime, shape, file) };
    const scores = await runtime.predict(await decodeFile(file, shape), 1);
    const ranked = [...scores.entries()].sort(([, a], [, b]) => b - a).slice(0, TOP);
    const top = ranked.map(([label, confidence]) => ({ label, className: shape.labels[label]!, confidence }));
    return { file, top };
  } catch (error) {
    const { code, message } = StreamInferError.from(error);
    return { file, code, message };
  }
}

/** With boxes in pixels of the image as it is in the file. */
async function objectsIn(runtime: ModelRuntime, shape: ModelShape, file: string): Promise<FoundObject[]> {
  const { pixels, original } = await decodeWithOriginal(file, shape);
  const decoded = [{ position: 0, ...(original && { original }) }];
  const { images, refused } = await detectObjects(runtime, { pixels, indices: [0], decoded, shape }, 1);
  for (const { code, message } of refused) throw new StreamInferError(code, message);
  const found = images.get(0)?.objects ?? [];
  return found.map((one) => ({ ...one, className: shape.labels[one.label]! }));
}

function renderResults({ name, precision }: ModelRuntime, classified: readonly Classified[]): string {
  const lines = [`runs on ${name} (${precision})`];
  for (const one of classified) {
    if ('code' in one) continue;
    lines.push(one.file);
    if ('objects' in one) lines.push(...objectLines(one.objects));
    else
      for (const { className, confidence } of one.top)
        lines.push(`  ${percent(confidence, 1).padStart(7)}  ${className}`);
  }
  return `${lines.join('\n')}\n`;
}

function toReport(
  files: ModelFiles,
  runtime: ModelRuntime | StreamInferError,
  images: readonly Classified[],
): object {
  const { name, version, sha256, dir, network, output, warnings } = files;
  const ran =
    'code' in runtime
      ? { runtime: null, problem: { code: runtime.code, message: runtime.message } }
      : { runtime: runtime.name, precision: runtime.precision };
  return {
    name,
    version,
    sha256,
    dir,
    kind: network.kind,
    description: kindOf(files),
    independent: output.independent,
    properties: propertiesOf(files),
    warnings,
    ...ran,
    images,
  };
}
