import { ID_AT } from '../core/batch-prediction';
import type { PredictionConditions } from './view';

/** Whether the JSON of a prediction meets a condition. */
export type Mark = (json: Buffer) => boolean;

const PREDICTED_AT = '"predictedAt":"';

/**
 * The conditions that the columns cannot answer, as comparisons of bytes. A quote within a text is escaped, so none of
 * these patterns occurs in a text, such as the name of a class.
 */
export function marksOf(conditions: PredictionConditions): Mark[] {
  const { id, ids, from, to, topic, partition, key, model } = conditions;
  const marks: Mark[] = [];
  if (id !== undefined) marks.push(startsWith(JSON.stringify(id).slice(0, -1)));
  if (ids !== undefined) marks.push(any(ids.map((one) => startsWith(JSON.stringify(one)))));
  if (topic !== undefined)
    marks.push(contains(`"topic":${JSON.stringify(topic)},"partition":${partition ?? ''}`));
  else if (partition !== undefined) marks.push(contains(`,"partition":${partition},"offset":`));
  if (key !== undefined) marks.push(contains(`,"key":${JSON.stringify(key)},"timestamp":`));
  if (model !== undefined)
    marks.push(contains(`"model":{"name":${JSON.stringify(model.name)},"version":${model.version ?? ''}`));
  if (from !== undefined || to !== undefined) marks.push(within(from ?? -Infinity, to ?? Infinity));
  return marks;
}

function startsWith(text: string): Mark {
  const start = Buffer.from(text);
  return (json) =>
    json.length >= ID_AT + start.length &&
    json.compare(start, 0, start.length, ID_AT, ID_AT + start.length) === 0;
}

/** A number at the end of the pattern must end there too. */
function contains(text: string): Mark {
  const part = Buffer.from(text);
  const endsInNumber = /\d$/.test(text);
  return (json) => {
    const at = json.indexOf(part);
    return at >= 0 && !(endsInNumber && isDigit(json[at + part.length]));
  };
}

function any(marks: readonly Mark[]): Mark {
  return (json) => marks.some((mark) => mark(json));
}

function within(from: number, to: number): Mark {
  return (json) => {
    const at = json.lastIndexOf(PREDICTED_AT) + PREDICTED_AT.length;
    const time = Date.parse(json.toString('latin1', at, json.indexOf(0x22, at)));
    return time >= from && time < to;
  };
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
