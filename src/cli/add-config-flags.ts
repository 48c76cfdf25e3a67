import { Option, type Command } from 'commander';
import { StreamInferError } from '../core/errors';
import { flagsOf, type FlagScope } from './config-flags';
import { grouped } from './flag-groups';

/** Adds `--config` and the flags of a scope. Nothing is read yet: see config-from.ts. */
export function addConfigFlags(command: Command, scope: FlagScope): Command {
  command.option('-c, --config <file>', 'configuration file (default: ./stream-infer.yaml if present)');
  for (const flag of flagsOf(scope)) command.addOption(grouped(new Option(flag.flags, flag.help)));
  refuseContradictions(command, scope);
  command.addOption(
    grouped(new Option('-X <key=value>', 'librdkafka property; repeatable')).argParser(collect),
  );
  command.addOption(grouped(new Option('--kafka-config <file>', 'Kafka client.properties file')));
  return command;
}

/** `--store <file>` and `--no-store`: commander would silently use the last one. */
function refuseContradictions(command: Command, scope: FlagScope): void {
  const given = new Map<string, string>();
  for (const { flags } of flagsOf(scope)) {
    const option = new Option(flags);
    const { long } = option;
    command.on(`option:${option.name()}`, () => {
      const first = given.get(option.attributeName()) ?? long ?? flags;
      if (first !== long)
        throw new StreamInferError('USAGE', `${first} and ${long} contradict each other; use one of them`);
      given.set(option.attributeName(), first);
    });
  }
}

function collect(value: string, previous: readonly string[] | undefined = []): string[] {
  return [...previous, value];
}
