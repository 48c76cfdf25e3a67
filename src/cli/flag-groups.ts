import type { Option } from 'commander';

interface FlagGroup {
  readonly heading: string;
  /** Shown in every help. */
  readonly common: readonly string[];
  /** Shown by `--help --all` only, in commands with all these flags. */
  readonly rare: readonly string[];
}

/** The flags of `run` in the order of its help. */
const GROUPS: readonly FlagGroup[] = [
  {
    heading: 'Broker:',
    common: [
      ...['--broker', '--bootstrap-servers', '--project', '--input-topic', '--output-topic'],
      ...['--subscription', '--group', '--create-topics', '--delivery', '-X'],
    ],
    rare: [
      ...['--dlq-topic', '--kafka-config', '--from', '--input-rate', '--instance-id', '--embedded'],
      ...['--no-create-topics', '--output-headers'],
    ],
  },
  {
    heading: 'Model:',
    common: ['--model', '--model-control'],
    rare: ['--runtime', '--precision', '--model-protocol', '--model-name', '--resize', '--invert'],
  },
  {
    heading: 'Throughput:',
    common: ['--workers', '--target-p99'],
    rare: ['--max-batch', '--max-in-flight', '--max-in-flight-bytes', '--shutdown-timeout'],
  },
  {
    heading: 'HTTP and results:',
    common: ['--port', '--host', '--token', '--no-http', '--store'],
    rare: ['--no-store', '--store-images'],
  },
  { heading: 'Demo:', common: ['--demo', '--no-demo', '--rate'], rare: ['--data-dir'] },
  {
    heading: 'Output and logging:',
    common: ['--print', '--json', '--limit', '--log-level'],
    rare: ['--exit-when-idle', '--log-format'],
  },
];

/** Commands with so many flags hide the rare ones. */
const MANY = 30;

/** Sets the heading of an option in the help. */
export function grouped(option: Option): Option {
  const group = GROUPS.find(({ common, rare }) => [...common, ...rare].includes(nameOf(option)));
  return group === undefined ? option : option.helpGroup(group.heading);
}

/** The options that a help without `--all` shows. */
export function commonOptions(options: readonly Option[]): Option[] {
  if (options.length < MANY) return [...options];
  return options.filter((option) => !GROUPS.some(({ rare }) => rare.includes(nameOf(option))));
}

/** In the order of the groups; the options of one command first. */
export function inGroups(options: readonly Option[]): Option[] {
  return [...options].sort((a, b) => rank(a) - rank(b));
}

function rank(option: Option): number {
  const at = GROUPS.findIndex(({ heading }) => heading === option.helpGroupHeading);
  const group = GROUPS[at];
  if (group === undefined) return -1;
  return at * 100 + [...group.common, ...group.rare].indexOf(nameOf(option));
}

function nameOf({ long, short }: Option): string {
  return long ?? short ?? '';
}
