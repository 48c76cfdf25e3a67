// @ts-check
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {import('stream-infer').OutgoingMessage} OutgoingMessage
 * @typedef {import('stream-infer').Header} Header
 * @typedef {{ key: Buffer | null, value: Buffer, headers: readonly Header[], timestamp: number, bytes: number }} Stored
 */

/** One topic: a folder with one line of JSON per message. The line number is the offset. */
export class FileTopic {
  /** @type {Stored[]} */
  #messages = [];
  #bytesRead = 0;
  /** The beginning of an unfinished line. */
  #rest = Buffer.alloc(0);

  /**
   * @param {string} root
   * @param {string} name
   */
  constructor(root, name) {
    this.name = name;
    this.folder = join(root, name);
    mkdirSync(join(this.folder, 'groups'), { recursive: true });
  }

  /** One past the last offset. */
  get end() {
    this.#refresh();
    return this.#messages.length;
  }

  /** @param {number} offset */
  at(offset) {
    return this.#messages[offset];
  }

  /** Appends all messages in one write. @param {readonly OutgoingMessage[]} messages */
  append(messages) {
    const lines = messages.map(({ key, value, headers, timestamp = Date.now() }) =>
      JSON.stringify({
        key: key === null ? null : Buffer.from(key).toString('base64'),
        value: value.toString('base64'),
        headers: headers.map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
        timestamp,
      }),
    );
    if (lines.length > 0) appendFileSync(this.#file, `${lines.join('\n')}\n`);
  }

  /** @param {string} group */
  groupFile(group) {
    return join(this.folder, 'groups', `${encodeURIComponent(group)}.json`);
  }

  get #file() {
    return join(this.folder, 'messages.ndjson');
  }

  /** Reads the lines that any process appended since the last time. */
  #refresh() {
    if (!existsSync(this.#file)) return;
    const file = openSync(this.#file, 'r');
    try {
      const added = Buffer.alloc(fstatSync(file).size - this.#bytesRead);
      if (added.length === 0) return;
      this.#bytesRead += readSync(file, added, 0, added.length, this.#bytesRead);
      const text = Buffer.concat([this.#rest, added]);
      const complete = text.lastIndexOf(10) + 1;
      this.#rest = text.subarray(complete);
      for (const line of text.toString('utf8', 0, complete).split('\n'))
        if (line !== '') this.#messages.push(toStored(line));
    } finally {
      closeSync(file);
    }
  }
}

/** @returns {Stored} */
function toStored(/** @type {string} */ line) {
  const { key, value, headers, timestamp } = JSON.parse(line);
  const bytes = Buffer.from(value, 'base64');
  return {
    key: key === null ? null : Buffer.from(key, 'base64'),
    value: bytes,
    headers: headers.map((/** @type {[string, string]} */ [name, text]) => [
      name,
      Buffer.from(text, 'base64'),
    ]),
    timestamp,
    bytes: bytes.length,
  };
}

/** The topics of one folder. */
export class FileTopics {
  /** @type {Map<string, FileTopic>} */
  #topics = new Map();

  /** @param {string} root */
  constructor(root) {
    this.root = root;
    mkdirSync(root, { recursive: true });
    // A mistyped path fails here, and not with the first message.
    writeFileSync(join(root, '.file-broker'), '');
  }

  /** The topic, created if it is missing. @param {string} name */
  find(name) {
    const topic = this.#topics.get(name) ?? new FileTopic(this.root, name);
    this.#topics.set(name, topic);
    return topic;
  }

  /** @param {string} name */
  has(name) {
    return readdirSync(this.root).includes(name);
  }

  /** @param {string} name */
  delete(name) {
    this.#topics.delete(name);
    rmSync(join(this.root, name), { recursive: true });
  }
}
