import { StreamInferError } from '../../core/errors';
import type {
  ModelScore,
  ModelVersion,
  RolloutState,
  VersionDetails,
  VersionState,
} from '../../core/model-version';
import type { VersionFolder } from '../files';
import type { ModelRouter } from './router';

interface Verdict {
  readonly state: 'refused' | 'withdrawn';
  readonly reason: string;
  /** Of the folder at that time: a changed folder is tried again. */
  readonly fingerprint: string;
}

export interface RegistryOptions {
  readonly router: Pick<ModelRouter, 'model' | 'previous' | 'candidate' | 'history' | 'baselineOf'>;
  readonly rollout: { state(): Pick<RolloutState, 'mode'> | null };
  readonly folders: () => Promise<readonly VersionFolder[]>;
}

/** The versions of the active model: their folders, their states, and the reasons for refused and withdrawn ones. */
export class VersionRegistry {
  /** The version that is being loaded. */
  loading: number | null = null;
  readonly #verdicts = new Map<number, Verdict>();
  readonly #scores = new Map<number, ModelScore>();
  /** Fingerprints at the last poll: a folder that still changes is being copied. */
  #seen = new Map<number, string>();

  constructor(private readonly options: RegistryOptions) {}

  /** Ascending; includes loaded versions whose folders are gone. */
  async list(): Promise<readonly ModelVersion[]> {
    const { model, previous, candidate } = this.options.router;
    const folders = new Map((await this.options.folders()).map((folder) => [folder.version, folder]));
    const versions = new Set([...folders.keys(), model.version]);
    for (const loaded of [previous, candidate]) if (loaded) versions.add(loaded.version);
    return [...versions]
      .sort((a, b) => a - b)
      .map((version) => this.#describe(version, folders.get(version)));
  }

  async version(version: number): Promise<ModelVersion> {
    const found = (await this.list()).find((one) => one.version === version);
    return found ?? this.#describe(version, undefined);
  }

  /** Rejects with NOT_FOUND as `folder` does, unless the version is active. */
  async details(version: number): Promise<VersionDetails> {
    const { model, history } = this.options.router;
    if (version !== model.version) {
      const folder = await this.folder(version);
      const { history: training = [], baseline = null } = folder.manifest ?? {};
      return { version: this.#describe(version, folder), training, baseline };
    }
    return {
      version: await this.version(version),
      training: history ?? [],
      baseline: this.options.router.baselineOf(model) ?? null,
    };
  }

  /** The newest without a number. Rejects with NOT_FOUND, listing the known versions. */
  async folder(version?: number): Promise<VersionFolder> {
    const folders = await this.options.folders();
    const wanted = version === undefined ? folders.at(-1) : folders.find((one) => one.version === version);
    if (wanted !== undefined) return wanted;
    const known = folders.map((one) => one.version).join(', ') || 'none';
    const { name } = this.options.router.model;
    const missing = version === undefined ? `version of ${name}` : `${name}@${version}`;
    throw new StreamInferError(
      'NOT_FOUND',
      `there is no ${missing} in the model's folder; known versions: ${known}`,
    );
  }

  /** The newest version above the active one with a manifest, unchanged since the last call, and not refused. */
  async newestLoadable(): Promise<VersionFolder | undefined> {
    const folders = await this.options.folders();
    const seen = this.#seen;
    this.#seen = new Map(folders.map(({ version, fingerprint }) => [version, fingerprint]));
    return [...folders]
      .reverse()
      .find(
        (folder) =>
          folder.version > this.options.router.model.version &&
          folder.manifest !== null &&
          seen.get(folder.version) === folder.fingerprint &&
          this.#verdictOn(folder) === undefined,
      );
  }

  accepted(version: number, score: ModelScore | null): void {
    this.#verdicts.delete(version);
    this.#setScore(version, score);
  }

  refused({ version, fingerprint }: VersionFolder, reason: string, score: ModelScore | null): void {
    this.#verdicts.set(version, { state: 'refused', reason, fingerprint });
    this.#setScore(version, score);
  }

  async withdrawn(version: number, reason: string): Promise<void> {
    // An unreadable or removed folder gets an empty fingerprint, so its return counts as a change.
    const folders = await this.options.folders().catch(() => []);
    const fingerprint = folders.find((one) => one.version === version)?.fingerprint ?? '';
    this.#verdicts.set(version, { state: 'withdrawn', reason, fingerprint });
  }

  #setScore(version: number, score: ModelScore | null): void {
    if (score === null) this.#scores.delete(version);
    else this.#scores.set(version, score);
  }

  #verdictOn({ version, fingerprint }: VersionFolder): Verdict | undefined {
    const verdict = this.#verdicts.get(version);
    return verdict?.fingerprint === fingerprint ? verdict : undefined;
  }

  #describe(version: number, folder: VersionFolder | undefined): ModelVersion {
    const { model, previous, candidate } = this.options.router;
    const loaded = [model, previous, candidate].find((one) => one?.version === version);
    const verdict = folder && this.#verdictOn(folder);
    const state = this.#stateOf(version, verdict);
    return {
      name: model.name,
      version,
      state,
      reason: state === 'refused' || state === 'withdrawn' ? (verdict?.reason ?? null) : null,
      accuracy: folder?.manifest?.accuracy ?? null,
      created: folder?.manifest?.created ?? null,
      sha256: loaded?.sha256 ?? folder?.manifest?.weightsSha256 ?? null,
      score: this.#scores.get(version) ?? null,
    };
  }

  #stateOf(version: number, verdict: Verdict | undefined): VersionState {
    const { model, previous, candidate } = this.options.router;
    if (version === model.version) return 'serving';
    if (version === previous?.version) return 'standby';
    if (version === candidate?.version) return this.options.rollout.state()?.mode ?? 'loading';
    if (version === this.loading) return 'loading';
    return verdict?.state ?? 'available';
  }
}
