// src/client/api.ts, from the OpenAPI document that /openapi.json serves.
import openapiTypes, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { openApiOf } from './open-api.mjs';

const HEAD = `// Written by scripts/docs.mjs from the OpenAPI document; do not edit.
`;

export async function clientTypes(root) {
  const document = JSON.parse(JSON.stringify(shorten(openApiOf(root)), withBytes));
  const nodes = await openapiTypes(document, { immutable: true, transform: bytes });
  return HEAD + withoutTags(astToString(nodes));
}

/** The generator's tags say nothing to a reader, and typedoc does not know them. */
function withoutTags(code) {
  return code
    .replaceAll('@description ', '')
    .replace(/^ *\/\*\* @(?:enum \{string\}|constant) \*\/\n/gm, '')
    .replace(/^ *\* @(?:enum \{string\}|constant)\n/gm, '');
}

/** All errors of an operation have one form: one response instead of one for each status. */
function shorten(document) {
  for (const methods of Object.values(document.paths))
    for (const operation of Object.values(methods)) {
      const responses = Object.entries(operation.responses);
      const good = responses.filter(([status]) => Number(status) < 400);
      const [, bad] = responses.find(([status]) => Number(status) >= 400) ?? [];
      operation.responses = Object.fromEntries(good);
      if (bad) operation.responses.default = { description: 'Error', content: bad.content };
    }
  return document;
}

/** OpenAPI 3.1 has no schema for bytes, and the generator knows `binary` only. */
function withBytes(key, value) {
  const isBytes = key === 'schema' && Object.keys(value).length === 0;
  return isBytes ? { type: 'string', format: 'binary' } : value;
}

function bytes(schema) {
  if (schema.format !== 'binary') return undefined;
  return ts.factory.createUnionTypeNode(
    ['Blob', 'Uint8Array'].map((name) => ts.factory.createTypeReferenceNode(name)),
  );
}
