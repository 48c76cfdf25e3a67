import { own } from '../../core/own';
import { isTrainingOnly } from '../../models/files/own/network/scaling';
import { ANY_OPTIONS, customProblem, optionProblem } from '../layer-options';
import { KNOWN_OPTIONS } from './known-options';
import { unsupported, type Layer } from './layer';
import type { LayerPart, ModelPart, Output, PartsReader } from './parts';
import type { Reference } from './references';

/** One use of a layer. A shared layer has several. */
export interface Call {
  readonly layer: Layer;
  readonly inputs: readonly Call[];
}

/** One use of a model: its parts at the inputs that it is called with. */
interface Scope {
  readonly model: ModelPart;
  readonly inputs: readonly Call[];
  readonly calls: Map<string, Call>;
  readonly scopes: Map<string, Scope>;
}

/** A hostile file could call nested models of nested models that often that it would never end. */
const MAX_CALLS = 50_000;
const MAX_INPUTS = 1000;

/** Follows an output back to the input, through the models inside the model. */
export class CallsBuilder {
  #count = 0;
  readonly #firstCalls = new Map<ModelPart, number>();

  constructor(
    private readonly reader: PartsReader,
    private readonly layers: ReadonlyMap<LayerPart, Layer>,
  ) {}

  /** The call that computes an output of the model. */
  build(model: ModelPart, { reference }: Output): Call {
    return this.#resolve(this.#scope(model, []), reference);
  }

  /** With an own stack: a model may have thousands of layers in a row. */
  #resolve(scope: Scope, wanted: Reference): Call {
    const stack = [wanted];
    const open = new Set<string>();
    for (let reference = stack.at(-1); reference; reference = stack.at(-1)) {
      const key = keyOf(reference);
      const inputs = scope.calls.has(key) ? [] : this.#inputsOf(scope, reference);
      const missing = inputs.filter((one) => !scope.calls.has(keyOf(one)));
      if (missing.some((one) => open.has(keyOf(one))))
        throw this.reader.corrupt(`the layer ${reference.name} is one of its own inputs`);
      if (missing.length > 0) {
        open.add(key);
        stack.push(...missing);
        continue;
      }
      if (!scope.calls.has(key)) scope.calls.set(key, this.#call(scope, reference, inputs));
      open.delete(key);
      stack.pop();
    }
    return scope.calls.get(keyOf(wanted))!;
  }

  #inputsOf({ model }: Scope, reference: Reference): readonly Reference[] {
    const part = model.parts.get(reference.name);
    if (!part) throw this.reader.corrupt(`there is no layer ${reference.name}, which is an input`);
    if (model.inputs.has(reference.name)) return [];
    const inputs = part.calls[this.#callOf(model, reference)];
    if (!inputs) throw this.reader.corrupt(`the layer ${part.name} has no call ${reference.call}`);
    if (inputs.length > MAX_INPUTS) throw this.reader.unusable(`a layer has more than ${MAX_INPUTS} inputs`);
    return inputs;
  }

  #call(scope: Scope, reference: Reference, references: readonly Reference[]): Call {
    if (++this.#count > MAX_CALLS) throw this.reader.unusable(`it uses more than ${MAX_CALLS} layers`);
    const part = scope.model.parts.get(reference.name)!;
    const inputs = references.map((one) => scope.calls.get(keyOf(one))!);
    if (part.kind === 'layer') return this.#layerCall(scope, part, inputs, reference);
    const key = `${reference.name}\n${this.#callOf(scope.model, reference)}`;
    const inner = scope.scopes.get(key) ?? this.#scope(part, inputs);
    scope.scopes.set(key, inner);
    const output = part.outputs[reference.tensor];
    if (!output) throw this.reader.corrupt(`the model ${part.name} has no output ${reference.tensor}`);
    return this.#resolve(inner, output.reference);
  }

  #layerCall(scope: Scope, part: LayerPart, inputs: readonly Call[], reference: Reference): Call {
    const layer = this.layers.get(part) ?? { ...part, weights: new Map() };
    assertSupported(layer, part);
    if (reference.tensor !== 0) throw this.reader.corrupt(`the layer ${part.name} has one output only`);
    const position = scope.model.inputs.get(reference.name);
    if (position !== undefined) return scope.inputs[position] ?? { layer, inputs: [] };
    const returnsInput = part.className === 'InputLayer' || isTrainingOnly(part.className);
    if (!returnsInput) return { layer, inputs };
    if (inputs.length === 1) return inputs[0]!;
    throw unsupported(layer, `has ${inputs.length} inputs`);
  }

  #scope(model: ModelPart, inputs: readonly Call[]): Scope {
    if (inputs.length > 0 && inputs.length !== model.inputs.size)
      throw this.reader.corrupt(`the model ${model.name} is called with ${inputs.length} inputs`);
    return { model, inputs, calls: new Map(), scopes: new Map() };
  }

  #callOf(model: ModelPart, { name, call }: Reference): number {
    const part = model.parts.get(name);
    return part?.kind === 'model' ? call - this.#firstCall(model, part) : call;
  }

  /**
   * Keras counts the calls of a nested model from 1: building it was the call 0, which is not written. TF.js counts from 0.
   * A single call is found by any number.
   */
  #firstCall(model: ModelPart, part: ModelPart): number {
    const known = this.#firstCalls.get(part);
    if (known !== undefined) return known;
    const all = [...model.parts.values()].flatMap(({ calls }) => calls.flat());
    const used = [...all, ...model.outputs.map(({ reference }) => reference)]
      .filter(({ name }) => name === part.name)
      .map(({ call }) => call);
    const first = used.reduce((least, call) => Math.min(least, call), Infinity);
    const last = used.reduce((most, call) => Math.max(most, call), 0);
    if (last - first >= part.calls.length)
      throw this.reader.corrupt(`the calls of the model ${part.name} are not numbered in a row`);
    const from = last >= part.calls.length ? last - part.calls.length + 1 : 0;
    this.#firstCalls.set(part, from);
    return from;
  }
}

function keyOf({ name, call, tensor }: Reference): string {
  return `${name}\n${call}\n${tensor}`;
}

function assertSupported(layer: Layer, { config, entry }: LayerPart): void {
  const { className } = layer;
  const known = isTrainingOnly(className) ? ANY_OPTIONS : own(KNOWN_OPTIONS, className);
  if (!known) throw unsupported(layer, `is not one of ${Object.keys(KNOWN_OPTIONS).join(', ')}`);
  const problem = customProblem(entry) ?? optionProblem(config, known);
  if (problem !== undefined) throw unsupported(layer, problem);
}
