import { Command } from 'commander';
import { runChecks } from '../../doctor/doctor';
import { toCheckLine } from '../check-line';
import { addConfigFlags, configFrom } from '../config-flags';
import { EXIT } from '../exit';

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description(
      'Check everything that can be wrong here, and say what mends it. Exit code 5 if something is.',
    )
    .option('--json', 'as JSON');
  addConfigFlags(command, 'run');
  return command
    .addHelpText(
      'after',
      `
Examples:
  $ stream-infer doctor
  $ stream-infer doctor --broker kafka --bootstrap-servers localhost:9092`,
    )
    .action(async (options: { json?: boolean }) => {
      const { config } = configFrom(command, 'run');
      const checks = await runChecks(config);
      process.stdout.write(
        options.json ? `${JSON.stringify(checks, null, 2)}\n` : checks.map(toCheckLine).join(''),
      );
      if (checks.some(({ state }) => state === 'problem')) process.exitCode = EXIT.problemsFound;
    });
}
