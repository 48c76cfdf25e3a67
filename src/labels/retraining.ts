import { constants } from 'node:fs';
import { access, mkdtemp, open, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { StreamInferError, messageOf } from '../core/errors';
import { isFashionMnist, type ModelShape } from '../core/model-shape';
import type { ModelControl } from '../core/model-version';
import type { Log } from '../core/ports';
import {
  LEAST_LABELS,
  type LabelComparison,
  type RetrainingJob,
  type RetrainingPhase,
  type RetrainingState,
} from '../core/retraining';
import { percent } from '../core/percent';
import { sentence } from '../core/sentence';
import type { AuditEntry, AuditTrail, Operator } from '../core/steering';
import { locateDataset } from '../dataset/locate';
import type { RetrainingService } from '../http/label-services';
import type { ModelsService } from '../http/services';
import { listVersionFolders, versionsRoot } from '../models/files';
import type { LabelStore } from '../results/given-labels/label-store';
import { runTraining } from './training-process';

/** The version that candidates start from. */
export interface ActiveVersion {
  readonly version: number;
  readonly shape: ModelShape;
  /** Its folder; null for a remote model and for a function. */
  readonly dir: string | null;
  readonly models: Pick<ModelsService, 'rollout' | 'startRollout'>;
}

export interface RetrainingOptions {
  readonly control: ModelControl;
  readonly dataDir: string | undefined;
  readonly store: LabelStore;
  /** null while the model is loading. */
  readonly active: () => ActiveVersion | null;
  readonly audit: AuditTrail;
  readonly log: Log;
  /** Replaced by tests. */
  readonly train?: typeof runTraining;
}

/** Labels written to the file at once. */
const PAGE = 500;

/**
 * One training from labels at a time, in a child process. A candidate that the training accepts is started as a shadow,
 * which checks it like every other version. Promotion stays with people.
 */
export class Retraining implements RetrainingService {
  #job: RetrainingJob | null = null;
  #running: { readonly abort: AbortController; readonly done: Promise<void> } | null = null;
  #starting = false;

  constructor(private readonly options: RetrainingOptions) {}

  async state(): Promise<RetrainingState> {
    const found = await this.#startable();
    return { off: 'off' in found ? sentence(found.off) : null, job: this.#job };
  }

  async start(operator: Operator): Promise<RetrainingState> {
    if (this.#running !== null || this.#starting)
      throw new StreamInferError('MODEL_BUSY', 'a training is in progress; wait for its end, or cancel it');
    this.#starting = true;
    try {
      const found = await this.#startable();
      if ('off' in found) throw new StreamInferError('MODEL_REFUSED', found.off);
      const labels = await this.#count();
      if (labels < LEAST_LABELS)
        throw new StreamInferError(
          'MODEL_REFUSED',
          `there are ${labels} labels; a training needs at least ${LEAST_LABELS}, better 200`,
        );
      const { active, root } = found;
      const version = ((await listVersionFolders(root)).at(-1)?.version ?? active.version) + 1;
      const detail = `${labels} labels, version ${active.version} → ${version}`;
      const entry = this.options.audit.begin({ action: 'retrain', ...operator, detail });
      this.#job = {
        ...{ phase: 'training', by: operator.by, startedAt: new Date().toISOString(), endedAt: null },
        ...{ labels, base: active.version, version, epoch: 0, epochs: 0, comparison: null, message: '' },
      };
      const abort = new AbortController();
      const done = this.#run(found, version, abort.signal, entry).finally(() => (this.#running = null));
      this.#running = { abort, done };
    } finally {
      this.#starting = false;
    }
    return { off: null, job: this.#job };
  }

  async cancel(operator: Operator): Promise<RetrainingState> {
    const running = this.#running;
    if (running !== null) {
      const entry = this.options.audit.begin({ action: 'cancel retraining', ...operator, detail: '' });
      running.abort.abort();
      await running.done;
      this.options.audit.end(entry, 'done', this.#job?.message ?? '');
    }
    return await this.state();
  }

  /** Ends a training in progress. */
  async close(): Promise<void> {
    this.#running?.abort.abort();
    await this.#running?.done;
  }

  /** Never rejects: the job and the audit log hold the result. */
  async #run(
    { active, root, dir }: Startable,
    version: number,
    signal: AbortSignal,
    entry: AuditEntry,
  ): Promise<void> {
    const { audit, log, dataDir, train = runTraining } = this.options;
    const out = path.join(root, String(version));
    try {
      const comparison = await withTemporary(async (folder) => {
        const labels = path.join(folder, 'labels.ndjson');
        await this.#export(labels);
        return await train(
          { labels, base: dir, out, dataDir },
          (epoch, epochs) => this.#change({ epoch, epochs }),
          signal,
        );
      });
      this.#change({ comparison });
      this.#end(...(await offer(active, version, comparison)));
      audit.end(entry, 'done', this.#job?.message ?? '');
    } catch (error) {
      const { code, message } = StreamInferError.from(error);
      const phase = code === 'ABORTED' ? 'cancelled' : code === 'MODEL_REFUSED' ? 'refused' : 'failed';
      this.#end(phase, sentence(message));
      audit.end(entry, 'failed', message);
      if (phase === 'failed')
        log.error({ error: message }, 'training from labels failed; the active version continues');
    }
    log.info({ version, phase: this.#job?.phase, message: this.#job?.message }, 'training from labels ended');
  }

  #change(fields: Partial<RetrainingJob>): void {
    if (this.#job !== null) this.#job = { ...this.#job, ...fields };
  }

  #end(phase: RetrainingPhase, message: string): void {
    this.#change({ phase, message, endedAt: new Date().toISOString() });
  }

  async #count(): Promise<number> {
    const counts = await this.options.store.counts();
    return [...counts.values()].reduce((sum, count) => sum + count, 0);
  }

  async #export(file: string): Promise<void> {
    const handle = await open(file, 'wx', 0o600);
    try {
      for (let before: number | undefined; ;) {
        const page = await this.options.store.list({
          limit: PAGE,
          ...(before !== undefined && { before }),
        });
        await handle.write(page.map((label) => `${JSON.stringify(label)}\n`).join(''));
        before = page.at(-1)?.seq;
        if (page.length < PAGE) return;
      }
    } finally {
      await handle.close();
    }
  }

  async #startable(): Promise<Startable | { readonly off: string }> {
    const { control, dataDir } = this.options;
    if (control === 'none')
      return { off: 'the model of this process is fixed; start it with --model-control explicit' };
    if (control === 'poll')
      return { off: 'with --model-control poll, a new version would be active at once; use explicit' };
    const active = this.options.active();
    if (active === null) return { off: 'the model is loading' };
    const { dir, shape, version } = active;
    const root = dir === null ? undefined : versionsRoot(dir, version);
    if (dir === null || root === undefined || !isFashionMnist(shape))
      return {
        off: 'only a model that stream-infer train has made can be trained further, on its own images',
      };
    const problem = (await unwritable(root)) ?? (await missingImages(dataDir));
    return problem === null ? { active, dir, root } : { off: problem };
  }
}

interface Startable {
  readonly active: ActiveVersion;
  readonly dir: string;
  /** The folder of versions. */
  readonly root: string;
}

async function offer(
  { models }: ActiveVersion,
  version: number,
  { base, candidate }: LabelComparison,
): Promise<[RetrainingPhase, string]> {
  const found =
    `Version ${version} is right on ${percent(candidate.heldOut, 1)} of the held-out labels (before: ${percent(base.heldOut, 1)}) and ` +
    `on ${percent(candidate.test, 1)} of the test images (before: ${percent(base.test, 1)}).`;
  const ready = (why: string): [RetrainingPhase, string] => [
    'ready',
    `${found} It is not a shadow yet: ${sentence(why)}`,
  ];
  // A new candidate would end the rollout in progress.
  if (models.rollout() !== null) return ready('another rollout is in progress; end it first');
  try {
    await models.startRollout({ version, mode: 'shadow', share: 1 });
    return ['offered', `${found} It runs as a shadow.`];
  } catch (error) {
    return ready(messageOf(error));
  }
}

async function withTemporary<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'stream-infer-labels-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function unwritable(root: string): Promise<string | null> {
  return await access(root, constants.W_OK).then(
    () => null,
    () => `the folder of versions ${root} is not writable`,
  );
}

async function missingImages(dataDir: string | undefined): Promise<string | null> {
  try {
    for (const split of ['train', 'test'] as const) {
      if ((await locateDataset(split, dataDir)) === undefined)
        return 'the images of Fashion-MNIST are not on this machine; set dataDir, or run stream-infer train once, which downloads them';
    }
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
