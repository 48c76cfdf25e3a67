// docs/reference/configuration.md, from the schema of the configuration and the flags that set it.
import { createReader } from './json-schema.mjs';
import { code, page, table } from './markdown.mjs';
import { built } from './program.mjs';

const INTRODUCTION = `The keys of \`stream-infer.yaml\` (YAML or JSON). A flag wins over an environment variable, which wins over the file.
Unknown keys are errors. A duration is a number of milliseconds or text such as \`500ms\`, \`20s\`, \`5m\`.
Values may contain \`\${VAR}\`, \`\${VAR:-default}\` and \`\${file:/path}\` for secrets.
\`KAFKA_BOOTSTRAP_SERVERS\`, \`GOOGLE_CLOUD_PROJECT\`, \`SCHEMA_REGISTRY_URL\` and \`LOG_LEVEL\` set \`kafka.properties\` (\`bootstrap.servers\`), \`pubsub.project\`, \`schemaRegistry.url\` and \`log.level\`.`;

const ROUTES = `Each entry of \`output.routes\` is one route. All of its conditions must hold.`;

const RULES = `Each entry of \`alerts\` is one rule. Its \`kind\` decides which other keys it has.`;

export function configurationPage(root) {
  const { configJsonSchema } = built(root, 'config/json-schema.js');
  const { environmentName } = built(root, 'config/environment.js');
  const { CONFIG_FLAGS } = built(root, 'cli/config-flags.js');
  const schema = configJsonSchema();
  const reader = createReader(schema);
  const flagOf = (path) => {
    const flags = CONFIG_FLAGS.filter((flag) => flag.path.join('.') === path);
    const names = [...new Set(flags.map((flag) => flag.flags.split(' ')[0]))];
    const positive = names.filter((name) => !name.startsWith('--no-'));
    return (positive.length > 0 ? positive : names).map(code).join(', ');
  };
  const leaves = reader
    .fieldsOf(schema)
    .filter(({ path, schema: field }) => !field.properties && !path.includes('[]'));
  const rows = leaves.map(({ path, schema: field }) => [
    code(path),
    reader.typeOf(field),
    defaultOf(field),
    flagOf(path),
    code(environmentName(path.split('.'))),
    reader.descriptionOf(field),
  ]);
  const rules = schema.properties.alerts.items.oneOf;
  return page('Configuration', INTRODUCTION, [
    '## Settings',
    table(['key', 'type', 'default', 'flag', 'environment', 'meaning'], rows),
    '## Routes',
    ROUTES,
    ruleTable(schema.properties.output.properties.routes.items, reader),
    '## Rules',
    RULES,
    ...rules.flatMap((rule) => [`### kind: ${rule.properties.kind.const}`, ruleTable(rule, reader)]),
  ]);
}

function ruleTable(rule, reader) {
  const fields = reader.fieldsOf(rule).filter(({ path }) => path !== 'kind');
  return table(
    ['key', 'type', 'default', 'meaning'],
    fields.map(({ path, schema, required }) => [
      code(path),
      reader.typeOf(schema),
      required && schema.default === undefined ? 'required' : defaultOf(schema),
      reader.descriptionOf(schema),
    ]),
  );
}

function defaultOf({ default: value }) {
  return value === undefined ? '' : code(typeof value === 'string' ? value : JSON.stringify(value));
}
