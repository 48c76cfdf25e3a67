import { isStreamInferError, messageOf, type ErrorCode } from '../core/errors';
import { PRECISIONS, precisionProblem, type Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import { assertGolden } from './golden';
import { readModelFiles, type ModelFiles } from '../models/files';
import { quantizeCommandFor } from './requirements';
import { createRuntime } from './runtimes/index';
import { runtimesFor } from './runtimes/kinds';

/** The result of one check. */
export interface ModelCheck {
  /** `files`, or a runtime and a precision. */
  readonly name: string;
  /** `note`: the check was not possible here; the model may be fine. */
  readonly state: 'ok' | 'note' | 'problem';
  readonly detail: string;
}

/** Errors caused by this machine or a runtime, not by the model. */
const NOT_MODEL_ERRORS: readonly ErrorCode[] = ['RUNTIME_UNAVAILABLE', 'MODEL_UNSUPPORTED'];

/**
 * Reads a model and checks its golden vectors with every runtime and precision that loads here. It runs in this thread,
 * so no other model may run in it at the same time.
 */
export async function verifyModel(dir: string): Promise<ModelCheck[]> {
  let files: ModelFiles;
  try {
    files = await readModelFiles(dir);
  } catch (error) {
    return [{ name: 'files', state: 'problem', detail: messageOf(error) }];
  }
  const count = files.manifest.files.length;
  const checks: ModelCheck[] = [
    count > 0
      ? { name: 'files', state: 'ok', detail: `${count} files, all SHA-256 match` }
      : { name: 'files', state: 'note', detail: 'no manifest to verify the files against' },
  ];
  const { kind } = files.network;
  for (const runtime of runtimesFor(kind)) {
    const possible = PRECISIONS.filter((one) => !precisionProblem(runtime, one));
    for (const precision of kind === 'layers' ? possible : (['fp32'] as const)) {
      checks.push(await verifyGolden(files, runtime, precision));
    }
  }
  return checks;
}

function formOf({ output }: ModelFiles): string {
  return output.independent ? 'outputs are scores from 0 to 1' : 'outputs are probabilities';
}

async function verifyGolden(
  files: ModelFiles,
  runtime: RuntimeName,
  precision: Precision,
): Promise<ModelCheck> {
  const name = `${runtime} ${precision}`;
  if (precision === 'int8' && !files.int8) {
    return { name, state: 'note', detail: `not quantized; create it with: ${quantizeCommandFor(files)}` };
  }
  const candidate = createRuntime(runtime, precision);
  try {
    await candidate.load(files);
    await assertGolden(candidate, files);
    const { n } = files.golden;
    const detail = n > 0 ? `reproduces the ${n} golden vectors` : formOf(files);
    return { name, state: 'ok', detail };
  } catch (error) {
    const state = isStreamInferError(error) && NOT_MODEL_ERRORS.includes(error.code) ? 'note' : 'problem';
    return { name, state, detail: messageOf(error) };
  } finally {
    await candidate.dispose();
  }
}
