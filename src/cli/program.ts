import { Command, CommanderError } from 'commander';
import { alertsCommand } from './commands/alerts';
import { benchCommand } from './commands/bench';
import { classifyCommand } from './commands/classify';
import { cleanCommand } from './commands/clean';
import { completeCommand, completionCommand } from './commands/completion';
import { configCommand } from './commands/config';
import { demoCommand } from './commands/demo';
import { dlqCommand } from './commands/dlq';
import { doctorCommand } from './commands/doctor';
import { evaluateCommand } from './commands/evaluate';
import { helpCommand } from './commands/help';
import { modelsCommand } from './commands/models';
import { publishCommand } from './commands/publish';
import { replayCommand } from './commands/replay';
import { runCommand } from './commands/run';
import { serveCommand } from './commands/serve';
import { tailCommand } from './commands/tail';
import { topicsCommand } from './commands/topics';
import { trainCommand } from './commands/train';
import { fail, EXIT } from './exit';
import { endWhenOutputCloses } from './standard-output';
import { packageVersion } from './version';

const EXAMPLES = `
Examples:
  $ stream-infer                                   in-memory demo, page on http://localhost:8080
  $ stream-infer --broker kafka --bootstrap-servers localhost:9092 --create-topics
  $ stream-infer --broker pubsub --project my-project
  $ stream-infer publish --broker kafka --start 0 --end 100 --with-truth
  $ stream-infer tail --broker kafka --wrong
  $ stream-infer classify shirt.png

stream-infer help <command> tells more of one command; run is meant when none is named.`;

export function createProgram(): Command {
  const program = new Command('stream-infer')
    .description(
      'Classify a stream of images from Kafka or Pub/Sub with a TensorFlow.js model, and watch it live.',
    )
    .version(packageVersion(), '-V, --version')
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError()
    .showHelpAfterError('(stream-infer --help lists commands, stream-infer help run the flags of run)')
    .enablePositionalOptions();
  program.addCommand(runCommand(), { isDefault: true });
  const others = [
    demoCommand,
    publishCommand,
    tailCommand,
    serveCommand,
    replayCommand,
    classifyCommand,
    trainCommand,
    evaluateCommand,
    modelsCommand,
    benchCommand,
    dlqCommand,
    alertsCommand,
    topicsCommand,
    cleanCommand,
    configCommand,
    doctorCommand,
    completionCommand,
  ];
  for (const create of others) program.addCommand(create());
  program.addCommand(completeCommand(), { hidden: true });
  for (const command of withSubcommands(program)) {
    if (command.commands.length > 0) command.helpCommand(false).addCommand(helpCommand());
  }
  for (const command of withSubcommands(program)) {
    command.exitOverride();
    command.configureOutput({
      outputError: (text, write) => write(withoutValue(text.replace(/^error: /, 'error USAGE: '))),
    });
  }
  return program;
}

/** commander repeats an unknown flag with its value: of `--tokn=…`, a token. */
function withoutValue(text: string): string {
  return text.replace(/(unknown option '--?[^=']*)=[^]*?'(?=$|\n)/m, "$1'");
}

/** Parses and runs one command; ends by itself, with the exit code set. */
export async function runCli(argv: readonly string[]): Promise<void> {
  endWhenOutputCloses();
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    else fail(error);
  }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
