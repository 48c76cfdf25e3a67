import { listModels, resolveModelDir } from '../../models/files';
import { verifyModel } from '../../inference/verify-model';
import { toCheckLine, withRunnableCommands, type CheckResult } from '../check-line';
import { EXIT } from '../exit';

export async function verify(model: string | undefined, options: { readonly json?: boolean }): Promise<void> {
  // Hides TensorFlow's report on its build; read once, while TensorFlow loads.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  const reports: { dir: string; checks: CheckResult[] }[] = [];
  for (const dir of await foldersOf(model)) {
    const checks = await verifyModel(dir);
    reports.push({ dir, checks: checks.map((check) => withRunnableCommands(check)) });
    if (!options.json) process.stdout.write(`${dir}\n${checks.map(toCheckLine).join('')}`);
    if (checks.some(({ state }) => state === 'problem')) process.exitCode = EXIT.model;
  }
  if (options.json) process.stdout.write(`${JSON.stringify(reports, null, 2)}\n`);
}

async function foldersOf(model: string | undefined): Promise<string[]> {
  if (model !== undefined) return [await resolveModelDir(model)];
  return (await listModels()).map(({ dir }) => dir);
}
