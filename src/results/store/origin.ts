import type { PredictionConditions } from '../view';

/** Topic, partition and model of a prediction. */
export interface PredictionOrigin {
  readonly topic: string;
  readonly partition: number | null;
  readonly model: string;
  readonly version: number;
  readonly key: string | null;
}

/** Stored for messages of a broker without partitions: NULLs are never equal in a unique index. */
export const NO_PARTITION = -1;
const MODEL_AT = Buffer.from(',"model":{');
const TIMING_AT = Buffer.from(',"timing":{');

/** Reads the few members that are columns, without parsing the scores of every class. */
export function originOf(json: Uint8Array): PredictionOrigin {
  const body = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  const from = body.indexOf(MODEL_AT);
  const to = body.indexOf(TIMING_AT, from);
  const text = from < 0 || to < 0 ? body.toString() : `{${body.toString('utf8', from + 1, to)}}`;
  const { model, source } = JSON.parse(text) as {
    readonly model: { readonly name: string; readonly version: number };
    readonly source: Pick<PredictionOrigin, 'topic' | 'partition' | 'key'>;
  };
  const { topic, partition, key } = source;
  return { topic, partition, key, model: model.name, version: model.version };
}

/** Conditions on the table `origins`; null without any. */
export function originConditions({
  topic,
  partition,
  model,
}: PredictionConditions): { readonly sql: string; readonly values: readonly (string | number)[] } | null {
  const given = [
    ['topic', topic],
    ['partition', partition],
    ['model', model?.name],
    ['version', model?.version],
  ].filter((condition): condition is [string, string | number] => condition[1] !== undefined);
  if (given.length === 0) return null;
  return {
    sql: given.map(([column]) => `${column} = ?`).join(' AND '),
    values: given.map(([, value]) => value),
  };
}
