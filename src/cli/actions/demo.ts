import type { Command } from 'commander';
import { DEMO_CONFIG } from '../../demo/demo-config';
import { configFrom } from '../config-from';
import { demoTour } from '../demo-tour';
import { programName } from '../program-name';
import { assertPrintable, runProcessor, type RunOptions } from '../run-processor';

export async function demo(options: RunOptions, command: Command): Promise<void> {
  assertPrintable(options);
  const loaded = configFrom(command, 'run', {}, DEMO_CONFIG);
  const name = programName();
  const onStarted = (url: string | null) => process.stderr.write(demoTour(loaded.config, url, name));
  await runProcessor(loaded, { ...options, onStarted });
}
