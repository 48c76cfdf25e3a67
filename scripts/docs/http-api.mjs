// docs/reference/http-api.md, from the OpenAPI document that /openapi.json serves.
import { createReader } from './json-schema.mjs';
import { code, fieldTable, page, table } from './markdown.mjs';
import { openApiOf } from './open-api.mjs';

const INTRODUCTION = `A running process serves this description as OpenAPI 3.1 at \`/openapi.json\`, and as a page at \`/docs\`.
With \`--token\`, every operation not marked *open* needs \`Authorization: Bearer <token>\`.
Errors are RFC 9457 problem documents with one of the [error codes](error-codes.md).`;

export function httpApiPage(root) {
  const document = openApiOf(root);
  const { schemas } = document.components;
  const reader = createReader(document, (name) =>
    name in schemas ? `[${name}](#${name.toLowerCase()})` : undefined,
  );
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const groups = document.tags.flatMap(({ name, description }) => [
    `## ${name[0].toUpperCase()}${name.slice(1)}`,
    description,
    ...operations.filter(({ operation }) => operation.tags.includes(name)).map((one) => section(one, reader)),
  ]);
  const objects = Object.entries(schemas).map(([name, schema]) => objectSection(name, schema, reader));
  return page('HTTP API', INTRODUCTION, [...groups, '## Objects', ...objects]);
}

function section({ path, method, operation }, reader) {
  const open = operation.security === undefined ? ' *(open)*' : '';
  const parts = [
    `### ${code(`${method.toUpperCase()} ${path}`)}`,
    `${operation.summary}.${open}`,
    operation.description ?? '',
    parameterTable(operation.parameters ?? [], reader),
    bodyText(operation.requestBody, reader),
    answersText(operation.responses, reader),
  ];
  return parts.filter(Boolean).join('\n\n');
}

function parameterTable(parameters, reader) {
  if (parameters.length === 0) return '';
  const rows = parameters.map(({ name, in: place, schema, description, required }) => [
    `${code(name)}${required && place !== 'path' ? ' (required)' : ''}`,
    place,
    reader.typeOf(schema),
    schema.default === undefined ? '' : code(JSON.stringify(schema.default)),
    description ?? reader.descriptionOf(schema),
  ]);
  return table(['parameter', 'in', 'type', 'default', 'meaning'], rows);
}

function bodyText(body, reader) {
  if (body === undefined) return '';
  const text = `Body${body.required ? '' : ' (optional)'}: ${contentText(body.content, reader)}`;
  return [text, inlineFields(body.content, reader)].filter(Boolean).join('\n\n');
}

function answersText(responses, reader) {
  const all = Object.entries(responses);
  const good = all.filter(([status]) => Number(status) < 400);
  const bad = all.filter(([status]) => Number(status) >= 400).map(([status]) => status);
  const answers = good.map(([status, { content = {} }]) =>
    `${status} ${contentText(content, reader)}`.trim(),
  );
  const text = `Answers: ${answers.join('; ')}${bad.length > 0 ? `; errors ${bad.join(', ')}` : ''}`;
  return [text, inlineFields(good[0]?.[1].content ?? {}, reader)].filter(Boolean).join('\n\n');
}

/** Media types, with the link to an object of its own where a schema has one. */
function contentText(content, reader) {
  const types = Object.entries(content).map(([type, { schema = {} }]) => {
    const isObject = reader.namedBy(schema) !== undefined || reader.resolve(schema).type === 'array';
    return isObject ? `${code(type)} (${reader.typeOf(schema)})` : code(type);
  });
  return types.join(', ');
}

function inlineFields(content, reader) {
  const schema = content['application/json']?.schema;
  return schema === undefined || reader.namedBy(schema) !== undefined ? '' : fieldTable(schema, reader);
}

function objectSection(name, schema, reader) {
  const text = reader.descriptionOf(schema);
  const fields = fieldTable(schema, reader) || `Type: ${reader.typeOf(schema)}`;
  return [`### ${name}`, text, fields].filter(Boolean).join('\n\n');
}
