import { aborted } from '../core/async/until-aborted';
import type { LoadedConfig } from '../config/load';
import { StreamInferError } from '../core/errors';
import type { Log } from '../core/ports';
import { Processor } from '../processor/processor';
import type * as modelGroup from '../several-models/model-group';
import { dataFolder } from '../setup/data-folder';
import { EXIT } from './exit';
import { createOutcomePrinter } from './print-outcomes';
import { withProcess } from './process-life';

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
  await withProcess(loaded, {
    instances: dataFolder(),
    onSignal: 'draining; a second signal stops immediately',
    create: (given): Runnable => {
      const observers = options.print ? [createOutcomePrinter(options.json ?? false)] : [];
      const common = { ...given, maxDeliveries: options.limit ?? Infinity, observers };
      return loaded.served === undefined
        ? new Processor(common)
        : createGroup({ ...common, served: loaded.served });
    },
    work: async (processor, { log, signal }) => {
      await processor.start();
      options.onStarted?.(processor.url);
      await runUntilOver(processor, options.exitWhenIdle, signal);
      await drain(processor, loaded.config.shutdownTimeout, log);
    },
  });
}

/** One processor, or a group of them. */
type Runnable = Pick<Processor, 'start' | 'run' | 'drain' | 'close' | 'url' | 'idleMs'>;

/** The module is loaded only for several models. */
function createGroup(options: modelGroup.ModelGroupOptions): Runnable {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded on demand
  const { ModelGroup } = require('../several-models/model-group') as typeof modelGroup;
  return new ModelGroup(options);
}

/** Resolves on a signal, at the limit of deliveries, or when it is idle. */
async function runUntilOver(
  processor: Runnable,
  idleLimitMs: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const watched = idle(processor, idleLimitMs, AbortSignal.any([signal, over.signal]));
  await Promise.race([processor.run(), aborted(signal), watched]).finally(() => over.abort());
}

async function drain(processor: Runnable, budgetMs: number, log: Log): Promise<void> {
  const report = await processor.drain(AbortSignal.timeout(budgetMs));
  log.info(
    report,
    report.left === 0 ? 'drained' : 'drain timed out; unacknowledged messages will be redelivered',
  );
  if (report.left > 0) process.exitCode = EXIT.failure;
}

/** Resolves when no message arrived for `limitMs`; never without a limit. */
async function idle(processor: Runnable, limitMs: number | undefined, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (limitMs === undefined) return;
    const timer = setInterval(() => {
      if (processor.idleMs < limitMs && !signal.aborted) return;
      clearInterval(timer);
      resolve();
    }, 20);
  });
}
