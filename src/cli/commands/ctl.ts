import { Command, InvalidArgumentError } from 'commander';
import { duration, positiveNumber, positiveWholeNumber } from '../arguments';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';
import { addServerFlags } from '../server-flags';

const MOST_LISTED = 500;

const actions = () => import('../actions/ctl.js');

/** `ctl`: changes the stream of a running process, over its HTTP API. */
export function ctlCommand(): Command {
  const command = new Command('ctl')
    .description('Pause, resume, limit, move or drain the stream of a running process.')
    .addCommand(statusCommand())
    .addCommand(pauseCommand())
    .addCommand(resumeCommand())
    .addCommand(rateCommand())
    .addCommand(workersCommand())
    .addCommand(seekCommand())
    .addCommand(drainCommand())
    .addCommand(logCommand());
  return addHelp(
    command,
    `
A change concerns the process at --url only, and lasts until its next restart. Each change is
in the audit log of the process, with the name of --by.

Examples:
  $ stream-infer ctl pause --reason "labels are wrong"
  $ stream-infer ctl rate 200 --by anna
  $ stream-infer ctl seek 2h --reason "wrong model"
  $ stream-infer ctl resume --url http://worker-2:8080`,
  );
}

function statusCommand(): Command {
  const command = new Command('status').description('Show the state of the stream, and who paused it.');
  return server(command).action(lazily(async () => (await actions()).showStatus));
}

function pauseCommand(): Command {
  const command = new Command('pause').description(
    'Take nothing more from the broker; messages in flight are finished.',
  );
  return change(command).action(lazily(async () => (await actions()).pauseStream));
}

function resumeCommand(): Command {
  const command = new Command('resume').description('Continue a paused stream.');
  return change(command).action(lazily(async () => (await actions()).resumeStream));
}

function rateCommand(): Command {
  const command = new Command('rate')
    .description('Limit the images taken per second.')
    .argument('<images/s|off>', 'largest number of images per second, or off', rateOrOff);
  return change(command).action(lazily(async () => (await actions()).limitRate));
}

function workersCommand(): Command {
  const command = new Command('workers')
    .description('Change the number of worker threads; auto follows their utilization.')
    .argument('<n|auto>', 'number of threads, at most one per core, or auto', numberOrAuto);
  return change(command).action(lazily(async () => (await actions()).changeWorkers));
}

function seekCommand(): Command {
  const command = new Command('seek')
    .description('Move the position of the stream, back or forward.')
    .argument('<position>', 'time, age, offset, snapshot:<name>, earliest or latest');
  return addHelp(
    change(command),
    `
A position is a time (2026-11-20T10:00:00Z), an age (2h, 30m), earliest or latest. On Kafka
also an offset for every partition (1041) or offsets by partition (0:1041,2:300); the
partitions of this process move. On Pub/Sub also snapshot:<name>; the whole subscription
moves, and only retained messages return.

Messages in flight are finished first. A paused stream stays paused.

Examples:
  $ stream-infer ctl seek 2h
  $ stream-infer ctl seek 0:1000,1:980 --by anna
  $ stream-infer ctl seek snapshot:before-release`,
  ).action(lazily(async () => (await actions()).seekPosition));
}

function drainCommand(): Command {
  const command = new Command('drain')
    .description('Finish the messages in flight and end the process.')
    .option('--wait <duration>', 'longest wait for the end of the process', duration, 60_000);
  return change(command).action(lazily(async () => (await actions()).drainStream));
}

function logCommand(): Command {
  const command = new Command('log')
    .description('List who changed the stream, when and why, newest first.')
    .option('--limit <n>', `most changes listed, up to ${MOST_LISTED}`, atMostListed, 50);
  return addServerFlags(command, 'one JSON object per change').action(
    lazily(async () => (await actions()).listChanges),
  );
}

function change(command: Command): Command {
  command
    .option('--by <name>', 'your name (default: the login name)')
    .option('--reason <text>', 'reason, for the audit log and the page', '');
  return server(command);
}

function server(command: Command): Command {
  return addServerFlags(command, 'state as JSON');
}

function rateOrOff(text: string): number | null {
  return text === 'off' ? null : positiveNumber(text);
}

function numberOrAuto(text: string): number | 'auto' {
  return text === 'auto' ? text : positiveWholeNumber(text);
}

function atMostListed(text: string): number {
  const value = positiveWholeNumber(text);
  if (value > MOST_LISTED) throw new InvalidArgumentError(`It must be at most ${MOST_LISTED}.`);
  return value;
}
