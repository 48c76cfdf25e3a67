import { createHash } from 'node:crypto';
import { encodeDeadLetter, encodeShrunkDeadLetter } from '../../src/codec/dead-letter';
import type { DeadLetterOutcome } from '../../src/core/prediction';
import { headerText } from '../../src/core/message';
import { makeDelivery } from '../helpers/deliveries';
import { MODEL } from '../helpers/services';

const context = { model: null, maxValueBytes: 100_000 };

function letter(
  value: Buffer | null,
  headers: readonly (readonly [string, string])[] = [],
): DeadLetterOutcome {
  return {
    kind: 'dead letter',
    delivery: makeDelivery(5, { value, headers, key: Buffer.from('key') }),
    rejection: { code: 'CORRUPT', message: 'no pixels', stage: 'decode', attempts: 2 },
  };
}

describe('a dead letter', () => {
  it('keeps the original and describes the error, its time and its origin', () => {
    const message = encodeDeadLetter(letter(Buffer.from('bytes'), [['mine', 'x']]), context);
    expect([String(message.key), String(message.value)]).toEqual(['key', 'bytes']);
    const said = Object.fromEntries(message.headers);
    expect(said).toMatchObject({
      mine: 'x',
      'error-code': 'CORRUPT',
      'error-message': 'no pixels',
      'error-stage': 'decode',
      attempts: '2',
      'source-id': 'images/0/5',
      'source-topic': 'images',
      'source-partition': '0',
      'source-offset': '5',
    });
    expect(Date.parse(String(said['failed-at']))).not.toBeNaN();
  });

  it('names the model that received it, else the active one', () => {
    const [tried, serving] = [
      { ...MODEL, version: 1 },
      { ...MODEL, version: 2 },
    ];
    const modelOf = (outcome: DeadLetterOutcome) =>
      headerText(encodeDeadLetter(outcome, { ...context, model: serving }).headers, 'model');
    expect(modelOf({ ...letter(Buffer.from('x')), model: tried })).toBe('fashion-mnist@1');
    expect(modelOf(letter(Buffer.from('x')))).toBe('fashion-mnist@2');
  });

  it('replaces what an earlier failure said', () => {
    const { headers } = encodeDeadLetter(letter(Buffer.from('x'), [['Error-Code', 'OLD']]), context);
    expect(headers.filter(([name]) => name.toLowerCase() === 'error-code')).toEqual([
      ['error-code', 'CORRUPT'],
    ]);
  });

  it('puts the error before the headers of the original, which a broker may cut off', () => {
    const { headers } = encodeDeadLetter(letter(Buffer.from('x'), [['mine', 'x']]), context);
    expect(headers.at(0)?.[0]).toBe('error-code');
    expect(headers.at(-1)?.[0]).toBe('mine');
  });

  it('cuts a value above the limit to 64 KiB and adds its length and digest', () => {
    const value = Buffer.alloc(100_001, 7);
    const message = encodeDeadLetter(letter(value), context);
    expect(message.value).toHaveLength(64 * 1024);
    expect(headerText(message.headers, 'value-length')).toBe('100001');
    expect(headerText(message.headers, 'value-sha256')).toBe(
      createHash('sha256').update(value).digest('hex'),
    );
  });

  it('keeps a value of up to 64 KiB whole, however small the limit is', () => {
    const message = encodeDeadLetter(letter(Buffer.alloc(64 * 1024)), { ...context, maxValueBytes: 500 });
    expect(message.value).toHaveLength(64 * 1024);
    expect(headerText(message.headers, 'value-length')).toBeUndefined();
  });

  it('shrinks to what any broker takes, whatever the original is', () => {
    const outcome = letter(Buffer.alloc(1e6), [['huge', 'x'.repeat(1e6)]]);
    const message = encodeShrunkDeadLetter(
      { ...outcome, delivery: { ...outcome.delivery, key: Buffer.alloc(1e6) } },
      context,
    );
    expect((message.value?.length ?? 0) + (message.key?.length ?? 0)).toBeLessThan(70_000);
    expect(headerText(message.headers, 'huge')).toBeUndefined();
    expect(headerText(message.headers, 'error-code')).toBe('CORRUPT');
  });

  it('of a tombstone has no value', () => {
    const { value, headers } = encodeDeadLetter(letter(null), context);
    expect(value).toHaveLength(0);
    expect(headerText(headers, 'value-null')).toBe('true');
  });
});
