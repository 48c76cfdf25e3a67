import { Command } from 'commander';
import { addConfigFlags } from '../add-config-flags';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
The exit code is 5 if there is a problem.

Examples:
  $ stream-infer doctor
  $ stream-infer doctor --broker kafka --bootstrap-servers localhost:9092`;

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description('Diagnose this installation and suggest fixes.')
    .option('--json', 'JSON output');
  addConfigFlags(command, 'run');
  return addHelp(command, HELP).action(lazily(async () => (await import('../actions/doctor.js')).doctor));
}
