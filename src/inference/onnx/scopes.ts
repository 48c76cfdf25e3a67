import { StreamInferError } from '../../core/errors';
import type { LayersNetwork } from '../../models/files/model';
import { WITH_WEIGHTS } from './known-options';
import type { Weight } from './layer';
import type { LayerPart } from './parts';

type Weights = Map<string, Weight>;

/** Names of weights have a few parts; more of them are not looked at. */
const MAX_PARTS = 64;

/**
 * The weights of each layer. They are named `<layer>/<weight>`, often with names of models in front, which distinguish layers
 * of the same name in nested models. Without those prefixes, equal names are in the order of the layers.
 */
export function weightsOf(
  layers: readonly LayerPart[],
  network: LayersNetwork,
): ReadonlyMap<LayerPart, ReadonlyMap<string, Weight>> {
  const groups = groupsOf(network);
  const index = scopesByEnd(groups.keys());
  const claims = new Map<string, { score: number; layers: LayerPart[] }>();
  for (const layer of layers) {
    if (!WITH_WEIGHTS.has(layer.className)) continue;
    const best = bestScope(layer, index.get(layer.name) ?? []);
    if (!best) continue;
    const claim = claims.get(best.scope);
    if (!claim || best.score > claim.score) claims.set(best.scope, { score: best.score, layers: [layer] });
    else if (best.score === claim.score) claim.layers.push(layer);
  }
  const found = new Map<LayerPart, Weights>();
  for (const [scope, { layers: claiming }] of claims) {
    const own = groups.get(scope)!;
    if (own.length !== claiming.length) throw ambiguous(scope, own.length, claiming.length);
    claiming.forEach((layer, i) => found.set(layer, own[i]!));
  }
  return found;
}

/** By the name without its last part; several for a name that occurs several times. */
function groupsOf({ weightSpecs, weightData }: LayersNetwork): Map<string, Weights[]> {
  const groups = new Map<string, Weights[]>();
  let start = 0;
  for (const { name, shape } of weightSpecs) {
    const length = shape.reduce((product, size) => product * size, 1);
    const end = start + length * Float32Array.BYTES_PER_ELEMENT;
    if (!(end <= weightData.byteLength))
      throw new StreamInferError('MODEL_CORRUPT', `the weight ${name} lies behind the end of the weights`);
    const cut = name.lastIndexOf('/');
    const [scope, weight] = [name.slice(0, Math.max(cut, 0)), name.slice(cut + 1)];
    const ofScope = groups.get(scope) ?? [];
    const group = ofScope.find((one) => !one.has(weight)) ?? new Map<string, Weight>();
    if (group.size === 0) ofScope.push(group);
    group.set(weight, { shape, values: new Float32Array(weightData, start, length) });
    groups.set(scope, ofScope);
    start = end;
  }
  return groups;
}

/** `a/b/c` ends in `c`, `b/c` and `a/b/c`: names of layers may have slashes. */
function scopesByEnd(scopes: Iterable<string>): Map<string, string[]> {
  const byEnd = new Map<string, string[]>();
  for (const scope of scopes) {
    const parts = scope.split('/').slice(-MAX_PARTS);
    for (let i = 0; i < parts.length; i++) {
      const end = parts.slice(i).join('/');
      const found = byEnd.get(end);
      if (found) found.push(scope);
      else byEnd.set(end, [scope]);
    }
  }
  return byEnd;
}

function bestScope(
  layer: LayerPart,
  scopes: readonly string[],
): { scope: string; score: number } | undefined {
  let best: { scope: string; score: number } | undefined;
  for (const scope of scopes) {
    const score = scoreOf(layer, scope);
    if (!best || score > best.score) best = { scope, score };
  }
  return best;
}

/** Highest for a prefix that names all models around the layer; a long prefix of other models is the last choice. */
function scoreOf({ name, models }: LayerPart, scope: string): number {
  const prefix = scope.slice(0, Math.max(0, scope.length - name.length - 1));
  const parts = prefix === '' ? [] : prefix.split('/');
  let same = 0;
  while (same < parts.length && parts.at(-1 - same) === models.at(-1 - same)) same++;
  return same === parts.length ? 1 + same : (same + 1) / (parts.length + 2);
}

function ambiguous(scope: string, weights: number, layers: number): StreamInferError {
  return new StreamInferError(
    'MODEL_UNSUPPORTED',
    `the weights ${scope} occur ${weights} times, but ${layers} layers have that name; give the layers different names`,
  );
}
