/** Reads a pasted `client.properties` file: Java's or librdkafka's, including lines for other programs. */
import { MASKED_KAFKA_PROPERTIES, SHOWN_KAFKA_PROPERTIES } from '../../core/kafka-properties';
import { closest } from '../../core/suggest';
import { completed, fromHandler, HANDLER_KEYS, split } from './identity/pasted';
import { throwIfAny } from './issues';
import { isJavaCipherList, NOT_USED, STORE_KEYS, TRANSLATIONS } from './java-keys';
import { parseJavaProperties, type JavaProperty } from './java-properties';
import { brokenPromise } from './promises';
import { translateKeystore, translateTruststore } from './stores';

/** Several times as many as a Kafka client has. */
const MOST_ENTRIES = 1_000;

export interface ClientProperties {
  /** librdkafka's names. */
  readonly properties: Record<string, string>;
  /** Settings of stream-infer by dotted path: the identity that the file is meant for. */
  readonly settings: Record<string, string>;
  /** Ignored lines, each as `key (line 7)` or `key (line 7: why)`. Never contains values. */
  readonly ignored: readonly string[];
}

/**
 * Ignores lines that have no meaning for a Kafka client, and lines of readers or producers that would break a
 * delivery guarantee. Throws CONFIG_INVALID with the line of every problem that prevents a connection, and of
 * probable typing errors.
 */
export function parseClientProperties(text: string): ClientProperties {
  const issues: string[] = [];
  const ignored: string[] = [];
  const found: Record<string, string> = {};
  const stores = new Map<string, string>();
  const attempt = (place: string, action: () => Record<string, string>): void => {
    try {
      Object.assign(found, action());
    } catch (error) {
      issues.push(`${place}: ${(error as Error).message}`);
    }
  };
  const entries = parseJavaProperties(text);
  if (entries.length > MOST_ENTRIES)
    throwIfAny('client.properties', [`it has ${entries.length} properties; check that it is such a file`]);
  for (const entry of entries) {
    const { key, value, line } = entry;
    const reason = whyIgnored(entry);
    if (STORE_KEYS.has(key)) stores.set(key, value);
    else if (reason !== undefined)
      ignored.push(`${shownName(key)} (line ${line}${reason === '' ? '' : `: ${reason}`})`);
    else if (isCutOff(value))
      issues.push(
        `line ${line}, ${key}: the PEM ends here; end each of its lines except the last with a backslash`,
      );
    else attempt(`line ${line}, ${key}`, () => translate(entry));
  }
  attempt(placeOf(entries, 'ssl.keystore.location'), () => translateKeystore(stores));
  attempt(placeOf(entries, 'ssl.truststore.location'), () => translateTruststore(stores));
  attempt(placeOfIdentity(entries), () => completed(found));
  throwIfAny('client.properties', issues);
  return { ...split(found), ignored };
}

function placeOf(entries: readonly JavaProperty[], key: string): string {
  return `line ${entries.findLast((entry) => entry.key === key)?.line ?? 0}, ${key}`;
}

function placeOfIdentity(entries: readonly JavaProperty[]): string {
  const keys = ['sasl.jaas.config', 'sasl.mechanism', 'sasl.mechanisms'];
  const known = keys.find((key) => entries.some((entry) => entry.key === key));
  return placeOf(entries, known ?? 'sasl.mechanism');
}

function translate({ key, value }: JavaProperty): Record<string, string> {
  const own = TRANSLATIONS.get(key);
  if (own !== undefined) return own(value);
  if (isKnown(key)) return { [key]: value };
  throw new Error(`no such property; did you mean ${mistypedFor(key)}?`);
}

/** Why a line is ignored, possibly empty; undefined for a line that is used. */
function whyIgnored({ key, value }: JavaProperty): string | undefined {
  const reason = NOT_USED.get(key) ?? brokenPromise(key, value);
  if (reason !== undefined) return reason;
  if (HANDLER_KEYS.has(key) && fromHandler(value) === undefined) return 'a Java class';
  if (key === 'ssl.cipher.suites' && isJavaCipherList(value))
    return 'OpenSSL has other names for its ciphers';
  if (TRANSLATIONS.has(key) || isKnown(key)) return undefined;
  return mistypedFor(key) === undefined ? '' : undefined;
}

/** The rest of a value that was pasted over several lines may be the secret itself. */
function shownName(key: string): string {
  return NAME.test(key) || NOT_USED.has(key) ? key : 'a line without a known name';
}

const NAME = /^[a-z0-9_]+(?:[.-][a-z0-9_]+)+$/;

function isCutOff(value: string): boolean {
  return value.includes('-----BEGIN') && !value.includes('-----END');
}

function isKnown(key: string): boolean {
  return SHOWN_KAFKA_PROPERTIES.has(key) || MASKED_KAFKA_PROPERTIES.has(key);
}

/** More would match many unrelated keys. */
const MOST_MISTAKES = 2;

const KNOWN_NAMES: readonly string[] = [
  ...SHOWN_KAFKA_PROPERTIES,
  ...MASKED_KAFKA_PROPERTIES,
  ...TRANSLATIONS.keys(),
  ...STORE_KEYS,
];

function mistypedFor(key: string): string | undefined {
  return closest(key, KNOWN_NAMES, MOST_MISTAKES);
}
