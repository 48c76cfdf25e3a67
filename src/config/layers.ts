/** Settings from one place, as a tree like the configuration file, and where each of them was found. */
export interface ConfigLayer {
  readonly values: Record<string, unknown>;
  /** Dotted path → place, for messages and `config print --sources`. */
  readonly sources: Map<string, string>;
}

/** No setting is as deep; a name may have many more dots. */
const MOST_LEVELS = 50;

/** Trees have no prototype, so that a key such as `__proto__` is an unknown setting like any other. */
export function emptyLayer(): ConfigLayer {
  return { values: Object.create(null) as Record<string, unknown>, sources: new Map() };
}

/** Puts a value at a path of a layer and notes its source. */
export function setAt(layer: ConfigLayer, path: readonly string[], value: unknown, source: string): void {
  let node = layer.values;
  for (const part of path.slice(0, -1)) node = childOf(node, part);
  node[path.at(-1) as string] = value;
  layer.sources.set(path.join('.'), source);
}

/** One tree out of several; a later layer wins setting by setting. */
export function mergeLayers(layers: readonly ConfigLayer[]): ConfigLayer {
  const merged = emptyLayer();
  for (const layer of layers) {
    mergeInto(merged.values, layer.values);
    // A list is taken as a whole: where the parts of the old one stood does not matter any more.
    for (const known of merged.sources.keys()) {
      if (outerPaths(known).some((path) => layer.sources.has(path))) merged.sources.delete(known);
    }
    for (const [path, source] of layer.sources) merged.sources.set(path, source);
  }
  return merged;
}

/** `alerts.0.name` is in `alerts.0`, which is in `alerts`. */
function outerPaths(path: string): string[] {
  const outer: string[] = [];
  for (let dot = path.indexOf('.'); dot >= 0 && outer.length < MOST_LEVELS; dot = path.indexOf('.', dot + 1))
    outer.push(path.slice(0, dot));
  return outer;
}

function mergeInto(target: Record<string, unknown>, from: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(from)) {
    if (isTree(value)) mergeInto(childOf(target, key), value);
    else target[key] = value;
  }
}

function childOf(node: Record<string, unknown>, key: string): Record<string, unknown> {
  const existing = Object.hasOwn(node, key) ? node[key] : undefined;
  if (isTree(existing)) return existing;
  const child = emptyLayer().values;
  node[key] = child;
  return child;
}

export function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
