import type { Command } from 'commander';
import { runChecks } from '../../doctor/doctor';
import { toCheckLine, withRunnableCommands, type CheckResult } from '../check-line';
import { configFrom } from '../config-from';
import { EXIT } from '../exit';

export async function doctor(options: { readonly json?: boolean }, command: Command): Promise<void> {
  const { config } = configFrom(command, 'run');
  const checks = await runChecks(config);
  process.stdout.write(options.json ? toJson(checks) : checks.map(toCheckLine).join(''));
  if (checks.some(({ state }) => state === 'problem')) process.exitCode = EXIT.problemsFound;
}

function toJson(checks: readonly CheckResult[]): string {
  return `${JSON.stringify(
    checks.map((check) => withRunnableCommands(check)),
    null,
    2,
  )}\n`;
}
