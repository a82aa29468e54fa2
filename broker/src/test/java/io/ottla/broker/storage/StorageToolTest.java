package io.ottla.broker.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.quorum.MetadataStorage;
import io.ottla.metadata.quorum.Voter;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.server.common.MetadataVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class StorageToolTest {

  private static final String CLUSTER = "4L6g3nShT-eMCtK--X86sw";

  @TempDir Path temporary;

  /** What a run of the tool printed, and its exit code. */
  private record Run(int exitCode, String out, String err) {}

  @Test
  void printsRandomIds() {
    Run run = run("random-uuid");
    assertThat(run.exitCode()).isZero();
    assertThat(Uuid.parse(run.out().strip())).isNotEqualTo(Uuid.ZERO);
    assertThat(run("random-uuid").out()).isNotEqualTo(run.out());
  }

  @Test
  void formatsANodeWhoseVotersAreListed() throws Exception {
    Path file = combined("controller.quorum.voters=1@localhost:9093,2@other:9093,3@third:9093");
    Run run = run("format", "-t", CLUSTER, "-c", file.toString());
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .isEqualTo(
            "Formatting data directory %s with metadata.version 4.3-IV0.%n"
                    .formatted(temporary.resolve("data"))
                + "Formatting metadata directory %s with metadata.version 4.3-IV0.%n"
                    .formatted(temporary.resolve("metadata")));
    MetadataStorage storage = open(file);
    assertThat(storage.clusterId()).isEqualTo(CLUSTER);
    assertThat(storage.firstVoters(self(storage)))
        .extracting(Voter::nodeId)
        .containsExactly(1, 2, 3);
    assertThat(storage.firstFeatures())
        .containsEntry("metadata.version", (short) 30)
        .doesNotContainKey("kraft.version");

    Run info = run("info", "-c", file.toString());
    assertThat(info.exitCode()).isZero();
    assertThat(info.out())
        .startsWith("Found log directories:%n  ".formatted() + temporary.resolve("data"))
        .contains("Found metadata: {cluster.id=" + CLUSTER + ", directory.id=")
        .contains(", node.id=1, version=1}");
  }

  @Test
  void formatsTheOnlyVoterOfAQuorumThatMayGrow() throws Exception {
    Path file = combined("controller.quorum.bootstrap.servers=one:9093,two:9093");
    Run run = run("format", "-t", CLUSTER, "-c", file.toString(), "--standalone", "-r", "4.0");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("Formatting dynamic metadata voter directory")
        .contains("with metadata.version 4.0-IV3.");
    MetadataStorage storage = open(file);
    Voter self = self(storage);
    assertThat(storage.firstVoters(self))
        .singleElement()
        .satisfies(
            voter -> {
              assertThat(voter.directoryId()).isEqualTo(self.directoryId());
              assertThat(voter.address()).isEqualTo(new HostPort("localhost", 9093));
            });
    assertThat(storage.firstFeatures())
        .containsEntry("metadata.version", (short) 25)
        .containsEntry("kraft.version", (short) 1)
        .doesNotContainKey("share.version");
  }

  @Test
  void formatsTheFirstVotersOfACluster() throws Exception {
    Path file = combined("controller.quorum.bootstrap.servers=one:9093,two:9093");
    Uuid own = Uuid.random();
    String controllers = "1@one:9093:" + own + ",2@[::1]:9093:" + Uuid.random();
    assertThat(run("format", "-t", CLUSTER, "-c", file.toString(), "-I", controllers).exitCode())
        .isZero();
    MetadataStorage storage = open(file);
    assertThat(self(storage).directoryId()).isEqualTo(own);
    assertThat(storage.firstVoters(self(storage)))
        .hasToString("[" + controllers.replace(",", ", ") + "]");
  }

  @Test
  void formatsANodeThatIsAddedLater() throws Exception {
    Path file = combined("controller.quorum.bootstrap.servers=one:9093,two:9093");
    Run run = run("format", "-t", CLUSTER, "-c", file.toString(), "-N");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("Formatting dynamic metadata directory");
    MetadataStorage storage = open(file);
    assertThat(storage.firstVoters(self(storage))).isEmpty();
  }

  @Test
  void formatsAMereBroker() throws Exception {
    Path file =
        write(
            "process.roles=broker",
            "node.id=7",
            "listeners=PLAINTEXT://localhost:9092",
            "controller.quorum.bootstrap.servers=one:9093",
            "log.dirs=" + temporary.resolve("data"));
    assertThat(run("format", "-t", CLUSTER, "-c", file.toString()).exitCode()).isZero();
    assertThat(open(file).clusterId()).isEqualTo(CLUSTER);
    assertFails("only use --standalone on a controller", "-g", "-c", file.toString(), "-s");
  }

  @Test
  void passesOverWhatIsFormattedWhenAskedTo() throws Exception {
    Path file = combined("controller.quorum.voters=1@localhost:9093");
    run("format", "-t", CLUSTER, "-c", file.toString());
    Run again = run("format", "-t", CLUSTER, "-c", file.toString());
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err())
        .startsWith("Log directory " + temporary.resolve("data") + " is already formatted.");
    Run ignoring = run("format", "-t", CLUSTER, "-c", file.toString(), "--ignore-formatted");
    assertThat(ignoring.exitCode()).isZero();
    assertThat(ignoring.out())
        .isEqualTo("All of the log directories are already formatted.%n".formatted());
    Run other = run("format", "-t", Uuid.random().toString(), "-c", file.toString(), "-g");
    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.err()).startsWith("Invalid cluster.id in: ");
  }

  @Test
  void refusesWhatDoesNotFit() throws Exception {
    String dynamic = combined("controller.quorum.bootstrap.servers=a:9093,b:9093").toString();
    assertFails("you must specify one of the following: --standalone", "-c", dynamic);
    assertFails("--add-scram is not supported", "-c", dynamic, "-N", "-S", "x");
    assertFails("Cannot set kraft.version to 0", "-c", dynamic, "-N", "-f", "kraft.version=0");
    assertFails("Unsupported feature: nonsense", "-c", dynamic, "-N", "-f", "nonsense=1");
    assertFails("equals sign not found", "-c", dynamic, "-N", "-f", "nonsense");
    assertFails("No feature:group.version", "-c", dynamic, "-N", "-f", "group.version=9");
    assertFails("is not final", "-c", dynamic, "-N", "-r", "4.4");
    assertFails("Unknown metadata.version '9.9'", "-c", dynamic, "-N", "-r", "9.9");
    assertFails(
        "to avoid ambiguity", "-c", dynamic, "-N", "-r", "4.0", "-f", "metadata.version=25");
    assertFails("mutually exclusive", "-c", dynamic, "-N", "-s");
    assertFails("is not id@host:port:directoryId", "-c", dynamic, "-I", "1@a:9093");
    assertFails("There is no file", "-c", "nowhere.properties");
    String listed = combined("controller.quorum.voters=1@localhost:9093").toString();
    assertFails("You cannot specify controller.quorum.voters", "-c", listed, "-s");
    assertFails("Cannot set kraft.version to 1", "-c", listed, "-f", "kraft.version=1");
    assertThat(temporary.resolve("data")).doesNotExist();
  }

  @Test
  void tellsWhatIsTheMatter() throws Exception {
    Path file = combined("controller.quorum.voters=1@localhost:9093");
    Files.createDirectories(temporary.resolve("data"));
    Run run = run("info", "-c", file.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .contains("Found problems:")
        .contains("  " + temporary.resolve("data") + " is not formatted.")
        .contains("  " + temporary.resolve("metadata") + " does not exist");
  }

  @Test
  void tellsTheLevelsOfAReleaseAsKafkaDoes() throws IOException {
    assertThat(run("version-mapping").out()).startsWith("metadata.version=30 (4.3-IV0)");
    assertThat(run("version-mapping", "-r", "3.9").out())
        .isEqualTo(
            String.join(
                System.lineSeparator(),
                "metadata.version=21 (3.9)",
                "eligible.leader.replicas.version=0",
                "group.version=0",
                "kraft.version=1",
                "share.version=0",
                "streams.version=0",
                "transaction.version=0",
                ""));
    assertThat(run("feature-dependencies", "-f", "eligible.leader.replicas.version=1").out())
        .contains("requires:", "    metadata.version=23 (4.0-IV1)");
    assertThat(run("feature-dependencies", "-f", "metadata.version=30").out())
        .contains("metadata.version=30 (4.3-IV0) has no dependencies.");
  }

  @Test
  void namesEveryLevelAsKafkaDoes() {
    for (var version : MetadataVersion.VERSIONS) {
      assertThat(MetadataVersions.name(version.featureLevel())).isEqualTo(version.toString());
      assertThat(MetadataVersions.level(version.toString())).isEqualTo(version.featureLevel());
      if (version.isProduction()) {
        String release = version.shortVersion();
        assertThat(MetadataVersions.level(release))
            .isEqualTo(MetadataVersion.fromVersionString(release, false).featureLevel());
      }
    }
  }

  private void assertFails(String message, String... options) {
    List<String> arguments = new ArrayList<>(List.of("format", "-t", CLUSTER));
    arguments.addAll(Arrays.asList(options));
    Run run = run(arguments.toArray(String[]::new));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains(message);
  }

  private Path combined(String quorum) throws IOException {
    return write(
        "process.roles=broker,controller",
        "node.id=1",
        "listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093",
        "controller.listener.names=CONTROLLER",
        quorum,
        "log.dirs=" + temporary.resolve("data"),
        "metadata.log.dir=" + temporary.resolve("metadata"));
  }

  private Path write(String... lines) throws IOException {
    return Files.write(temporary.resolve("server.properties"), List.of(lines));
  }

  private static MetadataStorage open(Path file) throws Exception {
    BrokerConfig config = BrokerConfig.load(file, List.of(), Path.of("/"));
    return MetadataStorage.open(
        new MetadataStorage.Settings(
            config.node().nodeId(),
            null,
            config.logDirs().dirs(),
            config.logDirs().metadataDir(),
            QuorumPlacement.place(config)),
        Uuid::random);
  }

  private static Voter self(MetadataStorage storage) {
    return storage.self(new HostPort("localhost", 9093));
  }

  private static Run run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine tool = StorageTool.commandLine();
    tool.setOut(new PrintWriter(out, true));
    tool.setErr(new PrintWriter(err, true));
    int exitCode = tool.execute(arguments);
    return new Run(exitCode, out.toString(), err.toString());
  }
}
