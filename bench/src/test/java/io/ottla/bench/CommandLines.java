package io.ottla.bench;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Reads command lines for tests as {@link BenchRun#main} does. */
public final class CommandLines {

  private CommandLines() {}

  /**
   * Fills the options from the arguments.
   *
   * @return the options given
   * @throws picocli.CommandLine.ParameterException if they do not take these arguments
   */
  public static <T extends RunOptions> T parse(T options, String... arguments) {
    CommandLine commandLine = new CommandLine(CommandSpec.create());
    commandLine.getCommandSpec().addMixin("options", CommandSpec.forAnnotatedObject(options));
    var _ = commandLine.setCaseInsensitiveEnumValuesAllowed(true).parseArgs(arguments);
    return options;
  }
}
