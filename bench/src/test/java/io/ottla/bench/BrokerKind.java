package io.ottla.bench;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The brokers that can be measured, each started the way its own script starts it. */
public enum BrokerKind {
  KAFKA("Apache Kafka") {
    @Override
    List<List<String>> formatCommands(Home home, BrokerFiles files, boolean alone) {
      List<String> command = new ArrayList<>(List.of(home.java(), "-Xmx256M"));
      command.addAll(logging(home));
      command.addAll(List.of("-cp", classPath(home), "kafka.tools.StorageTool", "format"));
      command.addAll(List.of("--cluster-id", CLUSTER_ID));
      if (alone) {
        command.add("--standalone");
      }
      command.addAll(List.of("--config", files.properties().toString()));
      return List.of(command);
    }

    // The line that kafka-server-start.sh arrives at. Its shell work, which looks at every jar, is
    // left out in Kafka's favour.
    @Override
    List<String> startCommand(Home home, BrokerFiles files) {
      List<String> command = new ArrayList<>(List.of(home.java(), "-Xmx1G", "-Xms1G"));
      command.addAll(List.of("-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"));
      command.addAll(
          List.of("-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent"));
      command.addAll(List.of("-XX:MaxInlineLevel=15", "-Djava.awt.headless=true"));
      command.add(
          "-Xlog:gc*:file="
              + files.directory().resolve("kafkaServer-gc.log")
              + ":time,tags:filecount=10,filesize=100M");
      command.add("-Dcom.sun.management.jmxremote");
      command.add("-Dcom.sun.management.jmxremote.authenticate=false");
      command.add("-Dcom.sun.management.jmxremote.ssl=false");
      command.addAll(logging(home));
      command.addAll(List.of("-cp", classPath(home), "kafka.Kafka"));
      command.add(files.properties().toString());
      return command;
    }

    private List<String> logging(Home home) {
      return List.of(
          "-Dlog4j2.configurationFile=" + home.root().resolve("bench/kafka/log4j2.properties"));
    }

    private String classPath(Home home) {
      return home.root().resolve("bench/target/kafka/libs") + File.separator + "*";
    }
  },

  OTTLA("Ottla") {
    @Override
    List<List<String>> formatCommands(Home home, BrokerFiles files, boolean alone) {
      return List.of();
    }

    @Override
    List<String> startCommand(Home home, BrokerFiles files) {
      return List.of(
          home.root().resolve("bin/ottla-server-start.sh").toString(),
          files.properties().toString());
    }
  };

  private static final String CLUSTER_ID = "b3R0bGEtYmVuY2gtMDAwMQ";

  private final String label;

  BrokerKind(String label) {
    this.label = label;
  }

  /**
   * Where things are.
   *
   * @param root of the repository
   * @param javaHome the JDK that all brokers and clients run on
   */
  public record Home(Path root, Path javaHome) {
    String java() {
      return javaHome.resolve("bin/java").toString();
    }
  }

  /**
   * What must run, each to its end, before the first start in new directories.
   *
   * @param alone a node that is all there is of its cluster; otherwise the file names the voters
   */
  abstract List<List<String>> formatCommands(Home home, BrokerFiles files, boolean alone);

  abstract List<String> startCommand(Home home, BrokerFiles files);

  public String label() {
    return label;
  }
}
