import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml';
import { StreamInferError, messageOf } from '../core/errors';
import { emptyLayer, isTree, setAt, type ConfigLayer } from './layers';
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
  const document = parseDocument(readText(name), { prettyErrors: true, lineCounter, merge: true });
  const [error] = document.errors;
  // Only the first line: the others quote the file, which may contain a secret.
  if (error)
    throw new StreamInferError('CONFIG_INVALID', `${name}: ${firstLine(error.message).replace(/:$/, '')}`);
  const tree = withoutAliases(document, name, lineCounter) ?? {};
  if (!isTree(tree))
    throw new StreamInferError('CONFIG_INVALID', `${name}: the file must hold a map of settings`);
  return { tree, root: document.contents };
}

/** The tree of a document. Aliases that multiply without limit, or contain themselves, are errors. */
function withoutAliases(document: Document, name: string, lines: LineCounter): unknown {
  assertAnchored(document, name, lines);
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

/** Rejects an alias without an anchor, such as a password that begins with an asterisk. Only its line is reported. */
function assertAnchored(document: Document, name: string, lines: LineCounter): void {
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      const line = lines.linePos(alias.range?.[0] ?? 0).line;
      throw new StreamInferError(
        'CONFIG_INVALID',
        `${name}, line ${line}: text that begins with * is an alias without an anchor; put quotes around it`,
      );
    },
  });
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
    return readFileSync(resolve(name), 'utf8');
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
  return text.replace(/\$\{([^}]*)\}/g, (whole, inner: string) => {
    if (inner.startsWith('file:')) return readSecret(inner.slice('file:'.length), file);
    const match = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/.exec(inner);
    if (!match)
      throw new StreamInferError(
        'CONFIG_INVALID',
        `${file}: cannot read ${whole}; write \${VAR} or \${file:/path}`,
      );
    const value = env[match[1] as string] ?? match[2];
    if (value !== undefined) return value;
    throw new StreamInferError(
      'CONFIG_INVALID',
      `${file}: ${whole} is not set in the environment; set it or write \${${inner}:-default}`,
    );
  });
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
