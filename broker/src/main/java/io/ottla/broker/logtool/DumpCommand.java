package io.ottla.broker.logtool;

import io.ottla.log.inspect.FileDump;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Prints what is in files. Fails if one of them is damaged; the line that says so begins with !.
 */
@Command(
    name = "dump",
    description =
        "Shows what is in files: segments (.log), indexes, producer snapshots, checkpoints,"
            + " partition.metadata, meta.properties.",
    sortOptions = false)
final class DumpCommand implements Callable<Integer> {

  @Option(names = "--records", description = "records too, not only their batches")
  private boolean records;

  @Parameters(arity = "1..*", paramLabel = "FILE")
  private List<Path> files;

  @Mixin private Help help;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    FileDump dump = new FileDump(spec.commandLine().getOut(), records, new InternalRecordText());
    boolean whole = true;
    for (Path file : files) {
      whole &= dump.dump(file);
    }
    return whole ? 0 : LogTool.FAILED;
  }
}
