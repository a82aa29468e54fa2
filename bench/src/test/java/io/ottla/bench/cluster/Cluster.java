package io.ottla.bench.cluster;

import io.ottla.bench.BrokerFiles;
import io.ottla.bench.ChildProcess;
import io.ottla.bench.Clients;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Side;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Three brokers, each a process of its own. Owned by the thread that measures. */
public final class Cluster implements AutoCloseable {

  public static final int NODES = 3;
  private static final int STOP_LIMIT_SECONDS = 60;

  private final Side side;
  private final Path directory;
  private final ClusterFiles ports;
  private final List<BrokerFiles> files = new ArrayList<>();
  private final ChildProcess[] processes = new ChildProcess[NODES];

  private Cluster(Side side, Path directory, ClusterFiles ports) {
    this.side = side;
    this.directory = directory;
    this.ports = ports;
  }

  /** Makes the files of nodes that have never run, formatted if their kind needs that. */
  public static Cluster create(Side side, String name) throws IOException {
    Path directory = side.workDirectory().resolve(name + "-" + side.key());
    Side.delete(directory);
    int[] free = Side.freePorts(2 * NODES);
    ClusterFiles ports =
        new ClusterFiles(
            Arrays.copyOf(free, NODES),
            Arrays.copyOfRange(free, NODES, 2 * NODES),
            side.overrides());
    Cluster cluster = new Cluster(side, directory, ports);
    for (int id = 1; id <= NODES; id++) {
      BrokerFiles node =
          BrokerFiles.create(
              directory.resolve("node-" + id), ports.ports()[id - 1], ports.properties(id));
      side.format(node, false);
      cluster.files.add(node);
    }
    return cluster;
  }

  Side side() {
    return side;
  }

  public Path directory() {
    return directory;
  }

  public Clients clients() {
    return new Clients(ports.bootstrap());
  }

  static List<Integer> nodeIds() {
    return IntStream.rangeClosed(1, NODES).boxed().toList();
  }

  /** Starts all nodes at once. */
  void startAll() throws IOException {
    for (int id : nodeIds()) {
      start(id);
    }
  }

  /** Starts a node that does not run. */
  void start(int nodeId) throws IOException {
    ChildProcess before = processes[nodeId - 1];
    if (before != null) {
      if (before.isAlive()) {
        throw new IllegalStateException("node " + nodeId + " runs");
      }
      before.close();
    }
    processes[nodeId - 1] =
        side.start(files.get(nodeId - 1), side.kind().label() + " node " + nodeId);
  }

  /** The node's process, of now or of its last run. */
  ChildProcess process(int nodeId) {
    return processes[nodeId - 1];
  }

  public List<ChildProcess> processes() {
    return List.of(processes);
  }

  List<Long> pids() {
    return processes().stream().map(ChildProcess::pid).toList();
  }

  Path data(int nodeId) {
    return files.get(nodeId - 1).data();
  }

  /**
   * Ends a node at once (SIGKILL).
   *
   * @return {@link System#nanoTime()} just before
   */
  long kill(int nodeId) {
    ChildProcess process = process(nodeId);
    process.requireAlive();
    long atNs = System.nanoTime();
    process.kill();
    return atNs;
  }

  /** Asks a node to end (SIGTERM) and waits for it. */
  void stop(int nodeId) {
    process(nodeId).stop(STOP_LIMIT_SECONDS);
  }

  /**
   * Makes sure that nothing died by itself.
   *
   * @throws MeasurementException with the end of its output, if a node other than this has ended
   */
  void requireAllAliveBut(int nodeId) {
    for (int id : nodeIds()) {
      if (id != nodeId) {
        process(id).requireAlive();
      }
    }
  }

  void requireAllAlive() {
    requireAllAliveBut(-1);
  }

  /** What the nodes printed last, for a message about a failure. */
  String tails() {
    StringBuilder text = new StringBuilder();
    for (int id : nodeIds()) {
      if (processes[id - 1] != null) {
        text.append("--- the end of node %d's output%n".formatted(id));
        text.append(processes[id - 1].tail()).append('\n');
      }
    }
    return text.toString();
  }

  @Override
  public void close() {
    for (ChildProcess process : processes) {
      if (process != null) {
        process.close();
      }
    }
  }
}
