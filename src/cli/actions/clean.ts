import type { Command } from 'commander';
import { planClean, type CleanPlan, type Left } from '../../clean/plan';
import { removePlanned } from '../../clean/remove';
import { storeFiles } from '../../clean/store-file';
import type { Config } from '../../config/schema';
import { StreamInferError } from '../../core/errors';
import { confirm } from '../confirm';
import { configFrom } from '../config-from';
import { withConnection } from '../connection';
import { EXIT } from '../exit';

interface CleanOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly store?: string;
}

export async function clean(options: CleanOptions, command: Command): Promise<void> {
  const forced = options.store === undefined ? {} : { 'store.path': options.store };
  const { config } = configFrom(command, 'broker', forced);
  await removeAll(config, options);
}

async function removeAll(config: Config, options: CleanOptions): Promise<void> {
  const plan = await planClean(config);
  const names = namesOf(plan);
  if (names.length === 0) return report(options, [], plan.left);
  if (!options.json) process.stdout.write(`To be removed:\n${indented(names)}`);
  if (!options.yes) await assertConfirmed(options, names, plan.left);
  let later: Left[] | null = null;
  if (plan.made.length === 0) later = await removePlanned(plan, config, null, NEVER);
  else
    await withConnection(config, async ({ broker, signal }) => {
      later = await removePlanned(plan, config, broker, signal);
    });
  if (later === null) throw new StreamInferError('TIMEOUT', 'stopped before everything was removed');
  const kept: readonly Left[] = later;
  report(
    options,
    names.filter((name) => !kept.some(({ what }) => name.startsWith(what))),
    [...plan.left, ...kept],
  );
}

const NEVER = new AbortController().signal;

function namesOf({ made, stores, folders }: CleanPlan): string[] {
  return [
    ...made.map(({ topic, subscription }) =>
      subscription === undefined ? `topic ${topic}` : `subscription ${subscription}`,
    ),
    ...stores.flatMap(storeFiles),
    ...folders,
  ];
}

/** Throws USAGE unless the user confirms. */
async function assertConfirmed(
  { json }: CleanOptions,
  names: readonly string[],
  left: readonly Left[],
): Promise<void> {
  if (process.stdin.isTTY && process.stdout.isTTY && !json) {
    if (await confirm('Remove all of this permanently? [y/N] ')) return;
    throw new StreamInferError('USAGE', 'nothing was removed');
  }
  if (json) process.stdout.write(`${JSON.stringify({ removed: [], toRemove: names, left })}\n`);
  throw new StreamInferError('USAGE', 'nothing was removed; --yes is required when stdin is not a terminal');
}

/** A topic that stream-infer did not create is not a failure: it may belong to somebody else. */
function report({ json }: CleanOptions, removed: readonly string[], left: readonly Left[]): void {
  if (left.some(({ what }) => !what.startsWith('topic '))) process.exitCode = EXIT.failure;
  if (json) return void process.stdout.write(`${JSON.stringify({ removed, left })}\n`);
  process.stdout.write(removed.length > 0 ? 'Removed.\n' : 'Nothing to remove.\n');
  if (left.length > 0)
    process.stderr.write(`Not removed:\n${indented(left.map(({ what, why }) => `${what}: ${why}`))}`);
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}\n`).join('');
}
