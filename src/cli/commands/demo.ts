import { Command } from 'commander';
import { DEMO_CONFIG } from '../../demo/demo-config';
import { StreamInferError } from '../../core/errors';
import { configFrom } from '../config-flags';
import { demoTour } from '../demo-tour';
import { runProcessor, type RunOptions } from '../run-processor';
import { addRunFlags } from './run';

/** `run` with a publisher, rules and a tour: another configuration, the same process. */
export function demoCommand(): Command {
  const command = new Command('demo').description(
    'The whole pipeline with real images, some that are none, and rules; prints what to look at.',
  );
  return addRunFlags(command)
    .addHelpText(
      'after',
      `
Receiving, analysis and alerts in one process: run with a demo publisher, messages that
are no image (they end as dead letters) and four rules, whose alerts come with images.
With the memory broker, unless another is named; then topics that are missing are made
there, and stream-infer clean removes them again. All flags of run count; alerts: of a
configuration file take the place of the rules.

Examples:
  $ stream-infer demo
  $ stream-infer demo --broker kafka --bootstrap-servers localhost:9092
  $ stream-infer demo --broker kafka --embedded --rate 200`,
    )
    .action(async (options: RunOptions) => {
      if (options.json && !options.print)
        throw new StreamInferError('USAGE', '--json says how to print: add --print');
      const loaded = configFrom(command, 'run', {}, DEMO_CONFIG);
      const onStarted = (url: string | null) => process.stderr.write(demoTour(loaded.config, url));
      await runProcessor(loaded, { ...options, onStarted });
    });
}
