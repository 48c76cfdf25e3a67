// The options of compare.mjs.
import { parseArgs } from 'node:util';

const DEFAULT_ROWS = ['throughput', 'latency', 'scale-out', 'batcher', 'crayfish'];
const DEFAULT_MEMORY = '2000000';

/** Throws an error with the expected values. */
export function readOptions(args, known) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rows: { type: 'string' },
      runs: { type: 'string', default: '5' },
      count: { type: 'string', default: '200000' },
      'warm-up': { type: 'string', default: '100000' },
      neighbours: { type: 'string' },
      rate: { type: 'string', default: '1000' },
      seconds: { type: 'string', default: '10' },
      precision: { type: 'string', default: 'fp32' },
      memory: { type: 'string' },
      'batcher-rates': { type: 'string', default: '500,4000' },
      'batcher-sizes': { type: 'string', default: '8,32,256' },
      'bootstrap-servers': { type: 'string' },
      markdown: { type: 'boolean', default: false },
    },
  });
  if (!['fp32', 'int8'].includes(values.precision)) throw new Error('--precision: expected fp32 or int8');
  return {
    rows: rowsOf(values, known),
    runs: positive('runs', values.runs),
    load: { warmUp: notNegative('warm-up', values['warm-up']), count: positive('count', values.count) },
    neighbours: positive('neighbours', values.neighbours ?? '1'),
    rate: positive('rate', values.rate),
    seconds: positive('seconds', values.seconds),
    memory: positive('memory', values.memory ?? DEFAULT_MEMORY),
    batcherRates: values['batcher-rates'].split(',').map((rate) => positive('batcher-rates', rate)),
    batcherSizes: values['batcher-sizes'].split(',').map((size) => positive('batcher-sizes', size)),
    servers: values['bootstrap-servers'],
    markdown: values.markdown,
    benchFlags: positionals,
  };
}

function rowsOf({ rows, memory, precision, neighbours }, known) {
  const chosen = rows?.split(',').map((row) => row.trim()) ?? DEFAULT_ROWS;
  const added = [
    precision === 'int8' && 'int8',
    neighbours !== undefined && 'neighbours',
    memory !== undefined && 'memory',
  ].filter(Boolean);
  const unknown = chosen.filter((row) => !known.includes(row));
  if (unknown.length > 0)
    throw new Error(`--rows ${unknown.join(',')}: expected a list of ${known.join(',')}`);
  return [...new Set([...chosen, ...added])];
}

function notNegative(name, text) {
  return text.trim() === '0' ? 0 : positive(name, text);
}

function positive(name, text) {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name} ${text}: expected a number above 0`);
}
