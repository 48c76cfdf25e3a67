import colors from 'picocolors';
import { objectsText } from '../core/found-objects';
import { percent } from '../core/percent';
import type { OutcomeObserver } from '../core/ports';
import type { Outcome, Prediction } from '../core/prediction';
import { truthName } from '../core/truth-name';

/** Prints each outcome on stdout as it becomes durable: a line for people, or NDJSON. */
export function createOutcomePrinter(json: boolean): OutcomeObserver {
  const toLine = json ? jsonLine : humanLine;
  return { onOutcomes: (outcomes) => void process.stdout.write(outcomes.map(toLine).join('')) };
}

function jsonLine(outcome: Outcome): string {
  if (outcome.kind === 'prediction') return `${JSON.stringify(outcome.prediction)}\n`;
  return `${JSON.stringify({ deadLetter: outcome.delivery.sourceId, ...outcome.rejection })}\n`;
}

function humanLine(outcome: Outcome): string {
  if (outcome.kind === 'prediction') return predictionLine(outcome.prediction);
  const { code, message } = outcome.rejection;
  return `${colors.yellow(code.padEnd(14))} ${printable(outcome.delivery.sourceId)}  ${printable(message)}\n`;
}

/** Of most labels; `T-shirt/top → Ankle boot` is longer. */
const LABEL_WIDTH = 21;

/** `Ankle boot      99.8 %  ✓  images/2/1041`; a wrong one is `Sandal → Sneaker`. Also the objects, if the model finds them. */
export function predictionLine(prediction: Prediction): string {
  const { className, confidence, correct, id, objects } = prediction;
  const label = correct === false ? `${truthName(prediction)} → ${className}` : className;
  const mark = correct === undefined ? ' ' : correct ? colors.green('✓') : colors.red('✗');
  const shown = percent(confidence, 1).padStart(7);
  const found = objects === undefined ? '' : `  ${printable(objectsText(objects))}`;
  return `${printable(label).padEnd(LABEL_WIDTH)} ${shown}  ${mark}  ${printable(id)}${found}\n`;
}

/** Control characters, line separators and bidirectional marks. */
// eslint-disable-next-line no-control-regex -- matching control characters is the purpose
const STEERING = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text from a message with every character replaced that could control the terminal. */
export function printable(text: string): string {
  return text.replace(STEERING, '·').slice(0, 200);
}
