import { Command } from 'commander';
import { claimInstanceId } from '../../app/instance-id';
import { mistypedVariables } from '../../config/environment';
import { createLogger } from '../../app/logger';
import { Processor } from '../../app/processor';
import { toSettings } from '../../app/settings';
import { listenForStop } from '../../app/stop-signals';
import type { LoadedConfig } from '../../config/load';
import { closest } from '../../config/suggest';
import { StreamInferError, isStreamInferError } from '../../core/errors';
import type { Log } from '../../core/ports';
import { duration, positiveWholeNumber } from '../arguments';
import { addConfigFlags, configFrom } from '../config-flags';
import { EXIT, fail } from '../exit';
import { createOutcomePrinter } from '../print-outcomes';
import { aborted, closeInTime, failOnStrayErrors } from '../process-life';
import { packageVersion } from '../version';

interface RunOptions {
  readonly limit?: number;
  readonly exitWhenIdle?: number;
  readonly print?: boolean;
  readonly json?: boolean;
}

export function runCommand(): Command {
  const command = new Command('run')
    .usage('[options]')
    .description(
      'Classify the images of a topic and publish a labelled prediction for each (the default command).',
    )
    .argument('[command]')
    .option('--limit <n>', 'stop cleanly after n outcomes', positiveWholeNumber)
    .option('--exit-when-idle <duration>', 'stop cleanly when nothing arrived for so long', duration)
    .option('--print', 'one line a prediction on stdout')
    .option('--json', 'with --print: NDJSON');
  addConfigFlags(command, 'run');
  return command
    .addHelpText(
      'after',
      `
Examples:
  $ stream-infer                                            demo with the in-memory broker
  $ stream-infer --broker kafka --create-topics             a Kafka on localhost:9092
  $ stream-infer --broker kafka --embedded --demo           Kafka protocol, no Kafka needed
  $ PUBSUB_EMULATOR_HOST=localhost:8085 stream-infer --broker pubsub
  $ stream-infer --broker kafka --no-http --print --limit 100 --json`,
    )
    .action(async (unknown: string | undefined, options: RunOptions) => {
      if (unknown !== undefined) throw unknownCommand(unknown, command.parent);
      if (options.json && !options.print)
        throw new StreamInferError('USAGE', '--json says how to print: add --print');
      await run(configFrom(command, 'run'), options);
    });
}

/** As the default command, run is also given every word that is no command. */
function unknownCommand(word: string, program: Command | null): StreamInferError {
  const names = program?.commands.map((known) => known.name()) ?? [];
  const suggestion = closest(word, names);
  const hint = suggestion ? `did you mean ${suggestion}?` : `the commands are ${names.join(', ')}`;
  return new StreamInferError('USAGE', `unknown command ${word}; ${hint}`);
}

/** Start, run until a signal, a limit or idleness, drain, release: the life of the process. */
async function run(loaded: LoadedConfig, options: RunOptions): Promise<void> {
  const { config } = loaded;
  const log = createLogger(config.log);
  for (const mistake of mistypedVariables(process.env)) log.warn({}, mistake);
  const instance =
    config.instanceId === undefined ? claimInstanceId() : { id: config.instanceId, release: () => undefined };
  const stop = listenForStop((name) => log.info({ signal: name }, 'draining; a second signal ends at once'));
  failOnStrayErrors();
  const processor = new Processor({
    config,
    settings: toSettings(loaded),
    version: packageVersion(),
    instanceId: instance.id,
    log,
    signal: stop.signal,
    maxDeliveries: options.limit ?? Infinity,
    observers: options.print ? [createOutcomePrinter(options.json ?? false)] : [],
    onListening: (url) => process.stderr.write(`stream-infer: page and API on ${url}\n`),
  });
  const over = new AbortController();
  try {
    await processor.start();
    await Promise.race([
      processor.run(),
      aborted(stop.signal),
      idle(processor, options.exitWhenIdle, AbortSignal.any([stop.signal, over.signal])),
    ]);
    await drain(processor, config.shutdownTimeout, log);
  } catch (error) {
    if (!(isStreamInferError(error) && error.code === 'ABORTED' && stop.signal.aborted)) fail(error);
  } finally {
    over.abort();
    await closeInTime(processor);
    instance.release();
    stop.dispose();
  }
}

async function drain(processor: Processor, budgetMs: number, log: Log): Promise<void> {
  const report = await processor.drain(AbortSignal.timeout(budgetMs));
  log.info(report, report.left === 0 ? 'drained' : 'drain over budget: what is left comes again');
  if (report.left > 0) process.exitCode = EXIT.failure;
}

/** Resolves when nothing arrived for `limitMs`; never without a limit. */
async function idle(processor: Processor, limitMs: number | undefined, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (limitMs === undefined) return;
    const timer = setInterval(() => {
      if (processor.idleMs < limitMs && !signal.aborted) return;
      clearInterval(timer);
      resolve();
    }, 20);
  });
}
