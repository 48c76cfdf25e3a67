import { assertSameClasses } from '../../src/processor/same-classes';

const storeOf = (...names: [number, string][]) => ({ classNames: () => Promise.resolve(names) });

it('accepts a new store, one of the same classes, and one that does not answer', async () => {
  await assertSameClasses(storeOf(), ['cat', 'dog'], 'a.db');
  await assertSameClasses(storeOf([1, 'dog']), ['cat', 'dog'], 'a.db');
  const closed = { classNames: () => Promise.reject(new Error('closed')) };
  await assertSameClasses(closed, ['cat', 'dog'], 'a.db');
});

it.each([
  [[1, 'Trouser'], 'whose class 1 is Trouser, but it is dog in this model'],
  [[9, 'Ankle boot'], 'whose class 9 is Ankle boot, but it is absent in this model'],
] as [[number, string], string][])('refuses the class %j of another model', async (name, message) => {
  await expect(assertSameClasses(storeOf(name), ['cat', 'dog'], 'a.db')).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(message) as string,
  });
});
