import { Command, Option } from 'commander';
import { listDeadLetters, type LetterList } from '../../dead-letters/list';
import { REJECTION_CODES, type RejectionCode } from '../../core/errors';
import { positiveWholeNumber } from '../arguments';
import { addConfigFlags, configFrom } from '../config-flags';
import { withConnection } from '../connection';
import { renderDeadLetters } from '../dead-letter-table';
import { scanDeadLetters } from '../scan-dead-letters';

interface ListFlags {
  readonly from: 'earliest' | 'latest';
  readonly limit: number;
  readonly code?: RejectionCode;
  readonly json?: boolean;
}

/** For a pipe or a file, where no terminal says its width. */
const WIDTH_WITHOUT_TERMINAL = 160;

export function dlqListCommand(): Command {
  const command = new Command('list')
    .description('Show dead letters: when, code, stage, source id, size and what was wrong.')
    .addOption(
      new Option('--from <position>', 'oldest or newest first')
        .choices(['earliest', 'latest'])
        .default('earliest'),
    )
    .option('--limit <n>', 'show at most n', positiveWholeNumber, 100)
    .addOption(new Option('--code <code>', 'only those with this error code').choices(REJECTION_CODES))
    .option('--json', 'NDJSON, with the headers and all that the table leaves out');
  addConfigFlags(command, 'broker');
  return command
    .addHelpText(
      'after',
      `
Kafka: reads beside everybody else, joins no group and commits nothing. Pub/Sub: leases the messages of the subscription
"<dead-letter topic>-sub" for the moment of the listing and gives them all back; other readers of it get them later.

Examples:
  $ stream-infer dlq list --broker kafka --from latest --limit 20
  $ stream-infer dlq list --broker kafka --code CORRUPT --json | jq -r .sourceId`,
    )
    .action(async (options: ListFlags) => {
      const { config } = configFrom(command, 'broker');
      await withConnection(config, async (connection) => {
        const { signal } = connection;
        const list = await scanDeadLetters(config, connection, null, (scan) =>
          listDeadLetters({ scan, signal, ...options }),
        );
        print(list, options);
      });
    });
}

function print({ letters, more, foreign }: LetterList, { json, limit }: ListFlags): void {
  if (json) for (const letter of letters) process.stdout.write(`${JSON.stringify(letter)}\n`);
  else if (letters.length === 0) process.stdout.write('no dead letters\n');
  else process.stdout.write(`${renderDeadLetters(letters, tableWidth())}\n`);
  if (more) process.stderr.write(`there are more than these ${limit}; see --limit\n`);
  if (foreign > 0) process.stderr.write(`passed over ${foreign} that are no dead letters of stream-infer\n`);
}

function tableWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns : WIDTH_WITHOUT_TERMINAL;
}
