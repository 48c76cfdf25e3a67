import { Command } from 'commander';
import { listModels, resolveModelDir } from '../../models/files';
import { verifyModel, type ModelCheck } from '../../inference/verify-model';
import { toCheckLine } from '../check-line';
import { EXIT } from '../exit';

export function verifyCommand(): Command {
  return new Command('verify')
    .description('Check every SHA-256 of models, and their golden vectors on each runtime that loads here.')
    .argument('[model]', 'name, name@version, or folder (default: all models of the package)')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nThe exit code is 4 if something is wrong.')
    .action(async (model: string | undefined, options: { json?: boolean }) => {
      // Warnings and errors only. Read once, while TensorFlow is loaded.
      process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
      const reports: { dir: string; checks: ModelCheck[] }[] = [];
      for (const dir of await foldersOf(model)) {
        const checks = await verifyModel(dir);
        reports.push({ dir, checks });
        if (!options.json) process.stdout.write(`${dir}\n${checks.map(toCheckLine).join('')}`);
        if (checks.some(({ state }) => state === 'problem')) process.exitCode = EXIT.model;
      }
      if (options.json) process.stdout.write(`${JSON.stringify(reports, null, 2)}\n`);
    });
}

async function foldersOf(model: string | undefined): Promise<string[]> {
  if (model !== undefined) return [await resolveModelDir(model)];
  return (await listModels()).map(({ dir }) => dir);
}
