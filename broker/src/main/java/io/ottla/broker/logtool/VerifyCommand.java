package io.ottla.broker.logtool;

import io.ottla.log.inspect.DirectoryVerifier;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checks directories; a line for each problem, on standard output, and how much was looked at. */
@Command(
    name = "verify",
    description =
        "Checks log directories, or single partitions: checksums, offsets, epochs, indexes,"
            + " snapshots, checkpoints. The broker must not run.",
    sortOptions = false)
final class VerifyCommand implements Callable<Integer> {

  @Option(
      names = "--compacted",
      description =
          "gaps between offsets are no problem; they never are in the broker's own topics, and in"
              + " those that cleaner-offset-checkpoint names")
  private boolean compacted;

  @Parameters(arity = "1..*", paramLabel = "DIR")
  private List<Path> directories;

  @Mixin private Help help;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    DirectoryVerifier verifier = new DirectoryVerifier(compacted, out::println);
    directories.forEach(verifier::verify);
    spec.commandLine()
        .getErr()
        .println(verifier.summary() + ", " + verifier.problems() + " problems");
    out.flush();
    return verifier.problems() == 0 ? 0 : LogTool.FAILED;
  }
}
