import { printable } from '../../src/cli/print-outcomes';

it('prints no character that steers the terminal or turns the line around', () => {
  expect(printable('\u001b[31mred\r\n\u009b1A')).toBe('·[31mred···1A');
  expect(printable('a\u202egnp.exe\u2066b\u2028c')).toBe('a·gnp.exe·b·c');
  expect(printable('Ärmel 靴 🥿')).toBe('Ärmel 靴 🥿');
});
