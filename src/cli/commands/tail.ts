import { Command, Option } from 'commander';
import { decodePrediction } from '../../codec/decode-prediction';
import { PREDICTION_READER_LIMITS } from '../../setup/prediction-reader';
import { PREDICTIONS_SUBSCRIPTION } from '../../setup/topics';
import { parseLabel } from '../../core/labels';
import { StreamInferError } from '../../core/errors';
import type { MessageSource } from '../../core/ports';
import type { Prediction } from '../../core/prediction';
import { positiveWholeNumber } from '../arguments';
import { addConfigFlags, configFrom } from '../config-flags';
import { withConnection } from '../connection';
import { predictionLine, printable } from '../print-outcomes';

const REMINDER_MS = 15_000;

interface TailOptions {
  readonly json?: boolean;
  readonly wrong?: boolean;
  readonly label?: string;
  readonly from: 'earliest' | 'latest';
  readonly limit?: number;
}

export function tailCommand(): Command {
  const command = new Command('tail')
    .description('Follow the predictions topic.')
    .option('--json', 'NDJSON, each prediction as it was published')
    .option('--wrong', 'only those that differ from a known true class')
    .option('--label <class>', 'only this class, by number or name')
    .addOption(
      new Option('--from <position>', 'where to start').choices(['earliest', 'latest']).default('latest'),
    )
    .option('--limit <n>', 'stop after n predictions', positiveWholeNumber);
  addConfigFlags(command, 'broker');
  return command
    .addHelpText(
      'after',
      `
Kafka: reads beside everybody else and commits nothing. Pub/Sub: reads and acknowledges the subscription
"${PREDICTIONS_SUBSCRIPTION}" (another one with --subscription).

Examples:
  $ stream-infer tail --broker kafka --from earliest --limit 20
  $ stream-infer tail --broker kafka --wrong --json | jq .className
  $ stream-infer tail --broker pubsub --label Bag`,
    )
    .action(async (options: TailOptions) => {
      const { config, sources } = configFrom(command, 'broker');
      const wanted = toFilter(options);
      const subscription = sources.get('input.subscription')?.startsWith('flag')
        ? config.input.subscription
        : undefined;
      await withConnection(config, async ({ broker, signal }) => {
        const source = broker.createSource({
          topic: config.output.topic,
          group: null,
          ...(config.broker === 'pubsub' && { subscription: subscription ?? PREDICTIONS_SUBSCRIPTION }),
          from: options.from,
          ...PREDICTION_READER_LIMITS,
        });
        try {
          await withReminders(source, async () => {
            await source.open(signal);
            await follow(source, wanted, options, signal);
          });
        } finally {
          await source.close();
        }
      });
    });
}

/** The log says once that a topic is missing or the broker away; whoever waits here may not have seen it. */
async function withReminders(source: MessageSource, work: () => Promise<void>): Promise<void> {
  const timer = setInterval(() => {
    const { state, reason } = source.status();
    if (state !== 'up') process.stderr.write(`still waiting: ${printable(reason ?? state)}\n`);
  }, REMINDER_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
}

async function follow(
  source: MessageSource,
  wanted: (prediction: Prediction) => boolean,
  { json, limit = Infinity }: TailOptions,
  signal: AbortSignal,
): Promise<void> {
  let shown = 0;
  while (shown < limit && !signal.aborted) {
    const deliveries = await source.receive(100, signal);
    for (const delivery of deliveries) {
      const prediction = toPrediction(delivery.value);
      if (!prediction || !wanted(prediction) || shown >= limit) continue;
      shown++;
      process.stdout.write(json ? `${String(delivery.value)}\n` : predictionLine(prediction));
    }
    source.settle(deliveries);
  }
}

function toFilter({ wrong, label }: TailOptions): (prediction: Prediction) => boolean {
  const wantedLabel = label === undefined ? undefined : parseLabel(label);
  if (label !== undefined && wantedLabel === undefined) {
    throw new StreamInferError('USAGE', `--label ${label}: expected a class, 0 to 9 or a name such as Bag`);
  }
  return (prediction) =>
    (!wrong || prediction.correct === false) &&
    (wantedLabel === undefined || prediction.label === wantedLabel);
}

/** Another program may write to the topic too: a message that is not a prediction is reported and skipped. */
function toPrediction(value: Buffer | null): Prediction | undefined {
  const read = decodePrediction(value, 'any');
  if ('value' in read) return read.value;
  process.stderr.write(
    `skipped a message that is not a prediction of schema version 1 (${printable(read.problem)})\n`,
  );
  return undefined;
}
