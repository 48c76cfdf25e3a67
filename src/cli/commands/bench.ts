import { Command, InvalidArgumentError, Option } from 'commander';
import { choiceOption } from '../choice-option';
import { BENCH_FORMATS } from '../../bench/formats';
import { BENCH_PARTS, BUILT_IN_PARTITIONS, type BenchPart } from '../../bench/parts';
import { PROFILE_NAMES } from '../../bench/profiles';
import { addConfigFlags } from '../add-config-flags';
import { positiveNumber, positiveWholeNumber, wholeNumber } from '../arguments';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Creates its own topics and deletes them afterwards. Compare ratios within one run,
not figures of two runs. The floor is the cost of consuming, producing, bare
inference and the broker; on Kafka it is measured in the same run.
On Kafka, no consumer reads the predictions during the measurement.
The defaults on Pub/Sub are --count 40000 --warm-up 10000.
A model of other images than Fashion-MNIST's is measured with generated ones of its size,
by default at most 20,000 or 1 GiB of them. There is no accuracy then.
The exit code is 1 if an image has no prediction at the end.

Examples:
  $ stream-infer bench --broker kafka
  $ stream-infer bench --broker kafka --parts throughput,floor
  $ stream-infer bench --broker kafka --parts latency --neighbours 1
  $ stream-infer bench --broker kafka --runtime tfjs-wasm --count 20000 --json
  $ stream-infer bench --broker kafka --profile crayfish --max-batch 1 --parts throughput
  $ stream-infer bench --broker kafka --suggest --count 20000
  $ stream-infer bench --broker memory --model ./pets --format jpeg
  $ stream-infer bench --broker memory`;

export function benchCommand(): Command {
  const command = new Command('bench')
    .description('Measure throughput and latency on this machine with a real broker.')
    .addOption(choiceOption('--profile', PROFILE_NAMES, 'cnn: raw images; crayfish: JSON events', 'cnn'))
    .addOption(choiceOption('--format', BENCH_FORMATS, 'encoding of an image (default: raw up to 900 kB)'))
    .addOption(
      new Option('--parts <list>', `parts: ${BENCH_PARTS.join(',')}`)
        .argParser(partList)
        .default(new Set(BENCH_PARTS), 'all'),
    )
    .option('--count <n>', 'images of the throughput part (default: 200000)', positiveWholeNumber)
    .option('--warm-up <n>', 'warm-up images, 10 s at most (default: 100000)', wholeNumber)
    .option('--latency-rate <n>', 'images per second of the latency part', positiveNumber, 1_000)
    .option('--seconds <n>', 'duration of the latency part, in s', positiveNumber, 10)
    .option('--neighbours <n>', 'busy processes during the latency part', wholeNumber, 0)
    .option('--processes <n>', 'processes that share the load', positiveWholeNumber, 1)
    .option('--partitions <n>', 'partitions of the topics', positiveWholeNumber, BUILT_IN_PARTITIONS)
    .option('--embedded', 'with kafka: librdkafka as the broker, no Kafka needed')
    .option('--suggest', 'search for the best --workers and --max-batch')
    .option('--json', 'one JSON report');
  addConfigFlags(command, 'inference');
  return addHelp(command, HELP).action(lazily(async () => (await import('../actions/bench.js')).bench));
}

function partList(text: string): ReadonlySet<BenchPart> {
  const parts = text.split(',').map((part) => part.trim());
  const isPart = (part: string): part is BenchPart => (BENCH_PARTS as readonly string[]).includes(part);
  if (!parts.every(isPart)) throw new InvalidArgumentError(`It must be of ${BENCH_PARTS.join(',')}.`);
  return new Set(parts);
}
