package io.ottla.broker.storage;

import io.ottla.broker.config.InvalidBrokerConfigException;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.wire.Uuid;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * Formats log directories and tells what is in them, with the commands, options, output and exit
 * codes of Kafka's kafka-storage: 0 when all is well, 1 when it is not.
 */
@Command(
    name = "ottla-storage.sh",
    description = "Formats the log directories of a node and tells what is in them.",
    sortOptions = false,
    subcommands = {
      InfoCommand.class,
      FormatCommand.class,
      VersionMappingCommand.class,
      FeatureDependenciesCommand.class,
      CommandLine.HelpCommand.class
    })
public final class StorageTool implements Runnable {

  private static final int FAILED = 1;

  @Spec private CommandSpec spec;

  private StorageTool() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new StorageTool())
        .setExecutionExceptionHandler(
            (failure, command, _) -> {
              if (failure instanceof StorageToolException
                  || failure instanceof QuorumException
                  || failure instanceof InvalidBrokerConfigException) {
                command.getErr().println(failure.getMessage());
                return FAILED;
              }
              throw failure;
            })
        .setParameterExceptionHandler(
            (failure, _) -> {
              CommandLine command = failure.getCommandLine();
              command.getErr().println(failure.getMessage());
              command.usage(command.getErr());
              return FAILED;
            });
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "which command?");
  }

  @Command(name = "random-uuid", description = "Prints a random UUID.")
  int randomUuid() {
    PrintWriter out = spec.commandLine().getOut();
    out.println(Uuid.random());
    return 0;
  }
}
