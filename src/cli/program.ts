import { Command, CommanderError } from 'commander';
import { alertsCommand } from './commands/alerts';
import { benchCommand } from './commands/bench';
import { classifyCommand } from './commands/classify';
import { cleanCommand } from './commands/clean';
import { ctlCommand } from './commands/ctl';
import { completeCommand, completionCommand } from './commands/completion';
import { configCommand } from './commands/config';
import { demoCommand } from './commands/demo';
import { dlqCommand } from './commands/dlq';
import { doctorCommand } from './commands/doctor';
import { evaluateCommand } from './commands/evaluate';
import { helpCommand } from './commands/help';
import { labelsCommand } from './commands/labels';
import { modelsCommand } from './commands/models';
import { publishCommand } from './commands/publish';
import { replayCommand } from './commands/replay';
import { runCommand } from './commands/run';
import { serveCommand } from './commands/serve';
import { tailCommand } from './commands/tail';
import { topicsCommand } from './commands/topics';
import { trainCommand } from './commands/train';
import { fail, EXIT } from './exit';
import { helpLayout, hiddenFlags } from './help-layout';
import { addHelp } from './help-text';
import { programName, runnable } from './program-name';
import { endWhenOutputCloses } from './standard-output';
import { withSuggestion } from './unknown-flag';
import { packageVersion } from './version';

const HELP = `
Examples:
  $ stream-infer              in-memory demo, page on http://localhost:8080
  $ stream-infer --broker kafka --create-topics    Kafka on localhost:9092
  $ stream-infer --broker pubsub --project my-project
  $ stream-infer publish --broker kafka --start 0 --end 100 --with-truth
  $ stream-infer tail --broker kafka --wrong
  $ stream-infer classify shirt.png

The default command is run. For the help of a command:
  $ stream-infer help <command>`;

/**
 * Declares every command and flag. The module of a command's action is loaded when it runs.
 *
 * @param name the command that starts this program, for the help
 * @param all whether the help has rarely used flags, too
 */
export function createProgram(name = programName(), all = true): Command {
  const program = new Command(name)
    .description('Classify a stream of images from Kafka or Pub/Sub with a TensorFlow.js model.')
    .version(packageVersion(), '-V, --version')
    .showSuggestionAfterError(false)
    .showHelpAfterError(
      runnable('(stream-infer --help lists the commands, stream-infer help run the flags of run)', name),
    )
    .enablePositionalOptions();
  addHelp(program, HELP);
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
    ctlCommand,
    labelsCommand,
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
    command.configureHelp(helpLayout(all));
    if (!all) pointToAllFlags(command);
    command.configureOutput({
      outputError: (text, write) => write(withSuggestion(text, command)),
    });
  }
  return program;
}

/** Parses and runs one command, and sets the exit code. */
export async function runCli(argv: readonly string[]): Promise<void> {
  endWhenOutputCloses();
  try {
    await createProgram(programName(), argv.includes('--all')).parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    else fail(error);
  }
}

/** Commands with many flags show the common ones. */
function pointToAllFlags(command: Command): void {
  const hidden = hiddenFlags(command);
  if (hidden > 0) addHelp(command, `\n${hidden} more flags: stream-infer ${command.name()} --help --all`);
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
