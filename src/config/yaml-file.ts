import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isMap, isScalar, isSeq, LineCounter, type Document, type Node } from 'yaml';
import { StreamInferError, messageOf } from '../core/errors';
import { own } from '../core/own';
import { readSettings } from '../core/read-settings';
import { emptyLayer, isTree, setAt, type ConfigLayer } from './layers';
import { parseYaml } from './parse-yaml';
import { whyUnreadable } from './why-unreadable';

/** The settings of a YAML or JSON file. Throws CONFIG_INVALID. */
export function readFileLayer(name: string, env: NodeJS.ProcessEnv): ConfigLayer {
  const layer = emptyLayer();
  const lines = new LineCounter();
  const { tree, root } = parseFile(name, lines);
  collect(layer, tree, [], (text) => substitute(text, env, name), name);
  noteLines(layer, root, [], (offset) => `file ${name}, line ${lines.linePos(offset).line}`);
  return layer;
}

function parseFile(
  name: string,
  lineCounter: LineCounter,
): { tree: Record<string, unknown>; root: Node | null } {
  const document = parseYaml(readText(name), name, lineCounter);
  const tree = withoutAliases(document, name) ?? {};
  if (!isTree(tree))
    throw new StreamInferError('CONFIG_INVALID', `${name}: the file must hold a map of settings`);
  return { tree, root: document.contents };
}

/** The tree of a document. Aliases that multiply without limit, or contain themselves, are errors. */
function withoutAliases(document: Document, name: string): unknown {
  try {
    const tree: unknown = document.toJS();
    JSON.stringify(tree);
    return tree;
  } catch (error) {
    throw new StreamInferError(
      'CONFIG_INVALID',
      `${name}: its aliases (*name) cannot be resolved: ${firstLine(messageOf(error))}`,
      { cause: error },
    );
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** Entries of a list have no name, so that their line is part of their source. */
function noteLines(
  layer: ConfigLayer,
  node: unknown,
  path: readonly string[],
  place: (offset: number) => string,
  inList = false,
): void {
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      const at = [...path, String(isScalar(key) ? key.value : key)];
      if (inList && isScalar(key) && key.range) layer.sources.set(at.join('.'), place(key.range[0]));
      noteLines(layer, value, at, place, inList);
    }
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const at = [...path, String(index)];
      const { range } = item as Node;
      if (range) layer.sources.set(at.join('.'), place(range[0]));
      noteLines(layer, item, at, place, true);
    }
  }
}

function readText(name: string): string {
  try {
    return readSettings(resolve(name));
  } catch (error) {
    throw new StreamInferError(
      'CONFIG_INVALID',
      `cannot read the configuration file ${name}: ${whyUnreadable(error)}; check the path given with --config`,
      { cause: error },
    );
  }
}

function collect(
  layer: ConfigLayer,
  node: unknown,
  path: readonly string[],
  expand: (text: string) => string,
  file: string,
): void {
  if (isTree(node) && (Object.keys(node).length > 0 || path.length === 0)) {
    for (const [key, child] of Object.entries(node)) collect(layer, child, [...path, key], expand, file);
    return;
  }
  setAt(layer, path, expandAll(node, expand), `file ${file}`);
}

function expandAll(node: unknown, expand: (text: string) => string): unknown {
  if (typeof node === 'string') return expand(node);
  if (Array.isArray(node)) return node.map((item) => expandAll(item, expand));
  if (!isTree(node)) return node;
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, expandAll(child, expand)]));
}

/** Expands `${VAR}`, `${VAR:-default}` and `${file:/path}`, which keep secrets out of the file. */
function substitute(text: string, env: NodeJS.ProcessEnv, file: string): string {
  let expanded = '';
  let at = 0;
  // Not by one pattern: it would search the rest of the text again for each `${` without an end.
  for (let start = text.indexOf('${'); start >= 0; start = text.indexOf('${', at)) {
    const end = text.indexOf('}', start);
    if (end < 0) break;
    expanded += text.slice(at, start) + valueOf(text.slice(start + 2, end), env, file);
    at = end + 1;
  }
  return expanded + text.slice(at);
}

function valueOf(inner: string, env: NodeJS.ProcessEnv, file: string): string {
  if (inner.startsWith('file:')) return readSecret(inner.slice('file:'.length), file);
  const match = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/.exec(inner);
  if (!match)
    throw new StreamInferError(
      'CONFIG_INVALID',
      `${file}: cannot read \${${inner}}; write \${VAR} or \${file:/path}`,
    );
  const value = own(env, match[1] as string) ?? match[2];
  if (value !== undefined) return value;
  throw new StreamInferError(
    'CONFIG_INVALID',
    `${file}: \${${inner}} is not set in the environment; set it or write \${${inner}:-default}`,
  );
}

function readSecret(path: string, file: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new StreamInferError(
      'CONFIG_INVALID',
      `${file}: cannot read the secret ${path}: ${whyUnreadable(error)}`,
      { cause: error },
    );
  }
}
