import { Command } from 'commander';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';
import { addRunFlags } from './run';

const HELP = `
Runs the pipeline, its demo publisher and four alert rules in one process. The
publisher also sends malformed messages, which end as dead letters; alerts come
with images. The broker is memory unless --broker names another one; missing
topics are then created there, and stream-infer clean removes them again.
All flags of run apply. The alerts of a configuration file replace the rules.

Examples:
  $ stream-infer demo
  $ stream-infer demo --broker kafka --bootstrap-servers localhost:9092
  $ stream-infer demo --broker kafka --embedded --rate 200`;

/** `run` with a publisher, rules and a tour: another configuration, the same process. */
export function demoCommand(): Command {
  const command = new Command('demo').description(
    'Run the whole pipeline on sample images, bad messages and alert rules.',
  );
  addRunFlags(command);
  return addHelp(command, HELP).action(lazily(async () => (await import('../actions/demo.js')).demo));
}
