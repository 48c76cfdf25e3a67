import { prettyLine } from '../../src/setup/pretty-line';

it('is one line with the fields of the event', () => {
  const line = {
    level: 40,
    time: 1,
    msg: 'Kafka does not answer; retrying',
    reason: 'refused: a "b"',
    tries: 3,
  };
  expect(prettyLine(line)).toBe('Kafka does not answer; retrying  reason="refused: a \\"b\\""  tries=3');
  expect(prettyLine({ msg: 'x', list: ['a', 'b c'], text: 'two\nlines', absent: undefined })).toBe(
    'x  list=["a","b c"]  text="two\\nlines"',
  );
});

it('needs more lines for the stack of an error only', () => {
  expect(prettyLine({ msg: 'failed', err: { message: 'm', stack: 'Error: m\n    at here' } })).toBe(
    'failed\n    Error: m\n        at here',
  );
});
