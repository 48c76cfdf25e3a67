import { assertGolden } from './golden';
import type { ModelFiles } from '../models/files';
import type { ModelRuntime } from './runtimes/runtime';

/** Loads the model and checks the golden vectors. Rejects as both do, and disposes of the runtime then. */
export async function loadChecked(runtime: ModelRuntime, files: ModelFiles): Promise<ModelRuntime> {
  try {
    await runtime.load(files);
    await assertGolden(runtime, files);
    return runtime;
  } catch (error) {
    await runtime.dispose();
    throw error;
  }
}
