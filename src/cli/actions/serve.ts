import { join } from 'node:path';
import type { Command } from 'commander';
import { dataFolder } from '../../setup/data-folder';
import { instanceOf, warnIfNotKept } from '../../setup/instance-id';
import { createLogger } from '../../setup/logger';
import { ResultsServer } from '../../results-server/results-server';
import { toSettings } from '../../setup/settings-view';
import { listenForStop } from '../../setup/stop-signals';
import { startTracing } from '../../telemetry/tracing/start-tracing';
import { mistypedVariables } from '../../config/environment';
import type { LoadedConfig } from '../../config/load';
import { isStreamInferError } from '../../core/errors';
import { configFrom } from '../config-from';
import { fail } from '../exit';
import { refuseInProcessBroker } from '../in-process-broker';
import { closeInTime, failOnStrayErrors } from '../process-life';
import { packageVersion } from '../version';

export async function serve(_options: object, command: Command): Promise<void> {
  await runServer(configFrom(command, 'serve'));
}

/** Starts, reads and answers until a signal, then releases everything. */
async function runServer(loaded: LoadedConfig): Promise<void> {
  const { config } = loaded;
  refuseInProcessBroker(config, 'serve reads the predictions of other processes; ');
  const log = createLogger(config.log);
  for (const mistake of mistypedVariables(process.env)) log.warn({}, mistake);
  // Not the ids of run: its group members find their partitions again by id.
  const instance = instanceOf(config.instanceId, join(dataFolder(), 'serve'));
  if (config.broker === 'kafka') warnIfNotKept(instance, log);
  const stop = listenForStop((name) =>
    log.info({ signal: name }, 'stopping; a second signal stops immediately'),
  );
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
