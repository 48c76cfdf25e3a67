import { aborted } from '../core/async/until-aborted';
import { instanceOf, warnIfNotKept } from '../setup/instance-id';
import { createLogger } from '../setup/logger';
import { Processor } from '../processor/processor';
import { toSettings } from '../setup/settings-view';
import { listenForStop } from '../setup/stop-signals';
import { startTracing } from '../telemetry/tracing/start-tracing';
import { livesInProcess } from '../config/broker';
import { mistypedVariables } from '../config/environment';
import type { LoadedConfig } from '../config/load';
import { StreamInferError, isStreamInferError } from '../core/errors';
import type { Log } from '../core/ports';
import { EXIT, fail } from './exit';
import { createOutcomePrinter } from './print-outcomes';
import { closeInTime, failOnStrayErrors } from './process-life';
import { packageVersion } from './version';

/** Options of `run` and `demo` besides the configuration. */
export interface RunOptions {
  readonly limit?: number;
  readonly exitWhenIdle?: number;
  readonly print?: boolean;
  readonly json?: boolean;
  /** Called once after the start; `url` is the page's, null without HTTP. */
  readonly onStarted?: (url: string | null) => void;
}

/** Throws USAGE for `--json` without `--print`. */
export function assertPrintable({ json, print }: RunOptions): void {
  if (json && !print) throw new StreamInferError('USAGE', '--json selects the output format; add --print');
}

/** Starts, runs until a signal, a limit or idleness, drains and releases everything. */
export async function runProcessor(loaded: LoadedConfig, options: RunOptions): Promise<void> {
  const { config } = loaded;
  const log = createLogger(config.log);
  for (const mistake of mistypedVariables(process.env)) log.warn({}, mistake);
  const instance = instanceOf(config.instanceId);
  if (config.broker === 'kafka' && !livesInProcess(config)) warnIfNotKept(instance, log);
  const stop = listenForStop((name) =>
    log.info({ signal: name }, 'draining; a second signal stops immediately'),
  );
  failOnStrayErrors();
  const about = { version: packageVersion(), instanceId: instance.id, log, env: process.env };
  const tracing = await startTracing(about);
  const processor = new Processor({
    config,
    settings: toSettings(loaded),
    version: about.version,
    instanceId: instance.id,
    tracing,
    log,
    signal: stop.signal,
    maxDeliveries: options.limit ?? Infinity,
    observers: options.print ? [createOutcomePrinter(options.json ?? false)] : [],
    onListening: (url) => process.stderr.write(`stream-infer: page and API on ${url}\n`),
  });
  const over = new AbortController();
  try {
    await processor.start();
    options.onStarted?.(processor.url);
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
    // Every batch is delivered by now; a slow trace collector must not prolong the shutdown.
    await Promise.all([closeInTime(processor), tracing.close()]);
    instance.release();
    stop.dispose();
  }
}

async function drain(processor: Processor, budgetMs: number, log: Log): Promise<void> {
  const report = await processor.drain(AbortSignal.timeout(budgetMs));
  log.info(
    report,
    report.left === 0 ? 'drained' : 'drain timed out; unacknowledged messages will be redelivered',
  );
  if (report.left > 0) process.exitCode = EXIT.failure;
}

/** Resolves when no message arrived for `limitMs`; never without a limit. */
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
