package io.ottla.broker.logtool;

import picocli.CommandLine.Option;

/** The option of every command that shows how it is used. */
final class Help {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "this text")
  private boolean wanted;
}
