import type { Command } from 'commander';
import { listDeadLetters, type DeadLetterList } from '../../dead-letters/list-dead-letters';
import type { RejectionCode } from '../../core/errors';
import { configFrom } from '../config-from';
import { withConnection } from '../connection';
import { hint } from '../hint';
import { renderDeadLetters } from '../dead-letter-table';
import { scanDeadLetters } from '../scan-dead-letters';

interface ListFlags {
  readonly from: 'earliest' | 'latest';
  readonly limit: number;
  readonly code?: RejectionCode;
  readonly json?: boolean;
}

/** For a pipe or a file, columns. */
const WIDTH_WITHOUT_TERMINAL = 160;

export async function listLetters(options: ListFlags, command: Command): Promise<void> {
  const { config } = configFrom(command, 'broker');
  await withConnection(config, async (connection) => {
    const { signal } = connection;
    const list = await scanDeadLetters(config, connection, null, (scan) =>
      listDeadLetters({ scan, signal, ...options }),
    );
    print(list, options);
  });
}

function print({ deadLetters: letters, more, foreign }: DeadLetterList, { json, limit }: ListFlags): void {
  if (json) for (const letter of letters) process.stdout.write(`${JSON.stringify(letter)}\n`);
  else if (letters.length === 0) process.stdout.write('no dead letters\n');
  else {
    process.stdout.write(`${renderDeadLetters(letters, tableWidth())}\n`);
    hint(`dlq redrive --id <source id> publishes an original again; add --dry-run to look first`);
  }
  if (more) process.stderr.write(`only the first ${limit} are shown; use --limit for more\n`);
  if (foreign > 0)
    process.stderr.write(`skipped ${foreign} messages that are not dead letters of stream-infer\n`);
}

function tableWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns : WIDTH_WITHOUT_TERMINAL;
}
