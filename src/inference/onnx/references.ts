import { isRecord } from './json';
import { unsupported } from './layer';

/** An output of a layer or nested model, at one of its calls. */
export interface Reference {
  readonly name: string;
  readonly call: number;
  readonly tensor: number;
}

/** A layer as an error names it. */
interface Named {
  readonly name: string;
  readonly className: string;
}

/** Lists inside lists; models have at most 3. */
const MAX_DEPTH = 8;

/** Arguments of a call without effect at inference. */
const WITHOUT_EFFECT = ['training', 'mask'];

/**
 * The inputs of each call of a layer. Keras 2 and TF.js write a call as `[["name", 0, 0, {}], …]`, Keras 3 as an object
 * with `args` and `kwargs`. Throws MODEL_UNSUPPORTED for a call with other arguments.
 */
export function inputsByCall(inboundNodes: unknown, layer: Named): Reference[][] {
  if (inboundNodes === undefined || inboundNodes === null) return [];
  if (!Array.isArray(inboundNodes)) throw unsupported(layer, 'has no list of inputs');
  return inboundNodes.map((node: unknown) => inputsOf(node, layer));
}

/** Inputs or outputs of a model: one reference, a list of them, or an object of named ones. */
export function referencesIn(value: unknown, layer: Named): { key?: string; reference: Reference }[] {
  if (isRecord(value)) {
    return Object.entries(value).map(([key, one]) => ({ key, reference: referenceIn(one, layer) }));
  }
  if (isReference(value)) return [{ reference: referenceIn(value, layer) }];
  if (!Array.isArray(value)) throw unsupported(layer, 'has no list of inputs and outputs');
  return value.map((one: unknown) => ({ reference: referenceIn(one, layer) }));
}

function inputsOf(node: unknown, layer: Named): Reference[] {
  if (Array.isArray(node)) {
    const inputs: readonly unknown[] = isReference(node) ? [node] : node;
    return inputs.map((one) => referenceIn(one, layer));
  }
  if (!isRecord(node)) throw unsupported(layer, 'has no list of inputs');
  assertNoEffect(node['kwargs'], layer);
  return tensorsIn(node['args'], layer, 0);
}

/** Keras 3 writes an input as an object, alone or in lists. */
function tensorsIn(value: unknown, layer: Named, depth: number): Reference[] {
  if (depth > MAX_DEPTH) throw unsupported(layer, `has inputs in more than ${MAX_DEPTH} lists`);
  if (Array.isArray(value)) return value.flatMap((one) => tensorsIn(one, layer, depth + 1));
  const history =
    isRecord(value) && value['class_name'] === '__keras_tensor__' && isRecord(value['config'])
      ? value['config']['keras_history']
      : undefined;
  if (history === undefined) throw unsupported(layer, `has the argument ${JSON.stringify(value)}`);
  return [referenceIn(history, layer)];
}

function referenceIn(value: unknown, layer: Named): Reference {
  if (!isReference(value)) throw unsupported(layer, 'has an input without a name and numbers');
  const [name, call, tensor, options] = value;
  assertNoEffect(options, layer);
  return { name, call, tensor };
}

function isReference(
  value: unknown,
): value is [name: string, call: number, tensor: number, options: unknown] {
  return (
    Array.isArray(value) &&
    typeof value[0] === 'string' &&
    Number.isInteger(value[1]) &&
    Number.isInteger(value[2])
  );
}

function assertNoEffect(options: unknown, layer: Named): void {
  if (!isRecord(options)) return;
  for (const [option, value] of Object.entries(options)) {
    if (value !== null && !WITHOUT_EFFECT.includes(option))
      throw unsupported(layer, `is called with ${option} ${JSON.stringify(value)}`);
  }
}
