type Json = Readonly<Record<string, unknown>>;

/**
 * A topology in the spelling that TF.js reads: Keras 3 names the input shape, data types, activations and connections
 * differently. Everything else stays as it is.
 */
export function inTfjsSpelling(modelTopology: Json): Record<string, unknown> {
  const model = modelTopology['model_config'];
  if (isRecord(model)) return { ...modelTopology, model_config: modelIn(model) };
  return { ...modelIn(modelTopology) };
}

function modelIn(model: Json): Json {
  const { config } = model;
  // Keras 2.1 and earlier wrote the list of layers itself.
  if (Array.isArray(config)) return { ...model, config: config.map(layerIn) };
  if (!isRecord(config) || !Array.isArray(config['layers'])) return model;
  return {
    ...model,
    config: {
      ...config,
      layers: config['layers'].map(layerIn),
      ...endsIn(config, 'input_layers'),
      ...endsIn(config, 'output_layers'),
    },
  };
}

function layerIn(layer: unknown): unknown {
  if (!isRecord(layer)) return layer;
  const { config, inbound_nodes: nodes } = layer;
  const own = isRecord(config) ? { config: optionsIn(config, layer['class_name']) } : {};
  const linked = Array.isArray(nodes) ? { inbound_nodes: nodes.map(nodeIn) } : {};
  return modelIn({ ...layer, ...own, ...linked });
}

function optionsIn(config: Json, className: unknown): Json {
  const { batch_shape: shape, ...others } = config;
  const { dtype, axis, activation } = others;
  return {
    ...others,
    ...(shape !== undefined && { batch_input_shape: shape }),
    ...(isRecord(dtype) && { dtype: policyOf(dtype) }),
    ...(isFunction(activation) && { activation: activation.config }),
    ...(className === 'BatchNormalization' &&
      Array.isArray(axis) &&
      axis.length === 1 && { axis: axis[0] as unknown }),
  };
}

/** A policy of Keras 3: its name, or the object itself for an unknown one. */
function policyOf(dtype: Json): unknown {
  const { class_name: className, config } = dtype;
  return className === 'DTypePolicy' && isRecord(config) ? config['name'] : dtype;
}

/** A built-in activation, not a layer and not a function of the user. */
function isFunction(activation: unknown): activation is { config: string } {
  if (!isRecord(activation)) return false;
  const { class_name: className, config, registered_name: registered } = activation;
  return className === 'function' && typeof config === 'string' && (registered ?? 'function') === 'function';
}

/** Keras 3 writes a call as an object with tensors anywhere inside. */
function nodeIn(node: unknown): unknown {
  return isRecord(node) ? tensorsIn(node).map((history) => [...history, {}]) : node;
}

function tensorsIn(value: unknown): unknown[][] {
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  if (!isRecord(value)) return [];
  const { class_name: className, config } = value;
  const history = isRecord(config) ? config['keras_history'] : undefined;
  if (className === '__keras_tensor__' && Array.isArray(history)) return [history];
  return Object.values(value).flatMap(tensorsIn);
}

/** Keras 3 writes a single input or output without the list around it. */
function endsIn(config: Json, key: string): Json {
  const ends = config[key];
  return Array.isArray(ends) && typeof ends[0] === 'string' ? { [key]: [ends] } : {};
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
