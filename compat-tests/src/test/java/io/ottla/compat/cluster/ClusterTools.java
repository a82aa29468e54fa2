package io.ottla.compat.cluster;

import io.ottla.compat.tools.StockTool;
import io.ottla.compat.tools.StockTool.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.tools.ClusterTool;
import org.apache.kafka.tools.ConsoleProducer;
import org.apache.kafka.tools.consumer.ConsoleConsumer;

/** Runs stock tools on a cluster; its brokers or controllers are added to their arguments. */
public final class ClusterTools {
  private final Cluster cluster;

  public ClusterTools(Cluster cluster) {
    this.cluster = cluster;
  }

  /** Runs a tool on the brokers. */
  public Result run(Class<?> tool, String... arguments) throws Exception {
    return StockTool.run(tool, with(servers(), tool, arguments));
  }

  /** Runs a tool on the brokers or on the controllers, and expects it to succeed. */
  public Result at(String[] where, Class<?> tool, String... arguments) throws Exception {
    return StockTool.run(tool, with(where, tool, arguments)).expectSuccess();
  }

  /** The option that names the brokers. */
  public String[] servers() {
    return new String[] {"--bootstrap-server", cluster.bootstrapServers()};
  }

  /** The option that names the controllers. */
  public String[] controllers() {
    return new String[] {
      "--bootstrap-controller",
      cluster.nodes().stream()
          .filter(node -> node.controllerPort() != -1)
          .map(node -> "127.0.0.1:" + node.controllerPort())
          .collect(Collectors.joining(","))
    };
  }

  /** Where to connect to, in the place where the tool wants it. */
  private static String[] with(String[] where, Class<?> tool, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(tool == ClusterTool.class ? all.size() : 0, List.of(where));
    return all.toArray(String[]::new);
  }

  /** Writes so many lines to a topic with the console producer and acks=all. */
  public void produce(String topic, int records) throws Exception {
    String lines =
        IntStream.range(0, records)
            .mapToObj(i -> "record " + i + " " + "x".repeat(100))
            .collect(Collectors.joining("\n", "", "\n"));
    StockTool.runWithInput(
            ConsoleProducer.class,
            lines,
            with(
                servers(),
                ConsoleProducer.class,
                "--topic",
                topic,
                "--command-property",
                "acks=all",
                "--command-property",
                "request.timeout.ms=3000"))
        .expectSuccess();
  }

  /** Reads so many lines from a topic with the console consumer, from the beginning if need be. */
  public List<String> consume(String topic, int records, String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.addAll(
        List.of(
            "--topic",
            topic,
            "--from-beginning",
            "--max-messages",
            Integer.toString(records),
            "--timeout-ms",
            "30000"));
    return run(ConsoleConsumer.class, arguments.toArray(String[]::new)).expectSuccess().lines();
  }
}
