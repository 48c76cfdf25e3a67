import { scanPosition } from '../../src/cli/scan-position';

const NOW = Date.parse('2026-11-21T12:00:00Z');

describe('a position on the command line', () => {
  it.each([
    ['earliest', { at: 'beginning' }],
    ['latest', { at: 'end' }],
    ['1041', { at: 'offset', offset: 1041 }],
    [
      '0:5,2:7',
      {
        at: 'offsets',
        offsets: new Map([
          [0, 5],
          [2, 7],
        ]),
      },
    ],
    ['2h', { at: 'time', ms: NOW - 7_200_000 }],
    ['2026-11-20', { at: 'time', ms: Date.parse('2026-11-20T00:00:00Z') }],
    ['2026-11-20T10:00:00Z', { at: 'time', ms: Date.parse('2026-11-20T10:00:00Z') }],
    ['2026-11-20T10:00+02:00', { at: 'time', ms: Date.parse('2026-11-20T08:00:00Z') }],
  ])('%s', (text, position) => {
    expect(scanPosition(text, NOW)).toEqual(position);
  });

  it.each([
    '',
    'yesterday',
    '-5',
    '0:1,0:2',
    '1:',
    '2026-11-20T10:00:00',
    '2026-13-40',
    '1e3',
    '99999999999999999999',
  ])('refuses %p', (text) => {
    expect(() => scanPosition(text, NOW)).toThrow();
  });
});
