const ALL = ['kafka', 'tfjsNode'];
/** What in the arguments or in a setting asks for a part. */
const ASKS = { kafka: /\bkafka\b|--embedded\b/, tfjsNode: /\btfjs-node\b/ };
/** Commands that need no native part unless something asks for it. */
const LIGHT = ['run', 'demo', 'classify', 'models', 'config', 'completion', 'help'];

/**
 * The native parts that the program needs before it starts; the others can follow while it runs. A command that is not
 * known to need less needs all, and so does a configuration file, which is not read here.
 *
 * @param args arguments of the program
 * @param env environment variables, which can contain settings
 * @param hasConfigFile whether the folder has a configuration file
 */
export function partsFor(args, env, hasConfigFile) {
  const command = args[0]?.startsWith('-') ? 'run' : (args[0] ?? 'run');
  const isConfigured = hasConfigFile || args.some((arg) => /^(?:-c|--config)(?:$|=)/.test(arg));
  if (isConfigured || !LIGHT.includes(command)) return ALL;
  const settings = Object.entries(env).filter(([name]) => name.startsWith('STREAM_INFER_'));
  const text = [...args, ...settings.map(([, value]) => value)].join(' ');
  return ALL.filter((part) => ASKS[part].test(text));
}
