package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.broker.FreePorts;
import io.ottla.compat.broker.OttlaHome;
import io.ottla.compat.broker.Script;
import io.ottla.compat.cluster.MetadataProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/ottla-cluster.sh} as the README shows it. */
class ClusterScriptIT {
  @TempDir Path elsewhere;

  private Path directory;
  private int portBase;

  @BeforeEach
  void choose() {
    assumeTrue(BrokerKind.UNDER_TEST == BrokerKind.OTTLA, "of no concern to stock Kafka");
    directory = elsewhere.resolve("my cluster");
    // Four nodes, whose controllers listen 100 higher.
    portBase = FreePorts.base(1, 2, 3, 100, 101, 102, 103);
  }

  @AfterEach
  void killWhatIsLeft() throws Exception {
    for (int id = 1; directory != null && Files.exists(pidFile(id)); id++) {
      script("kill", Integer.toString(id));
    }
  }

  @Test
  void aClusterIsStartedLosesANodeGetsItBackGrowsAndStops() throws Exception {
    Script.Result started = script("start", "3", "--port-base", Integer.toString(portBase));
    assertThat(started.exitCode()).as(started.output()).isZero();
    assertThat(started.output())
        .contains(
            "The cluster serves: --bootstrap-server 127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d"
                .formatted(portBase, portBase + 1, portBase + 2));
    assertThat(MetadataProbe.askOnce(portBase).brokers()).containsExactlyInAnyOrder(1, 2, 3);
    assertThat(script("status").expectSuccess().output().lines())
        .filteredOn(line -> line.contains("serves, knows 3 live brokers"))
        .hasSize(3);

    script("kill", "2").expectSuccess();
    Script.Result status = script("status");
    assertThat(status.exitCode()).isEqualTo(3);
    assertThat(status.output()).containsPattern("node 2 .*does not run");
    assertThat(script("kill", "2").exitCode()).isEqualTo(1);
    script("start-one", "2").expectSuccess();
    assertThat(script("restart", "1").expectSuccess().output())
        .contains("Node 1 has stopped", "Node 1 serves");

    assertThat(script("start", "4").expectSuccess().output())
        .contains("Node 1 runs already", "Started node 4");
    assertThat(Files.readString(directory.resolve("node-4/server.properties")))
        .contains("process.roles=broker\n");
    assertThat(MetadataProbe.askOnce(portBase).brokers()).containsExactlyInAnyOrder(1, 2, 3, 4);

    assertThat(script("stop").expectSuccess().output())
        .contains("Node 1 has stopped", "Node 2 has stopped", "Node 3 has stopped")
        .contains("Node 4 has stopped");
    assertThat(script("stop").output()).contains("Nothing runs that could be stopped");
  }

  @Test
  void mistakesAreNamed() throws Exception {
    assertThat(script("status").output()).contains("There is no cluster in " + directory);
    assertThat(script("start", "many").output()).contains("'many'");
    assertThat(script("start", "0").output()).contains("between 1 and 100");
    assertThat(script("start", "3", "--controllers", "4").output()).contains("1, 3 or 5");
    assertThat(script("start", "2", "--controllers", "3").output()).contains("start 3 or more");
    assertThat(script("kill", "7").output()).contains("There is no node 7");
    assertThat(script("begin").output()).contains("Unknown command begin", "USAGE");
    assertThat(script("start", "--quickly").output()).contains("Unknown option --quickly");
  }

  private Path pidFile(int id) {
    return directory.resolve("node-" + id).resolve("pid");
  }

  private Script.Result script(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(OttlaHome.path().resolve("bin/ottla-cluster.sh").toString());
    command.addAll(Arrays.asList(arguments));
    command.addAll(List.of("--dir", directory.toString()));
    return Script.run(elsewhere, Map.of(), command.toArray(String[]::new));
  }
}
