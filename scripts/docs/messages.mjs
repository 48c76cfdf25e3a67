// docs/reference/messages.md, from the published JSON Schemas.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createReader } from './json-schema.mjs';
import { fieldTable, page } from './markdown.mjs';

const INTRODUCTION = `The JSON values of the messages that stream-infer publishes. The schemas are in \`schema/\` and part of the package.`;
const ORDER = ['prediction', 'event', 'alert', 'label'];
/** In events and alerts: the value of the predictions topic. */
const LINKS = {
  prediction: '[prediction 1](#prediction-version-1)',
  predictionV2: '[prediction 2](#prediction-version-2)',
};
const linkOf = (name) => LINKS[name];

export function messagesPage(root) {
  const folder = join(root, 'schema');
  const place = (name) => ORDER.findIndex((kind) => name.startsWith(kind));
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const sections = names
    .sort((a, b) => place(a) - place(b))
    .flatMap((name) => section(name, JSON.parse(readFileSync(join(folder, name), 'utf8'))));
  return page('Messages', INTRODUCTION, sections);
}

function section(name, schema) {
  return [
    `## ${schema.title.replace(/^stream-infer /, '')}`,
    `${schema.description} Schema: [schema/${name}](../../schema/${name}).`,
    fieldTable(schema, createReader(schema, linkOf)),
  ];
}
