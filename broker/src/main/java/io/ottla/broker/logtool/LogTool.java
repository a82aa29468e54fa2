package io.ottla.broker.logtool;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * Shows what is in the files of a stopped broker, Ottla or Kafka, and finds what is wrong with
 * them. Reads only. Exits with 0 when all is well, 1 when something is not, 2 when it was not
 * understood.
 */
@Command(
    name = "ottla-log.sh",
    description = "Reads the log directories of a stopped broker.",
    sortOptions = false,
    subcommands = {DumpCommand.class, VerifyCommand.class, CommandLine.HelpCommand.class})
public final class LogTool implements Runnable {

  static final int FAILED = 1;

  @Spec private CommandSpec spec;

  @Mixin private Help help;

  private LogTool() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new LogTool());
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "which command?");
  }
}
