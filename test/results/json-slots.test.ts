import { JsonSlots } from '../../src/results/json-slots';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value));

it('gives back what was set last in each slot', () => {
  const slots = new JsonSlots(3);
  slots.set(0, encode({ id: 'a' }));
  slots.set(2, encode({ id: 'Größe 大' }));
  slots.set(0, encode(['shorter']));
  expect([slots.get(0), slots.get(2)]).toEqual([['shorter'], { id: 'Größe 大' }]);
});

it('takes values of any size, and small ones after large ones', () => {
  const slots = new JsonSlots(2);
  for (const length of [1_020, 1_022, 1_023, 100_000]) {
    slots.set(1, encode('x'.repeat(length)));
    expect(slots.get(1)).toBe('x'.repeat(length));
  }
  slots.set(1, encode('small'));
  expect(slots.get(1)).toBe('small');
});

it('keeps no view of what it was given', () => {
  const slots = new JsonSlots(2);
  for (const [slot, length] of [10, 5_000].entries()) {
    const json = encode('y'.repeat(length));
    slots.set(slot, json);
    json.fill(0);
    expect(slots.get(slot)).toBe('y'.repeat(length));
  }
});
