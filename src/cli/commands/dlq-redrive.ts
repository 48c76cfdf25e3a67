import { Command, Option } from 'commander';
import { inputTopic, type InputTopic } from '../../dead-letters/input-topic';
import { redriveMemoryOf } from '../../dead-letters/memory';
import { redriveDeadLetters, type RedriveReport } from '../../dead-letters/redrive';
import { topicNameProblem } from '../../config/names';
import type { Config } from '../../config/schema';
import { deadLetterTopic } from '../../config/topics';
import { MAX_REDRIVES, type DeadLetter } from '../../core/dead-letter';
import { REJECTION_CODES, StreamInferError, type RejectionCode } from '../../core/errors';
import { positiveWholeNumber } from '../arguments';
import { asks } from '../asks';
import { addConfigFlags, configFrom } from '../config-flags';
import { withConnection, type Connection } from '../connection';
import { EXIT } from '../exit';
import { printable } from '../print-outcomes';
import { scanDeadLetters } from '../scan-dead-letters';

interface RedriveFlags {
  readonly id?: readonly string[];
  readonly code?: RejectionCode;
  readonly all?: boolean;
  readonly to?: string;
  readonly limit?: number;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
}

export function dlqRedriveCommand(): Command {
  const command = new Command('redrive')
    .description('Publish the originals of dead letters again: one, some or all.')
    .option('--id <source-id...>', 'those with these source ids')
    .addOption(new Option('--code <code>', 'those with this error code').choices(REJECTION_CODES))
    .option('--all', 'every one that was not redriven yet; takes --yes')
    .option('--to <topic>', 'topic to publish to (default: the input topic)')
    .option('--limit <n>', 'redrive at most n', positiveWholeNumber)
    .option('--dry-run', 'only show what would be published')
    .option('--force', `also what failed again after ${MAX_REDRIVES} redrives`)
    .option('--yes', 'do not ask: with --all, and with --to another topic');
  addConfigFlags(command, 'broker');
  return command
    .addHelpText(
      'after',
      `
Originals are published to the input topic (Pub/Sub: the topic of the input subscription). A dead letter that came from
another topic is skipped, unless --to says where the originals go.

The original's key, value and headers are published with a new timestamp and the header redrive-count. Its prediction has
the id that it would have had the first time. A letter that was redriven is not redriven again: Kafka remembers it in the
group "<dead-letter topic>.redrive" (for offsets.retention.minutes, 7 days, after the last redrive), and in Pub/Sub it is
acknowledged in the subscription "<dead-letter topic>-sub". What was refused (cut, or redriven too often) stays.

Exit code 1 if one that was named with --id was not redriven.

Examples:
  $ stream-infer dlq redrive --broker kafka --id images/0/1041
  $ stream-infer dlq redrive --broker kafka --code WORKER_TIMEOUT --limit 100 --dry-run
  $ stream-infer dlq redrive --broker pubsub --all --yes`,
    )
    .action(async (options: RedriveFlags) => {
      const { config } = configFrom(command, 'broker');
      assertUsage(options, config);
      await confirm(options, config);
      await withConnection(config, (connection) => redrive(config, options, connection));
    });
}

function assertUsage(options: RedriveFlags, config: Config): void {
  const dlq = deadLetterTopic(config);
  const chosen = [options.id, options.code, options.all].filter((given) => given !== undefined);
  if (chosen.length !== 1) throw usage('say which: one of --id <source-id>, --code <code> and --all');
  if (options.to === dlq)
    throw usage(`--to ${dlq}: that is the dead-letter topic, where they would come round for ever`);
  const problem = options.to === undefined ? undefined : topicNameProblem(config.broker, options.to);
  if (problem !== undefined) throw usage(`--to ${printable(options.to ?? '')}: ${problem}`);
  if (options.all && !options.yes && !options.dryRun)
    throw usage(
      `this publishes the original of every dead letter in ${dlq} again; look with --dry-run, then say --yes`,
    );
}

/** Another topic than the input may be anybody's. Throws USAGE unless somebody says yes. */
async function confirm({ to, yes, dryRun }: RedriveFlags, { broker, input }: Config): Promise<void> {
  if (to === undefined || yes || dryRun) return;
  // The subscription may belong to another topic.
  if (to === input.topic && broker !== 'pubsub') return;
  const what = `this publishes originals to ${to}, wherever they came from`;
  if (await asks(`${what}. Continue? [y/N] `)) return;
  throw usage(`nothing was redriven: ${what}; look with --dry-run, then say --yes`);
}

async function redrive(config: Config, options: RedriveFlags, connection: Connection): Promise<void> {
  const dlq = deadLetterTopic(config);
  const { broker, signal } = connection;
  const missing = new Set(options.id);
  const sink = broker.createSink();
  try {
    await sink.open(signal);
    // Not asked for with --to: it may be what this program may not look at.
    const input = options.to === undefined ? await inputTopic(broker, config) : toThat(options.to);
    const report = await scanDeadLetters(config, connection, redriveMemoryOf(dlq), (scan) =>
      redriveDeadLetters({
        scan,
        sink,
        dlq,
        input,
        wanted: toWanted(options),
        to: options.to,
        limit: options.limit ?? Infinity,
        dryRun: options.dryRun ?? false,
        force: options.force ?? false,
        signal,
        onRedriven: (letter, topic) => {
          missing.delete(letter.sourceId);
          if (options.dryRun || options.id) process.stdout.write(redrivenLine(letter, topic, options));
        },
        onSkipped: (letter, { code, message }) =>
          void process.stdout.write(
            `skipped ${printable(letter.sourceId)}  ${code}: ${printable(message)}\n`,
          ),
      }),
    );
    process.stdout.write(summary(report, options));
    tellMissing(missing, dlq, report);
  } finally {
    await sink.close();
  }
}

function toThat(topic: string): InputTopic {
  return { topic, names: [topic] };
}

function toWanted({ id, code }: RedriveFlags): (letter: DeadLetter) => boolean {
  if (id === undefined) return (letter) => code === undefined || letter.code === code;
  const ids = new Set(id);
  return ({ sourceId }) => ids.has(sourceId);
}

function redrivenLine({ sourceId, code }: DeadLetter, topic: string, { dryRun }: RedriveFlags): string {
  const verb = dryRun ? 'would publish' : 'published';
  return `${verb} ${printable(sourceId)}  ${printable(code)}  to ${printable(topic)}\n`;
}

function summary(report: RedriveReport, { dryRun }: RedriveFlags): string {
  const parts = [`${dryRun ? 'would redrive' : 'redrove'} ${counted(report.redriven)}`];
  if (report.skipped > 0) parts.push(`skipped ${report.skipped}`);
  if (report.duplicates > 0) parts.push(`left out ${report.duplicates} that were there twice`);
  if (report.foreign > 0)
    parts.push(`passed over ${report.foreign} that are no dead letters of stream-infer`);
  return `${parts.join(', ')}\n`;
}

function counted(letters: number): string {
  return `${letters} ${letters === 1 ? 'dead letter' : 'dead letters'}`;
}

/** Whoever names one wants to know. */
function tellMissing(missing: ReadonlySet<string>, dlq: string, { skipped }: RedriveReport): void {
  if (missing.size === 0) return;
  process.exitCode = EXIT.failure;
  if (missing.size <= skipped) return;
  const ids = [...missing].map(printable).join(', ');
  process.stderr.write(
    `not redriven: ${ids}. Either there is no such dead letter in ${dlq}, or it was redriven before.\n`,
  );
}

function usage(message: string): StreamInferError {
  return new StreamInferError('USAGE', message);
}
