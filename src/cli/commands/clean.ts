import { Command } from 'commander';
import { planClean, type CleanPlan, type Left } from '../../clean/plan';
import { removePlanned } from '../../clean/remove';
import { storeFiles } from '../../clean/store-file';
import type { Config } from '../../config/schema';
import { StreamInferError } from '../../core/errors';
import { asks } from '../asks';
import { addConfigFlags, configFrom } from '../config-flags';
import { withConnection } from '../connection';
import { EXIT } from '../exit';

interface CleanOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function cleanCommand(): Command {
  const command = new Command('clean')
    .description('Remove what was made here: topics and subscriptions, results stores, journals. Asks first.')
    .option('--yes', 'do not ask')
    .option('--json', 'what was removed and what was left, as JSON')
    .option(
      '--store <file>',
      'the store to remove (default: predictions.db and serve.db in the data folder)',
    );
  addConfigFlags(command, 'broker');
  return command
    .addHelpText(
      'after',
      `
Lists everything first. Of the topics that the configuration names, with their
subscriptions, only those that stream-infer made from this account are removed (the list
is made.ndjson in the data folder); stream-infer topics delete removes the others. A
store that a running process has is left alone, and so are journals while one runs.
Without a terminal to ask on, --yes is a must. Models and downloaded images stay.

Exit codes: 0 all of it is removed, 1 something had to be left, 2 not confirmed.

Examples:
  $ stream-infer clean
  $ stream-infer clean --broker kafka --bootstrap-servers localhost:9092
  $ stream-infer clean --broker pubsub --project my-project --yes --json`,
    )
    .action(async (options: CleanOptions & { store?: string }) => {
      const forced = options.store === undefined ? {} : { 'store.path': options.store };
      const { config } = configFrom(command, 'broker', forced);
      await clean(config, options);
    });
}

async function clean(config: Config, options: CleanOptions): Promise<void> {
  const plan = await planClean(config);
  const names = namesOf(plan);
  if (names.length === 0) return report(options, [], plan.left);
  if (!options.json) process.stdout.write(`To be removed:\n${indented(names)}`);
  if (!options.yes) await confirm(options, names, plan.left);
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

/** Throws USAGE unless somebody says yes. */
async function confirm(
  { json }: CleanOptions,
  names: readonly string[],
  left: readonly Left[],
): Promise<void> {
  if (process.stdin.isTTY && process.stdout.isTTY && !json) {
    if (await asks('Remove all of this for good? [y/N] ')) return;
    throw new StreamInferError('USAGE', 'nothing was removed');
  }
  if (json) process.stdout.write(`${JSON.stringify({ removed: [], toRemove: names, left })}\n`);
  throw new StreamInferError(
    'USAGE',
    'nothing was removed: this removes all of that for good; say --yes to do it',
  );
}

/** Topics of others are no failure: they are not ours to remove. */
function report({ json }: CleanOptions, removed: readonly string[], left: readonly Left[]): void {
  if (left.some(({ what }) => !what.startsWith('topic '))) process.exitCode = EXIT.failure;
  if (json) return void process.stdout.write(`${JSON.stringify({ removed, left })}\n`);
  process.stdout.write(removed.length > 0 ? 'Removed.\n' : 'Nothing here to remove.\n');
  if (left.length > 0)
    process.stderr.write(`Left alone:\n${indented(left.map(({ what, why }) => `${what}: ${why}`))}`);
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}\n`).join('');
}
