/** Items in random order, with at most `window` of them in memory: an item moves by about the size of the window. */
export async function* shuffled<T>(items: AsyncIterable<T>, window: number): AsyncGenerator<T> {
  const held: T[] = [];
  for await (const item of items) {
    if (held.push(item) > window) yield takeAny(held);
  }
  while (held.length > 0) yield takeAny(held);
}

function takeAny<T>(held: T[]): T {
  const at = Math.floor(Math.random() * held.length);
  const taken = held[at] as T;
  held[at] = held.at(-1) as T;
  held.pop();
  return taken;
}
