import type { Command } from 'commander';
import { runChecks, type CheckProgress } from '../../doctor/doctor';
import { toCheckLine, withRunnableCommands, type CheckResult } from '../check-line';
import { configFrom } from '../config-from';
import { EXIT } from '../exit';

export async function doctor(options: { readonly json?: boolean }, command: Command): Promise<void> {
  const { config } = configFrom(command, 'run');
  const checks = await runChecks(config, options.json ? undefined : printer());
  if (options.json) process.stdout.write(toJson(checks));
  if (checks.some(({ state }) => state === 'problem')) process.exitCode = EXIT.problemsFound;
}

/** Prints each result as soon as it is known; a terminal also shows what is being checked. */
function printer(): CheckProgress {
  const { isTTY } = process.stderr;
  const clear = (): void => void (isTTY && process.stderr.write('\r\u001b[K'));
  return {
    onStep: (what) => void (isTTY && process.stderr.write(`checking ${what} …`)),
    onChecks: (checks) => {
      clear();
      process.stdout.write(checks.map(toCheckLine).join(''));
    },
  };
}

function toJson(checks: readonly CheckResult[]): string {
  return `${JSON.stringify(
    checks.map((check) => withRunnableCommands(check)),
    null,
    2,
  )}\n`;
}
