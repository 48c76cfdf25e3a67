import { beyondLimits } from '../../src/codec/json-limits';

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
])('lets %s pass', (text) => {
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
