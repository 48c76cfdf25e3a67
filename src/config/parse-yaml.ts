import {
  isAlias,
  isScalar,
  parseDocument,
  visit,
  type Document,
  type LineCounter,
  type Node,
  type YAMLMap,
} from 'yaml';
import { StreamInferError } from '../core/errors';

/** Of maps and lists in each other. */
const MOST_LEVELS = 50;
/** Characters that may begin a value. The parser takes about 10 µs for each. */
const MOST_INDICATORS = 50_000;
const INDICATORS = new Set(Buffer.from('[]{},:?&*!-\n'));

/**
 * Parses a file of settings, in linear time. Throws CONFIG_INVALID, without any text of the file: it may contain a
 * secret.
 */
export function parseYaml(text: string, name: string, lines: LineCounter): Document {
  const refused = (problem: string, place = ''): StreamInferError =>
    new StreamInferError('CONFIG_INVALID', `${name}${place}: ${problem}`);
  if (isTooMuch(text))
    throw refused(`it has more than ${MOST_INDICATORS} values, which is too much for settings`);
  const document = opensTooMuch(text) ? undefined : parsed(text, lines);
  if (document === undefined) throw refused(TOO_DEEP);
  const [error] = document.errors;
  if (error) {
    if (/call stack/.test(error.message)) throw refused(TOO_DEEP);
    const { line, col } = lines.linePos(error.pos[0]);
    throw refused(`${error.message} at line ${line}, column ${col}`);
  }
  const problem = problemIn(document);
  if (problem === undefined) return document;
  throw refused(problem.message, `, line ${lines.linePos(problem.at).line}`);
}

const TOO_DEEP = `its values are nested deeper than ${MOST_LEVELS} levels`;

/** In a single line, lists and maps are opened by these. */
const OPENED_IN_LINE = /(?:[-?:]\s){1000}/;
const MOST_OPEN = 1_000;

/** Whether so many brackets are open that the parser would exhaust the stack, at which Node itself may abort. */
function opensTooMuch(text: string): boolean {
  let open = 0;
  for (const [bracket] of text.matchAll(/(?<!\$)[[\]{}]/g)) {
    // The end of a variable was not counted at its beginning.
    open = bracket === '[' || bracket === '{' ? open + 1 : Math.max(0, open - 1);
    if (open > MOST_OPEN) return true;
  }
  return OPENED_IN_LINE.test(text);
}

/** undefined for text that is nested too deeply: the parser calls itself for each level. */
function parsed(text: string, lineCounter: LineCounter): Document | undefined {
  try {
    // Quotes from the file take long for thousands of errors, and unique keys, which are compared with all others.
    return parseDocument(text, { prettyErrors: false, uniqueKeys: false, lineCounter, merge: true });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function isTooMuch(text: string): boolean {
  let found = 0;
  for (let i = 0; i < text.length; i++) if (INDICATORS.has(text.charCodeAt(i))) found++;
  return found > MOST_INDICATORS;
}

interface Problem {
  readonly message: string;
  readonly at: number;
}

/** The first construct that has no meaning in settings, or would take the conversion to a tree too long. */
function problemIn(document: Document): Problem | undefined {
  let problem: Problem | undefined;
  const report = (node: Pick<Node, 'range'>, message: string): symbol => {
    problem = { message, at: node.range?.[0] ?? 0 };
    return visit.BREAK;
  };
  const anchors = new Set<string>();
  visit(document, {
    Node(_, node, path) {
      // A pair and its value are two.
      if (path.length > 2 * MOST_LEVELS) return report(node, TOO_DEEP);
      if (isAlias(node)) {
        if (!anchors.has(node.source)) return report(node, WITHOUT_ANCHOR);
      } else if (node.anchor !== undefined) anchors.add(node.anchor);
      return undefined;
    },
    Map(_, map, path) {
      if (path.length > 2 * MOST_LEVELS) return report(map, TOO_DEEP);
      if (map.anchor !== undefined) anchors.add(map.anchor);
      const found = keyProblem(map);
      return found ? report(found.key, found.message) : undefined;
    },
  });
  return problem;
}

/** Such as a password that begins with an asterisk. */
const WITHOUT_ANCHOR = 'text that begins with * is an alias without an anchor; put quotes around it';

function keyProblem({ items }: YAMLMap): { key: Pick<Node, 'range'>; message: string } | undefined {
  const known = new Set<unknown>();
  for (const { key } of items) {
    if (!isScalar(key))
      return { key: key as Node, message: 'a name of a setting is text, not a map, list or alias' };
    if (known.has(key.value)) return { key, message: 'a name of a setting occurs twice' };
    known.add(key.value);
  }
  return undefined;
}
