import { STATUS_CODES } from 'node:http';
import type { z } from 'zod';
import type { FoundRoute } from './collect';
import { componentSchemas, toJsonSchema, type JsonSchema } from './json-schema';
import { errorMessage, problem } from '../schemas/problem';
import { TAGS, type Content, type Contents, type Operation } from './operation';

/** The OpenAPI 3.1 document of the described routes. */
export function createDocument(routes: readonly FoundRoute[], version: string): object {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { method, operation } of routes) {
    if (operation === undefined) continue;
    for (const path of operation.paths) {
      // If two routes have the same path and method, the first one answers.
      paths[path] = { [method]: toOperation(method, path, operation), ...paths[path] };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'stream-infer',
      version,
      description: 'Classify images one by one or in batches, and observe the stream.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'The value of --token; not required if none is set.',
        },
      },
    },
  };
}

function toOperation(method: string, path: string, operation: Operation): object {
  const { tag, summary, description, body, bodyOptional = false } = operation;
  const parameters = [
    ...pathParameters(path, operation),
    ...queryParameters(operation),
    ...headers(operation),
  ];
  return {
    operationId: operationId(method, path),
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    // The empty requirement is for a server without a token.
    ...(operation.open !== true && { security: [{ token: [] }, {}] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: !bodyOptional, content: toContent(body) } }),
    responses: toResponses(operation),
  };
}

function operationId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return [method, ...words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)].join('');
}

function pathParameters(path: string, { parameters = {} }: Operation): object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const parameter = parameters[name] ?? '';
    const schema = typeof parameter === 'string' ? { type: 'string', minLength: 1 } : toJsonSchema(parameter);
    const description = typeof parameter === 'string' ? parameter : parameter.description;
    return { name, in: 'path', required: true, ...(description && { description }), schema };
  });
}

function queryParameters({ query }: Operation): object[] {
  return query === undefined ? [] : fieldsOf(query).map((field) => ({ ...field, in: 'query' }));
}

function headers({ headers: read = {} }: Operation): object[] {
  return Object.entries(read).map(([name, schema]) => ({
    name,
    in: 'header',
    required: false,
    description: schema.description,
    schema: toJsonSchema(schema),
  }));
}

function fieldsOf(schema: z.ZodType): { name: string; required: boolean; schema: JsonSchema }[] {
  const { properties = {}, required = [] } = toJsonSchema(schema) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, field]) => ({
    name,
    required: required.includes(name),
    schema: field,
  }));
}

function toResponses(operation: Operation): object {
  const { status = 200, answer, also = {}, errorForm = 'problem' } = operation;
  const content: Contents =
    errorForm === 'problem' ? { 'application/problem+json': problem } : { 'application/json': errorMessage };
  const errors = [...new Set([...usualErrors(operation), ...(operation.errors ?? [])])].sort((a, b) => a - b);
  return Object.fromEntries([
    ...Object.entries({ [status]: answer, ...also }).map(([code, contents]) => [
      code,
      { description: STATUS_CODES[code], content: toContent(contents) },
    ]),
    ...errors.map((code) => [
      code,
      {
        description: STATUS_CODES[code],
        content: toContent(content),
        ...((code === 429 || code === 503) && { headers: RETRY_AFTER }),
      },
    ]),
    ...(operation.query === undefined ? [] : [TOO_LONG]),
  ]) as object;
}

/** Node's own answer, without content, to a query of more than 16 KB. */
const TOO_LONG = [431, { description: STATUS_CODES[431] }] as const;

const RETRY_AFTER = {
  'Retry-After': {
    description: 'Seconds to wait before a retry.',
    schema: { type: 'integer' },
  },
};

/** 403: foreign host name, or page of another site. 429: too many concurrent requests. */
function usualErrors({ open, unlimited, paths, body }: Operation): number[] {
  const errors = [400, 403];
  if (unlimited !== true) errors.push(429);
  if (open !== true) errors.push(401);
  if (paths.some((path) => path.includes('{'))) errors.push(404);
  return body === undefined ? errors : [...errors, 413, 415];
}

function toContent(contents: Contents): object {
  return Object.fromEntries(
    Object.entries(contents).map(([type, content]) => [type, { schema: toSchema(content) }]),
  );
}

function toSchema(content: Content): JsonSchema {
  // OpenAPI 3.1: the media type already denotes bytes.
  if (content === 'bytes') return {};
  return content === 'text' ? { type: 'string' } : toJsonSchema(content);
}
