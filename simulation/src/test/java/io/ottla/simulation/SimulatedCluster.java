package io.ottla.simulation;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.InvalidBrokerConfigException;
import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.controller.CommandResult;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.metadata.quorum.Voter;
import io.ottla.replication.Partition;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Nodes that are brokers and controllers both, their network, disks and clocks, and the log of
 * commands they agree on: everything but clients and faults. Used on the timeline's thread.
 */
public final class SimulatedCluster {

  static final String CLUSTER_ID = "simulationsimulationAA";
  static final int BROKER_PORT = 9092;
  static final int CONTROLLER_PORT = 9093;

  private final Timeline timeline;
  private final SimulatedNetwork network;
  private final SimulatedQuorum<CommandResult> quorum;
  private final Map<Integer, SimulatedMachine> machines = new TreeMap<>();
  private final List<SimulatedMachine> all;
  private final MetadataInvariants invariants;
  private final UncleanElections unclean = new UncleanElections();
  private final SpoiltReplicas spoilt;

  /**
   * @param count nodes, named from 1 on
   * @param properties what their configuration says besides what they cannot do without
   */
  public SimulatedCluster(
      Timeline timeline, int count, QuorumPace pace, Map<String, String> properties) {
    this.timeline = timeline;
    this.network = new SimulatedNetwork(timeline);
    this.invariants =
        new MetadataInvariants(
            Integer.parseInt(properties.getOrDefault("min.insync.replicas", "1")), unclean);
    List<Voter> voters = new ArrayList<>();
    for (int id = 1; id <= count; id++) {
      voters.add(new Voter(id, new Uuid(id, 1), new HostPort(host(id), CONTROLLER_PORT)));
    }
    this.quorum =
        SimulatedQuorum.ofControllers(
            timeline,
            new Reachability() {
              @Override
              public boolean connected(int from, int to) {
                return !network.isCut(host(from), host(to));
              }

              @Override
              public boolean running(int node) {
                return machine(node).isRunning();
              }
            },
            pace,
            voters);
    String controllers =
        IntStream.rangeClosed(1, count)
            .mapToObj(id -> id + "@" + host(id) + ":" + CONTROLLER_PORT)
            .collect(Collectors.joining(","));
    for (int id = 1; id <= count; id++) {
      Map<String, String> its = new TreeMap<>(properties);
      its.put("process.roles", "broker,controller");
      its.put("node.id", Integer.toString(id));
      its.put("controller.quorum.voters", controllers);
      its.put("controller.listener.names", "CONTROLLER");
      its.put(
          "listeners",
          "PLAINTEXT://%s:%d,CONTROLLER://%s:%d"
              .formatted(host(id), BROKER_PORT, host(id), CONTROLLER_PORT));
      its.putIfAbsent("log.dirs", "/logs");
      machines.put(
          id, new SimulatedMachine(timeline, network, quorum, id, config(its), invariants));
    }
    this.all = List.copyOf(machines.values());
    this.spoilt = new SpoiltReplicas(timeline, all);
  }

  static String host(int nodeId) {
    return "node" + nodeId;
  }

  private static BrokerConfig config(Map<String, String> properties) {
    List<String> overrides =
        properties.entrySet().stream().map(one -> one.getKey() + "=" + one.getValue()).toList();
    try {
      return BrokerConfig.load(NO_PROPERTIES, overrides, Path.of("/"));
    } catch (InvalidBrokerConfigException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  private static final Path NO_PROPERTIES = emptyFile();

  private static Path emptyFile() {
    try {
      Path file = Files.createTempFile("simulation", ".properties");
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Timeline timeline() {
    return timeline;
  }

  public SimulatedNetwork network() {
    return network;
  }

  public SimulatedQuorum<CommandResult> quorum() {
    return quorum;
  }

  /** What was not so of somebody's metadata; null for nothing. */
  AssertionError violation() {
    return quorum.violation() != null ? quorum.violation() : invariants.violation();
  }

  /** Where elections may be unclean, and were. */
  UncleanElections unclean() {
    return unclean;
  }

  public SimulatedMachine machine(int id) {
    return machines.get(id);
  }

  /** By id. */
  public List<SimulatedMachine> machines() {
    return all;
  }

  /** All but one, by id. */
  List<SimulatedMachine> others(SimulatedMachine machine) {
    return machines.values().stream().filter(other -> other != machine).toList();
  }

  /** For clients. */
  public ClientLinks clients() {
    return new SimulatedClients(timeline, network, SimulatedCluster::host, BROKER_PORT, spoilt);
  }

  /** Which replicas have wrong bits in what was forced. */
  SpoiltReplicas spoilt() {
    return spoilt;
  }

  /** The newest metadata that any vote has applied. */
  MetadataImage metadata() {
    return machines.values().stream()
        .filter(SimulatedMachine::isUp)
        .map(SimulatedMachine::applied)
        .max(Comparator.comparingLong(MetadataImage::offset))
        .orElse(MetadataImage.empty(CLUSTER_ID));
  }

  /** Whether a broker is in sync for all partitions it has replicas of. */
  boolean isInSyncEverywhere(int id) {
    return partitions().allMatch(its -> !its.replicas().contains(id) || its.isr().contains(id));
  }

  boolean areAllInSync() {
    return all.stream().allMatch(machine -> isInSyncEverywhere(machine.id()));
  }

  /** Whether all that leaders have of clients' topics is below their high watermarks. */
  boolean isAllCommitted() {
    return all.stream()
        .flatMap(machine -> machine.node().partitions().all().stream())
        .filter(its -> its.role().isLeader() && !its.topicPartition().topic().startsWith("__"))
        .map(Partition::view)
        .allMatch(view -> view.highWatermark() == view.logEndOffset());
  }

  /** Whether of every partition others are in sync, or eligible to lead. */
  boolean hasSuccessor(int id) {
    return partitions()
        .allMatch(
            its ->
                its.replicas().asList().stream()
                    .anyMatch(
                        other ->
                            other != id
                                && (its.isr().contains(other) || its.elr().contains(other))));
  }

  /** Whether it would be elected, for want of any other, because it led last. */
  boolean wasLastLeader(int id) {
    return partitions().anyMatch(its -> its.lastKnownElr().contains(id));
  }

  private Stream<PartitionImage> partitions() {
    List<PartitionImage> all = new ArrayList<>();
    for (TopicImage topic : metadata().topics()) {
      for (int i = 0; i < topic.partitionCount(); i++) {
        all.add(topic.partition(i));
      }
    }
    return all.stream();
  }

  /** Starts all nodes. */
  public void start() {
    machines.values().forEach(SimulatedMachine::start);
  }

  /**
   * Lets time pass until something is so.
   *
   * @throws AssertionError if it is not so in time
   */
  public void until(String what, long limitMs, BooleanSupplier isSo) {
    long endMs = timeline.nowMs() + limitMs;
    while (!isSo.getAsBoolean()) {
      if (timeline.nowMs() > endMs || !timeline.next()) {
        throw new AssertionError("not within " + limitMs + " ms: " + what);
      }
    }
  }
}
