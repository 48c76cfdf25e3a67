import { beyondLimits, countFields, measureJson } from '../../src/codec/json-limits';

const LIMITS = { depth: 3, fields: 4, values: 10 };
const beyond = (text: string) => beyondLimits(Buffer.from(text), LIMITS);

it.each([
  '',
  'null',
  '[[[1]]]',
  '[[1],[2],[3]]',
  '{"a":{"b":{"c":0}}}',
  '{"a":1,"b":2,"c":3,"d":4}',
  '[1,2,3,4,5,6,7,8]',
  '{"[[[[[[{{{{":"::::::,,,,,,,,,,,,"}',
  '["\\"[[[[[","\\\\","[[[["]',
  '"no end [[[[[[',
])('accepts %s', (text) => {
  expect(beyond(text)).toBeUndefined();
});

it.each([
  ['[[[[1]]]]', /deeper than 3 levels/],
  ['{"a":[{"b":[1]}]}', /deeper than 3 levels/],
  ['["\\\\",[[[1]]]]', /deeper than 3 levels/],
  ['{"a":1,"b":2,"c":3,"d":4,"e":5}', /more than 4 fields/],
  ['[{"a":1,"b":1},{"a":1,"b":1,"c":1}]', /more than 4 fields/],
  ['[1,2,3,4,5,6,7,8,9,10]', /more than 10 values/],
  ['[[],[],[],[],[],[]]', /more than 10 values/],
])('stops %s', (text, reason) => {
  expect(beyond(text)).toMatch(reason);
});

describe('fields of the text and of the parsed value', () => {
  const limits = { depth: 32, fields: 100, values: 100 };
  const lostFields = (json: string) =>
    measureJson(Buffer.from(json), limits).fields - countFields(JSON.parse(json));

  it.each([
    ['{"a":1,"a":2}'],
    ['{"a":1,"b":{"c":1,"c":2}}'],
    ['[{"a":1},{"a":1,"\\u0061":1}]'],
    ['{"a\\"":1,"a\\"":2}'],
    ['{"__proto__":1,"__proto__":2}'],
  ])('differ for a duplicate name: %s', (json) => {
    expect(lostFields(json)).toBe(1);
  });

  it.each([
    ['{"a" : "a", "b":"a:"}'],
    ['{"a":{"a":{"a":["a","a"]}}}'],
    ['{"a":"\\\\","b":"\\"","c":",","d":null}'],
    ['{"__proto__":{"a":1},"toString":2}'],
    ['[[{"a":1}],{"a":[]}]'],
    ['"a"'],
  ])('are equal otherwise: %s', (json) => {
    expect(lostFields(json)).toBe(0);
  });
});
