import { livesInProcess } from '../config/broker';
import type { Config } from '../config/schema';
import { deadLetterTopic } from '../config/topics';

/** Columns of a narrow terminal. */
const WIDTH = 80;

/**
 * The pages and commands to try while the demo runs. Lines have at most 80 columns, except for long topic names.
 *
 * @param program the command that starts this program
 */
export function demoTour(config: Config, url: string | null, program: string): string {
  const { input, output } = config;
  const lines = [
    '',
    'receiving -> analysis -> alerts',
    `  ${input.topic} -> ${output.topic}, ${deadLetterTopic(config)} -> ${output.events}, ${output.alerts}`,
    ...(url === null ? [] : pagesOf(url)),
    ...commandsOf(config, url, program),
    '',
    livesInProcess(config)
      ? 'Ctrl-C stops the process and its built-in broker; nothing is left behind.'
      : 'Ctrl-C drains and stops; the last command above removes topics and stores.',
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function pagesOf(url: string): string[] {
  return [
    '',
    'Look at',
    `  ${url}/#/live          images as they are classified; rates`,
    `  ${url}/#/predictions   stored predictions: filter, open one`,
    `  ${url}/#/quality       confusion matrix and accuracy by class`,
    `  ${url}/#/events        alerts and their images`,
    `  ${url}/#/dead-letters  bad messages with the reason; redrive`,
    `  ${url}/#/publish       more test images at any rate`,
    `  ${url}/#/try-it        your own image`,
    `  ${url}/docs            API documentation`,
  ];
}

function commandsOf(config: Config, url: string | null, program: string): string[] {
  const commands = [
    ...(url === null ? [] : [`alerts list --open${urlFlag(url)}`, `alerts show 1${urlFlag(url)}`]),
    ...brokerCommands(config),
  ];
  if (commands.length === 0) return [];
  return ['', 'In another terminal', ...commands.map((command) => folded(`  ${program} ${command}`))];
}

/** A broker inside this process is not reachable from another one. */
function brokerCommands(config: Config): string[] {
  if (livesInProcess(config)) return [];
  const flags = connectionFlags(config);
  return ['tail --wrong', 'publish --start 0 --end 100 --with-truth', 'dlq list', 'clean'].map(
    (command) => `${command} ${flags}`,
  );
}

function connectionFlags({ broker, kafka, pubsub, input, output }: Config): string {
  const servers = kafka.properties['bootstrap.servers'];
  return [
    `--broker ${broker}`,
    ...(broker === 'kafka' && servers !== undefined ? [`--bootstrap-servers ${servers}`] : []),
    ...(broker === 'pubsub' && pubsub.project !== undefined ? [`--project ${pubsub.project}`] : []),
    ...(input.topic === 'images' ? [] : [`--input-topic ${input.topic}`]),
    ...(output.topic === 'predictions' ? [] : [`--output-topic ${output.topic}`]),
    ...(output.dlq === undefined ? [] : [`--dlq-topic ${output.dlq}`]),
  ].join(' ');
}

function urlFlag(url: string): string {
  return url === 'http://localhost:8080' ? '' : ` --url ${url}`;
}

/** Breaks a long command with backslashes, so that it can be copied from a narrow terminal. */
function folded(line: string): string {
  const lines = [''];
  for (const word of line.split(/ (?=--)/)) {
    const last = lines.at(-1) as string;
    const longer = last === '' ? word : `${last} ${word}`;
    if (longer.length + 2 <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(`    ${word}`);
  }
  return lines.join(' \\\n');
}
