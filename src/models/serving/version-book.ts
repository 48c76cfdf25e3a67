import { StreamInferError } from '../../core/errors';
import type { ModelScore, ModelVersion, VersionState } from '../../core/model-version';
import type { VersionFolder } from '../files';
import type { ModelSlot } from './model-slot';

interface Verdict {
  readonly state: 'refused' | 'withdrawn';
  readonly reason: string;
  /** Of the folder as it was then: another one deserves another look. */
  readonly fingerprint: string;
}

/** The versions of the model that serves: what is in its folder, and what became of those that were tried. */
export class VersionBook {
  readonly #verdicts = new Map<number, Verdict>();
  readonly #scores = new Map<number, ModelScore>();
  /** Folders as they were at the last look for a newer version: one that still changes is being copied. */
  #seen = new Map<number, string>();

  constructor(
    private readonly slot: Pick<ModelSlot, 'model' | 'standby' | 'beside'>,
    private readonly folders: () => Promise<readonly VersionFolder[]>,
    /** What happens to a version at the moment, besides serving and standing by. */
    private readonly stateNow: (version: number) => VersionState | undefined,
  ) {}

  /** Ascending. What serves is among them although its folder may be gone. */
  async list(): Promise<readonly ModelVersion[]> {
    const folders = new Map((await this.folders()).map((folder) => [folder.version, folder]));
    const versions = new Set([...folders.keys(), this.slot.model.version]);
    for (const loaded of [this.slot.standby, this.slot.beside]) if (loaded) versions.add(loaded.version);
    return [...versions]
      .sort((a, b) => a - b)
      .map((version) => this.#describe(version, folders.get(version)));
  }

  async version(version: number): Promise<ModelVersion> {
    const found = (await this.list()).find((one) => one.version === version);
    return found ?? this.#describe(version, undefined);
  }

  /** The newest if none is named. Rejects with NOT_FOUND, listing what is there. */
  async folder(version?: number): Promise<VersionFolder> {
    const folders = await this.folders();
    const wanted = version === undefined ? folders.at(-1) : folders.find((one) => one.version === version);
    if (wanted !== undefined) return wanted;
    const there = folders.map((one) => one.version).join(', ') || 'none';
    const { name } = this.slot.model;
    const what = version === undefined ? `version of ${name}` : `${name}@${version}`;
    throw new StreamInferError('NOT_FOUND', `There is no ${what} in the model's folder; there: ${there}.`);
  }

  /** The newest above the one that serves that has a manifest, has not changed since the last call, and was not refused as it is. */
  async newestToTake(): Promise<VersionFolder | undefined> {
    const folders = await this.folders();
    const before = this.#seen;
    this.#seen = new Map(folders.map(({ version, fingerprint }) => [version, fingerprint]));
    return [...folders]
      .reverse()
      .find(
        (folder) =>
          folder.version > this.slot.model.version &&
          folder.manifest !== null &&
          before.get(folder.version) === folder.fingerprint &&
          this.#verdictOn(folder) === undefined,
      );
  }

  taken(version: number, score: ModelScore | null): void {
    this.#verdicts.delete(version);
    this.#remember(version, score);
  }

  refused({ version, fingerprint }: VersionFolder, reason: string, score: ModelScore | null): void {
    this.#verdicts.set(version, { state: 'refused', reason, fingerprint });
    this.#remember(version, score);
  }

  async withdrawn(version: number, reason: string): Promise<void> {
    // A folder that is gone, or cannot be read, would not be the same when it is back.
    const folders = await this.folders().catch(() => []);
    const fingerprint = folders.find((one) => one.version === version)?.fingerprint ?? '';
    this.#verdicts.set(version, { state: 'withdrawn', reason, fingerprint });
  }

  #remember(version: number, score: ModelScore | null): void {
    if (score === null) this.#scores.delete(version);
    else this.#scores.set(version, score);
  }

  #verdictOn({ version, fingerprint }: VersionFolder): Verdict | undefined {
    const verdict = this.#verdicts.get(version);
    return verdict?.fingerprint === fingerprint ? verdict : undefined;
  }

  #describe(version: number, folder: VersionFolder | undefined): ModelVersion {
    const { slot } = this;
    const loaded = [slot.model, slot.standby, slot.beside].find((model) => model?.version === version);
    const verdict = folder && this.#verdictOn(folder);
    const state = this.#stateOf(version, verdict);
    return {
      name: slot.model.name,
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
    if (version === this.slot.model.version) return 'serving';
    if (version === this.slot.standby?.version) return 'standby';
    return this.stateNow(version) ?? verdict?.state ?? 'available';
  }
}
