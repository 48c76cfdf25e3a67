import { z } from 'zod';
import type { AcrossProblem } from './across-problem';
import { duration } from './duration-schema';

const text = z.string().min(1);
/** Text that fits a header of a request. */
const headerText = z.string().regex(/^[\x20-\x7e]*$/, 'expected printable ASCII text');

export const schemaRegistrySchema = z
  .strictObject({
    url: text
      .optional()
      .describe('Address of a Schema Registry; several of the same registry are separated by commas.'),
    username: text.optional().describe('User of the registry, or the key of an API key.'),
    password: z.string().optional().describe('Password of that user, or the secret of the key.'),
    token: headerText.min(1).optional().describe('Bearer token of each request to the registry.'),
    headers: z
      .record(z.string().regex(/^[\w-]+$/, 'expected the name of a header'), headerText)
      .default({})
      .describe('Further headers of each request to the registry.'),
    timeout: duration
      .prefault('5s')
      .refine((ms) => ms >= 100 && ms <= 30_000, 'a time-out is at least 100ms and at most 30s')
      .describe('Time limit of one request to the registry.'),
    register: z
      .boolean()
      .default(true)
      .describe('Whether the schema of the predictions is registered; otherwise it must be there.'),
  })
  .prefault({});

const path = z
  .string()
  .max(200)
  .regex(/^[^.\s]+(\.[^.\s]+)*$/, 'expected names separated by dots, such as payload.bytes');

/** Fields of the records with a registered schema. */
export const inputSchemaSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('Whether values with a registered schema are decoded, with schemaRegistry.url.'),
    image: path
      .optional()
      .describe(
        'Field of the image, such as payload.bytes; image, data or payload if absent, or the only field of bytes.',
      ),
    id: path.optional().describe('Field of the id; id if absent.'),
    label: path.optional().describe('Field of the true class; label if absent.'),
  })
  .prefault({});

interface RegistrySection {
  readonly schemaRegistry: z.output<typeof schemaRegistrySchema>;
  readonly input: { readonly schema: z.output<typeof inputSchemaSchema> };
  readonly output: { readonly schema?: string | undefined; readonly format: string };
}

/** Contradictions in the settings of the registry. Messages never show the address, which may hold a secret. */
export function registryProblems({
  schemaRegistry: registry,
  input,
  output,
}: RegistrySection): AcrossProblem[] {
  if (registry.url === undefined) return withoutRegistry(registry, input.schema, output.schema);
  const problems = registry.url.split(',').flatMap((one) => addressProblem(one.trim()));
  if (registry.password !== undefined && registry.username === undefined)
    problems.push({ path: 'schemaRegistry.username', message: 'there is a password without it; set it' });
  if (registry.token !== undefined && registry.username !== undefined)
    problems.push({ path: 'schemaRegistry.token', message: 'username is set too; remove one of them' });
  if (output.schema !== undefined && output.format === 'cloudevents')
    problems.push({
      path: 'output.schema',
      message: 'a structured CloudEvent has no registered schema; use output.headers: cloudevents',
    });
  return problems;
}

function addressProblem(address: string): AcrossProblem[] {
  const url = URL.canParse(address) ? new URL(address) : null;
  const problem = (message: string) => [{ path: 'schemaRegistry.url', message }];
  if (url === null || !/^https?:$/.test(url.protocol))
    return problem('expected an http or https address, such as http://localhost:8081');
  if (url.username !== '' || url.password !== '')
    return problem('the address holds credentials; put them into schemaRegistry.username and password');
  if (url.search !== '' || url.hash !== '') return problem('the address has a query; remove it');
  return [];
}

/** Otherwise the setting would be ignored without a word. */
function withoutRegistry(
  registry: RegistrySection['schemaRegistry'],
  { image, id, label }: RegistrySection['input']['schema'],
  format: string | undefined,
): AcrossProblem[] {
  const { username, password, token } = registry;
  const given = {
    'output.schema': format,
    ...{ 'input.schema.image': image, 'input.schema.id': id, 'input.schema.label': label },
    ...{
      'schemaRegistry.username': username,
      'schemaRegistry.password': password,
      'schemaRegistry.token': token,
    },
  };
  const first = Object.entries(given).find(([, value]) => value !== undefined);
  if (first === undefined) return [];
  return [{ path: first[0], message: 'it needs a Schema Registry; set schemaRegistry.url (http://…)' }];
}
