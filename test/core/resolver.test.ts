import { chainResolvers, type Answer, type MessageValue, type ValueResolver } from '../../src/core/resolver';

const never = new AbortController().signal;
const message: MessageValue = { value: Buffer.from('a'), headers: [['x', '1']] };

function answering(answer: (message: MessageValue) => Answer): ValueResolver {
  return { resolve: answer };
}

/** Appends a letter. */
function appending(letter: string, about: { id?: string; contentType?: string } = {}): ValueResolver {
  return answering(({ value }) => ({
    kind: 'resolved',
    value: Buffer.concat([value ?? Buffer.alloc(0), Buffer.from(letter)]),
    ...about,
  }));
}

describe('a chain of resolvers', () => {
  it('is absent without any, and the only one itself', () => {
    const only = appending('b');
    expect(chainResolvers([])).toBeUndefined();
    expect(chainResolvers([only])).toBe(only);
  });

  it('gives each resolver what the one before made of the message', async () => {
    const seen: MessageValue[] = [];
    const chain = chainResolvers([
      appending('b', { id: 'first', contentType: 'text/x' }),
      answering((given) => {
        seen.push(given);
        return null;
      }),
      answering((given) => Promise.resolve(appending('c').resolve(given, never))),
    ]);
    const answer = await chain?.resolve(message, never);
    expect(seen).toEqual([{ value: Buffer.from('ab'), headers: message.headers, contentType: 'text/x' }]);
    expect(answer).toEqual({ kind: 'resolved', value: Buffer.from('abc'), id: 'first', label: undefined });
  });

  it('answers at once where every resolver does, and with null where none changes anything', () => {
    const none = answering(() => null);
    expect(chainResolvers([none, none])?.resolve(message, never)).toBeNull();
  });

  it('ends with the first refusal or postponement', async () => {
    const later = jest.fn(() => null);
    const refusal = { kind: 'refused', code: 'EMPTY', message: 'no' } as const;
    const postponed = { kind: 'postponed', reason: 'it is down' } as const;
    expect(chainResolvers([answering(() => refusal), answering(later)])?.resolve(message, never)).toBe(
      refusal,
    );
    const chain = chainResolvers([answering(async () => postponed), answering(later)]);
    expect(await chain?.resolve(message, never)).toBe(postponed);
    expect(later).not.toHaveBeenCalled();
  });
});
