import { join } from 'node:path';
import { Command } from 'commander';
import { instanceOf, warnIfNotKept } from '../../setup/instance-id';
import { dataFolder } from '../../setup/data-folder';
import { createLogger } from '../../setup/logger';
import { ResultsServer } from '../../results-server/results-server';
import { toSettings } from '../../setup/settings-view';
import { listenForStop } from '../../setup/stop-signals';
import { startTracing } from '../../telemetry/tracing/start-tracing';
import { mistypedVariables } from '../../config/environment';
import type { LoadedConfig } from '../../config/load';
import type { Config } from '../../config/schema';
import { StreamInferError, isStreamInferError } from '../../core/errors';
import { addConfigFlags, configFrom } from '../config-flags';
import { fail } from '../exit';
import { closeInTime, failOnStrayErrors } from '../process-life';
import { packageVersion } from '../version';

export function serveCommand(): Command {
  const command = new Command('serve').description(
    'The page and the API alone, beside run --no-http: shows what the predictions topic holds.',
  );
  addConfigFlags(command, 'serve');
  return command
    .addHelpText(
      'after',
      `
The second process of the two-process mode: run --no-http classifies, serve reads the
predictions, the dead letters and (if the configuration has rules) the events into a
store of its own, and answers HTTP from it. Start any number of both, in any order:
each serve sees everything, goes on where its store ends, and shows nothing twice.
Each needs a --store and a --port of its own. It has no model: classify and the
inference protocols answer 501, and images stay with the topic they came from.

Examples:
  $ stream-infer run --broker kafka --no-http          any number of times
  $ stream-infer serve --broker kafka                  page on http://localhost:8080
  $ stream-infer serve --broker kafka --port 8081 --store second.db`,
    )
    .action(async () => {
      await serve(configFrom(command, 'serve'));
    });
}

/** Start, read and answer until a signal, release. */
async function serve(loaded: LoadedConfig): Promise<void> {
  const { config } = loaded;
  refuseBrokerInside(config);
  const log = createLogger(config.log);
  for (const mistake of mistypedVariables(process.env)) log.warn({}, mistake);
  // Apart from those of run: its members of a group find their partitions again by their names.
  const instance = instanceOf(config.instanceId, join(dataFolder(), 'serve'));
  if (config.broker === 'kafka') warnIfNotKept(instance, log);
  const stop = listenForStop((name) => log.info({ signal: name }, 'stopping; a second signal ends at once'));
  failOnStrayErrors();
  const about = { version: packageVersion(), instanceId: `${instance.id}-serve`, log, env: process.env };
  const tracing = await startTracing(about);
  const server = new ResultsServer({
    config,
    settings: toSettings(loaded),
    version: about.version,
    instanceId: about.instanceId,
    tracing,
    log,
    signal: stop.signal,
    onListening: (url) => process.stderr.write(`stream-infer: page and API on ${url}\n`),
  });
  try {
    await server.start();
    await server.run(stop.signal);
  } catch (error) {
    if (!(isStreamInferError(error) && error.code === 'ABORTED' && stop.signal.aborted)) fail(error);
  } finally {
    await Promise.all([closeInTime(server), tracing.close()]);
    instance.release();
    stop.dispose();
  }
}

function refuseBrokerInside({ broker, kafka }: Config): void {
  if (broker !== 'memory' && !kafka.embedded) return;
  throw new StreamInferError(
    'USAGE',
    `${broker === 'memory' ? 'the memory broker' : 'the embedded Kafka'} lives inside one process; ` +
      'serve reads what others publish: name the broker with --broker kafka or --broker pubsub',
  );
}
