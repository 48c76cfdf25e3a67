import type { Command } from 'commander';
import { readsBySubscription } from '../../config/broker';
import { PREDICTIONS_SUBSCRIPTION } from '../../config/topics';
import { decodePrediction } from '../../codec/decode-prediction';
import { PREDICTION_READER_LIMITS } from '../../setup/prediction-reader';
import type { Config } from '../../config/schema';
import type { MessageSource } from '../../core/ports';
import type { Prediction } from '../../core/prediction';
import { configFrom } from '../config-from';
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

export async function tail(options: TailOptions, command: Command): Promise<void> {
  const { config, sources } = configFrom(command, 'broker');
  const wanted = toFilter(options);
  const subscription = sources.get('input.subscription')?.startsWith('flag')
    ? config.input.subscription
    : undefined;
  await withConnection(config, async ({ broker, signal }) => {
    const source = broker.createSource({
      topic: config.output.topic,
      group: null,
      ...(readsBySubscription(config) && { subscription: subscription ?? PREDICTIONS_SUBSCRIPTION }),
      from: options.from,
      ...PREDICTION_READER_LIMITS,
    });
    try {
      await withReminders(source, async () => {
        process.stderr.write(`${waitingFor(config, options)}\n`);
        await source.open(signal);
        await follow(source, wanted, options, signal);
      });
    } finally {
      await source.close();
    }
  });
}

/** `waiting for wrong predictions of Bag in the topic predictions of kafka, from now on; Ctrl-C ends` */
function waitingFor({ broker, output }: Config, { wrong, label, from }: TailOptions): string {
  const which = `${wrong === true ? 'wrong ' : ''}predictions${label === undefined ? '' : ` of ${printable(label)}`}`;
  const start = from === 'latest' ? 'from now on' : 'from the oldest on';
  return `waiting for ${which} in the topic ${output.topic} of ${broker}, ${start}; Ctrl-C ends`;
}

/** Repeats why nothing arrives: the log reports a missing topic or broker only once. */
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

/** The class names are the model's, which may change while the command runs: each prediction is compared with the text. */
function toFilter({ wrong, label }: TailOptions): (prediction: Prediction) => boolean {
  const wanted = label?.trim().toLowerCase();
  const isWanted = ({ label: number, className }: Prediction) =>
    wanted === undefined || className.toLowerCase() === wanted || String(number) === wanted;
  return (prediction) => (!wrong || prediction.correct === false) && isWanted(prediction);
}

/** Undefined for a message of another program, which is reported and skipped. */
function toPrediction(value: Buffer | null): Prediction | undefined {
  const read = decodePrediction(value);
  if ('value' in read) return read.value;
  process.stderr.write(
    `skipped a message that is not a prediction of schema version 1 or 2 (${printable(read.problem)})\n`,
  );
  return undefined;
}
