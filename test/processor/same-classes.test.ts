import { assertSameClasses } from '../../src/processor/same-classes';

const place = { path: 'a.db', shared: false };
const storeOf = (...names: [number, string][]) => ({ ...place, classNames: () => Promise.resolve(names) });

it('accepts a new store, one of the same classes, and one that does not answer', async () => {
  await assertSameClasses(storeOf(), ['cat', 'dog']);
  await assertSameClasses(storeOf([1, 'dog']), ['cat', 'dog']);
  const closed = { ...place, classNames: () => Promise.reject(new Error('closed')) };
  await assertSameClasses(closed, ['cat', 'dog']);
});

it.each([
  [[1, 'Trouser'], 'whose class 1 is Trouser, but it is dog in this model'],
  [[9, 'Ankle boot'], 'whose class 9 is Ankle boot, but it is absent in this model'],
] as [[number, string], string][])('refuses the class %j of another model', async (name, message) => {
  await expect(assertSameClasses(storeOf(name), ['cat', 'dog'])).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(message) as string,
  });
});

it('names the way to keep two models apart in one database', async () => {
  const shared = { ...storeOf([1, 'Trouser']), shared: true };
  await expect(assertSameClasses(shared, ['cat', 'dog'])).rejects.toThrow('?schema=<name>');
});
