import type { Config } from '../config/schema';
import { deadLetterTopic } from '../config/topics';

/** Where the command line of a line in the tour would leave the terminal. */
const WIDTH = 80;

/** What to look at while the demo runs, in lines of at most 80 columns (but for long names of topics and brokers). */
export function demoTour(config: Config, url: string | null): string {
  const { input, output, broker } = config;
  const lines = [
    '',
    'receiving -> analysis -> alerts',
    `  ${input.topic} -> ${output.topic}, ${deadLetterTopic(config)} -> ${output.events}, ${output.alerts}`,
    ...(url === null ? [] : pagesOf(url)),
    ...commandsOf(config, url),
    '',
    broker === 'memory' || config.kafka.embedded
      ? 'The broker lives in this process and ends with it: Ctrl-C leaves nothing behind.'
      : 'Ctrl-C drains and stops; the last line above removes what was made.',
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function pagesOf(url: string): string[] {
  return [
    '',
    'Look at',
    `  ${url}/#/live          images as they are classified, rates`,
    `  ${url}/#/predictions   the grid: filter, open one`,
    `  ${url}/#/quality       right and wrong by class`,
    `  ${url}/#/events        alerts and their images`,
    `  ${url}/#/dead-letters  what was no image, and why; redrive`,
    `  ${url}/#/publish       more images, at any rate`,
    `  ${url}/#/try-it        an image of your own`,
    `  ${url}/docs            the same as an API`,
  ];
}

function commandsOf(config: Config, url: string | null): string[] {
  const commands = [
    ...(url === null ? [] : [`alerts list --open${urlFlag(url)}`, `alerts show 1${urlFlag(url)}`]),
    ...brokerCommands(config),
  ];
  if (commands.length === 0) return [];
  return ['', 'In another terminal', ...commands.map((command) => folded(`  stream-infer ${command}`))];
}

/** The brokers that live in this process cannot be read from another one. */
function brokerCommands(config: Config): string[] {
  if (config.broker === 'memory' || config.kafka.embedded) return [];
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

/** A long command goes on in the next line, so that it can be copied from a narrow terminal. */
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
