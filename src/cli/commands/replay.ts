import { Command } from 'commander';
import type { ScanPosition, ScanRange } from '../../core/scan-range';
import { addConfigFlags } from '../add-config-flags';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';
import { scanPosition, scanStart } from '../scan-position';

const HELP = `
A position is a time (2026-11-20T10:00:00Z), an age (2h, 30m), an offset for every
partition (1041), offsets by partition (0:1041,2:300), earliest or latest. A date alone
means 00:00 UTC. Partitions without an offset are skipped. The start is inclusive and the
end exclusive.

The range is read without joining the consumer group, so no partition moves. Predictions
go to the side topic and dead letters to "<side topic>.dlq" (or --dlq-topic); missing
topics are created. To resume a stopped replay, run the same command again; for a relative
position, add its --group. After a kill, some predictions may be duplicated with the same
id. The report compares both topics message by message.

On Pub/Sub the start is a time, an age, earliest or snapshot:<name>, and the end a time.
A temporary subscription is created, moved there, read, and deleted. The topic has to
retain its messages (gcloud pubsub topics update --message-retention-duration), except
for a snapshot. There is no comparison.

Examples:
  $ stream-infer replay --broker kafka --from 2h --model fashion-mnist@2
  $ stream-infer replay --broker kafka --from 2026-11-20T10:00:00Z --to 2026-11-20T11:00:00Z --model fashion-mnist@2 --json
  $ stream-infer replay --broker kafka --from 0:1000,1:980 --to 0:2000,1:1990 --precision int8
  $ stream-infer replay --broker pubsub --from snapshot:before-deploy --model fashion-mnist@2`;

export function replayCommand(): Command {
  const command = new Command('replay')
    .description('Classify a past range of the input topic with another model and compare.')
    .option('--from <position>', 'first message: time, age, offset, snapshot, earliest', readStart)
    .option('--to <position>', 'end of the range, exclusive (default: latest)', readPosition)
    .option('--side-topic <name>', 'target (default: <output>.replay-<model>-<version>)')
    .option('--compare-with <topic>', 'earlier predictions (default: the output topic)')
    .option('--group <id>', 'group that records progress (default: one per range)')
    .option('--json', 'one JSON report');
  addConfigFlags(command, 'inference');
  return addHelp(command, HELP).action(lazily(async () => (await import('../actions/replay.js')).replay));
}

/** Commander passes the previous value as a second argument. */
function readStart(text: string): ScanRange['from'] {
  return scanStart(text);
}

/** Commander passes the previous value as a second argument. */
function readPosition(text: string): ScanPosition {
  return scanPosition(text);
}
