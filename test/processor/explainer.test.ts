import { setTimeout as sleep } from 'node:timers/promises';
import type { ExplainedImage } from '../../src/core/occlusion';
import type { ModelDescription } from '../../src/core/model-description';
import { Explainer } from '../../src/processor/explainer';
import { FASHION_MNIST_DESCRIPTION } from '../helpers/model-description';
import { MODEL } from '../helpers/services';

const EXPLAINED: ExplainedImage = {
  enlarged: new Uint8Array(1),
  occlusion: Uint8Array.of(7),
  finding: { score: 0.123_456_78, lowest: 0, regions: [1, 0, 0, 0, 0, 0, 0, 0, 0] },
};
const PIXELS = new Uint8Array(784);

/** A model whose answers wait for `done`. */
function createModel(description: ModelDescription = FASHION_MNIST_DESCRIPTION) {
  const asked: { pixels: number; label: number; done: () => void }[] = [];
  const derive = (pixels: Uint8Array, label: number) =>
    new Promise<ExplainedImage>((resolve) =>
      asked.push({ pixels: pixels.length, label, done: () => resolve(EXPLAINED) }),
    );
  return { asked, router: { derive, description, model: MODEL } };
}

it('computes one map at a time', async () => {
  const { asked, router } = createModel();
  const explainer = new Explainer(() => router);
  const first = explainer.explain(PIXELS, 3);
  const second = explainer.explain(PIXELS, 5);
  await sleep(5);
  expect(asked).toMatchObject([{ pixels: 784, label: 3 }]);
  asked[0]!.done();
  expect(await first).toEqual({
    heatMap: EXPLAINED.occlusion,
    model: MODEL,
    score: 0.123457,
    lowest: 0,
    regions: EXPLAINED.finding.regions,
  });
  await sleep(5);
  expect(asked[1]).toMatchObject({ pixels: 784, label: 5 });
  asked[1]!.done();
  await second;
});

it('does not wait forever, and a request that gave up keeps nobody out', async () => {
  const { asked, router } = createModel();
  const explainer = new Explainer(() => router, 10);
  const first = explainer.explain(PIXELS, 3);
  await expect(explainer.explain(PIXELS, 4)).rejects.toMatchObject({ code: 'OVERLOADED' });
  asked[0]!.done();
  await first;
  const third = explainer.explain(PIXELS, 5);
  await sleep(5);
  expect(asked.map(({ label }) => label)).toEqual([3, 5]);
  asked[1]!.done();
  await third;
});

it('refuses before the model is loaded, and for a model that finds objects', async () => {
  await expect(new Explainer(() => undefined).explain(PIXELS, 0)).rejects.toMatchObject({
    code: 'NOT_READY',
  });
  const { router } = createModel({
    ...FASHION_MNIST_DESCRIPTION,
    output: { ...FASHION_MNIST_DESCRIPTION.output, objects: {} as never },
  });
  await expect(new Explainer(() => router).explain(PIXELS, 0)).rejects.toMatchObject({
    code: 'MODEL_UNSUPPORTED',
  });
});
