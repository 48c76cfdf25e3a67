import type { Delivery, Header } from '../../src/core/message';
import type { MessageSource } from '../../src/core/ports';
import { selectByHeader } from '../../src/several-models/selecting-source';

function delivery(model?: string | Buffer): Delivery {
  const headers: Header[] = model === undefined ? [] : [['Model', model]];
  return { headers } as unknown as Delivery;
}

function sourceOf(deliveries: Delivery[]) {
  const settled: Delivery[] = [];
  const source = {
    receive: async () => deliveries,
    settle: (some: readonly Delivery[]) => void settled.push(...some),
  } as unknown as MessageSource;
  return { source, settled };
}

const SHARING = ['shoes', 'bags'];
const ALL = [delivery(), delivery('shoes'), delivery(Buffer.from('bags')), delivery('hats')];

it('gives the default model its messages, those without a header, and those of unknown models', async () => {
  const { source, settled } = sourceOf(ALL);
  const taken = await selectByHeader('shoes', SHARING).only(source).receive(9, new AbortController().signal);
  expect(taken).toEqual([ALL[0], ALL[1], ALL[3]]);
  expect(settled).toEqual([ALL[2]]);
});

it('gives another model only what names it', async () => {
  const { source, settled } = sourceOf(ALL);
  const taken = await selectByHeader('bags', SHARING).only(source).receive(9, new AbortController().signal);
  expect(taken).toEqual([ALL[2]]);
  expect(settled).toEqual([ALL[0], ALL[1], ALL[3]]);
});

it('acknowledges nothing of its own', async () => {
  const { source, settled } = sourceOf([ALL[1] as Delivery]);
  const only = selectByHeader('shoes', SHARING).only(source);
  await only.receive(9, new AbortController().signal);
  expect(settled).toEqual([]);
  only.settle([ALL[1] as Delivery]);
  expect(settled).toEqual([ALL[1]]);
});

it('refuses unknown models, with the known ones', () => {
  const selection = selectByHeader('shoes', SHARING);
  expect(ALL.slice(0, 3).map((one) => selection.refuse(one))).toEqual([null, null, null]);
  expect(selection.refuse(delivery('hats'))).toEqual({
    code: 'MODEL_UNKNOWN',
    message: 'the header model is "hats"; the models of this topic are shoes, bags',
  });
});
