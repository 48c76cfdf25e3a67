import type { Command } from 'commander';
import { inputTopic, type InputTopic } from '../../dead-letters/input-topic';
import { redriveHistoryOf } from '../../dead-letters/redrive-history';
import { redriveDeadLetters, type RedriveReport } from '../../dead-letters/redrive';
import { readsBySubscription } from '../../config/broker';
import { topicNameProblem } from '../../config/names';
import type { Config } from '../../config/schema';
import { deadLetterTopic } from '../../config/topics';
import type { DeadLetter } from '../../core/dead-letter';
import { StreamInferError, type RejectionCode } from '../../core/errors';
import { confirm } from '../confirm';
import { configFrom } from '../config-from';
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

export async function redriveLetters(options: RedriveFlags, command: Command): Promise<void> {
  const { config } = configFrom(command, 'broker');
  assertUsage(options, config);
  await assertConfirmed(options, config);
  await withConnection(config, (connection) => redrive(config, options, connection));
}

function assertUsage(options: RedriveFlags, config: Config): void {
  const dlq = deadLetterTopic(config);
  const chosen = [options.id, options.code, options.all].filter((given) => given !== undefined);
  if (chosen.length !== 1) throw usage('one of --id <source-id>, --code <code> and --all is required');
  if (options.to === dlq) throw usage(`--to ${dlq}: it is the dead-letter topic; name another topic`);
  const problem = options.to === undefined ? undefined : topicNameProblem(config.broker, options.to);
  if (problem !== undefined) throw usage(`--to ${printable(options.to ?? '')}: ${problem}`);
  if (options.all && !options.yes && !options.dryRun)
    throw usage(
      `this republishes the original of every dead letter in ${dlq}; check with --dry-run, then add --yes`,
    );
}

/** A topic other than the input may belong to somebody else. Throws USAGE unless the user confirms. */
async function assertConfirmed({ to, yes, dryRun }: RedriveFlags, config: Config): Promise<void> {
  if (to === undefined || yes || dryRun) return;
  // The subscription may belong to another topic.
  if (to === config.input.topic && !readsBySubscription(config)) return;
  const what = `this publishes originals to ${to}, regardless of their source topic`;
  if (await confirm(`${what}. Continue? [y/N] `)) return;
  throw usage(`nothing was redriven: ${what}; check with --dry-run, then add --yes`);
}

async function redrive(config: Config, options: RedriveFlags, connection: Connection): Promise<void> {
  const dlq = deadLetterTopic(config);
  const { broker, signal } = connection;
  const missing = new Set(options.id);
  const sink = broker.createSink();
  try {
    await sink.open(signal);
    // Not looked up with --to: this program may lack the permission.
    const input = options.to === undefined ? await inputTopic(broker, config) : namedTopic(options.to);
    const report = await scanDeadLetters(config, connection, redriveHistoryOf(dlq), (scan) =>
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
    reportMissing(missing, dlq, report);
  } finally {
    await sink.close();
  }
}

function namedTopic(topic: string): InputTopic {
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
  if (report.duplicates > 0) parts.push(`skipped ${report.duplicates} duplicates`);
  if (report.foreign > 0)
    parts.push(`skipped ${report.foreign} messages that are not dead letters of stream-infer`);
  return `${parts.join(', ')}\n`;
}

function counted(letters: number): string {
  return `${letters} ${letters === 1 ? 'dead letter' : 'dead letters'}`;
}

/** Reports the ids of --id that were not redriven. */
function reportMissing(missing: ReadonlySet<string>, dlq: string, { skipped }: RedriveReport): void {
  if (missing.size === 0) return;
  process.exitCode = EXIT.failure;
  if (missing.size <= skipped) return;
  const ids = [...missing].map(printable).join(', ');
  process.stderr.write(`not redriven: ${ids}. ${dlq} has no such dead letter, or it was redriven before.\n`);
}

function usage(message: string): StreamInferError {
  return new StreamInferError('USAGE', message);
}
