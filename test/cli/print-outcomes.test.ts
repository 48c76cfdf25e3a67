import { createOutcome } from '../helpers/services';
import { predictionLine, printable } from '../../src/cli/print-outcomes';

it('prints no character that steers the terminal or turns the line around', () => {
  expect(printable('\u001b[31mred\r\n\u009b1A')).toBe('·[31mred···1A');
  expect(printable('a\u202egnp.exe\u2066b\u2028c')).toBe('a·gnp.exe·b·c');
  expect(printable('Ärmel 靴 🥿')).toBe('Ärmel 靴 🥿');
});

it('names the true class of a wrong prediction, and the class alone of any other', () => {
  const lineOf = (label: number, truth?: number) => {
    const { prediction } = createOutcome({ label, confidence: 0.5, ...(truth !== undefined && { truth }) });
    return predictionLine({ ...prediction, ...(truth !== undefined && { truth }) });
  };
  expect(lineOf(7, 5)).toMatch(/^Sandal → Sneaker +50\.0 ?% /);
  expect(lineOf(7, 7)).toMatch(/^Sneaker +50\.0 ?% /);
  expect(lineOf(7)).toMatch(/^Sneaker +50\.0 ?% /);
});
