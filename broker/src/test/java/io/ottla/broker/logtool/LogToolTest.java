package io.ottla.broker.logtool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** How the tool ends, and where it says why. */
class LogToolTest {

  @TempDir Path dir;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void whatIsWholeEndsWell() throws IOException {
    Path file = dir.resolve("meta.properties");
    Files.writeString(file, "version=1\ncluster.id=c\nnode.id=1\n");
    assertThat(run("dump", file.toString())).isZero();
    assertThat(out.toString()).contains("cluster.id=c");
    assertThat(run("verify", dir.toString())).isZero();
    assertThat(err.toString()).contains("0 partitions, 0 batches, 0 bytes, 0 problems");
  }

  @Test
  void everyProblemIsALineAndTheExitCodeSaysSo() throws IOException {
    Path partition = Files.createDirectory(dir.resolve("orders-0"));
    Path file = partition.resolve("00000000000000000000.log");
    Files.writeString(file, "this is no batch, however long it may be: ".repeat(10));
    assertThat(run("dump", file.toString(), dir.resolve("none").toString())).isEqualTo(1);
    assertThat(out.toString()).contains("\n! position 0: ").contains("\n! there is no such file");
    assertThat(run("verify", dir.toString())).isEqualTo(1);
    assertThat(out.toString())
        .contains(file + ": position 0: this is no batch")
        .contains("has no meta.properties");
  }

  @Test
  void whatIsNotUnderstoodIsSaid() {
    assertThat(run()).isEqualTo(2);
    assertThat(run("dump")).isEqualTo(2);
    assertThat(run("mend", "x")).isEqualTo(2);
    assertThat(err.toString()).contains("which command?").contains("mend");
  }

  @Test
  void helpIsGivenToWhoAsks() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("dump").contains("verify");
    assertThat(run("dump", "--help")).isZero();
    assertThat(run("verify", "-h")).isZero();
    assertThat(out.toString()).contains("ottla-log.sh dump").contains("ottla-log.sh verify");
    assertThat(err.toString()).isEmpty();
  }

  private int run(String... arguments) {
    CommandLine command = LogTool.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(arguments);
  }
}
