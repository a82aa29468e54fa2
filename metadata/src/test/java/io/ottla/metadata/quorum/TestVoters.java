package io.ottla.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.config.HostPort;
import io.ottla.runtime.Clock;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Several voters in this process, each with a directory and a state machine of its own. */
final class TestVoters implements AutoCloseable {

  static final QuorumTimeouts TIMEOUTS = new QuorumTimeouts(300, 600, 1000);

  /** One voter that runs. */
  record Node(
      Voter voter,
      RatisQuorum<String> quorum,
      CountingMachine machine,
      ExecutorService executor,
      ExecutorService messages,
      Path directory,
      BlockingQueue<QuorumException> failures) {

    int id() {
      return voter.nodeId();
    }

    boolean leads() {
      return quorum.leaderTerm() >= 0;
    }
  }

  final VoterNetwork network;
  final Map<Integer, Node> nodes = new TreeMap<>();
  private final String clusterId = Uuid.random().toString();
  private final Path root;
  private final long snapshotThreshold;
  private int generation;

  TestVoters(Path root, long seed, long snapshotThreshold) {
    this.root = root;
    this.network = new VoterNetwork(seed);
    this.snapshotThreshold = snapshotThreshold;
  }

  static Voter voter(int id) {
    return new Voter(id, new Uuid(7, id), new HostPort("voter" + id, 9000 + id));
  }

  /** As controller.quorum.voters lists them: nobody knows their directories yet. */
  static List<Voter> listed(int count) {
    List<Voter> voters = new ArrayList<>();
    for (int id = 1; id <= count; id++) {
      voters.add(new Voter(id, Uuid.ZERO, voter(id).address()));
    }
    return voters;
  }

  void startAll(int count) {
    for (int id = 1; id <= count; id++) {
      start(voter(id), listed(count));
    }
  }

  Node start(Voter self, List<Voter> firstVoters) {
    return start(self, firstVoters, root.resolve("node" + self.nodeId()));
  }

  Node start(Voter self, List<Voter> firstVoters, Path directory) {
    CountingMachine machine = new CountingMachine();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    ExecutorService messages = Executors.newVirtualThreadPerTaskExecutor();
    BlockingQueue<QuorumException> failures = new LinkedBlockingQueue<>();
    RatisQuorum<String> quorum =
        new RatisQuorum<>(
            new RatisQuorum.Settings(
                clusterId, self, directory, snapshotThreshold, firstVoters, TIMEOUTS),
            network.transportOf(self.nodeId()),
            machine,
            executor,
            messages,
            Clock.system(),
            failures::add);
    Node node = new Node(self, quorum, machine, executor, messages, directory, failures);
    nodes.put(self.nodeId(), node);
    network.attach(self.nodeId(), quorum);
    quorum.start();
    return node;
  }

  /** A clean stop. */
  void stop(Node node) {
    nodes.remove(node.id());
    node.quorum().close();
    network.detach(node.id());
    node.executor().shutdown();
    node.messages().shutdown();
  }

  /**
   * As after kill -9: the node that comes back has the files as they were at that moment.
   *
   * @return where they are
   */
  Path kill(Node node) throws IOException {
    network.detach(node.id());
    Path left = root.resolve("left" + generation++ + "-" + node.id());
    copy(node.directory(), left);
    stop(node);
    return left;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        if (!file.getFileName().toString().equals("in_use.lock")) {
          Files.copy(file, to.resolve(from.relativize(file).toString()));
        }
      }
    }
  }

  /** The only node that leads, among those that can talk; waits for it. */
  Node leader() {
    await("a leader", () -> nodes.values().stream().filter(Node::leads).count() == 1);
    return nodes.values().stream().filter(Node::leads).findFirst().orElseThrow();
  }

  List<Node> followers(Node leader) {
    return nodes.values().stream().filter(node -> node != leader).toList();
  }

  /** Submits to whoever leads, until it is applied; a command may be applied twice. */
  String submit(String command) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      Node leader = leader();
      try {
        return submitTo(leader, command).get(3, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      } catch (ExecutionException | TimeoutException e) {
        assertThat(System.nanoTime()).as("%s: %s", command, e).isLessThan(deadline);
      }
    }
  }

  static CompletableFuture<String> submitTo(Node node, String command) {
    return node.quorum().submit(command.getBytes(StandardCharsets.UTF_8));
  }

  void awaitApplied(Node node, String command) {
    await(
        "node " + node.id() + " has applied " + command,
        () -> node.machine().applied().contains(command));
  }

  /** Has all that its leader has, as far as the leader knows. */
  boolean isLevel(Node leader, int nodeId) {
    List<QuorumState.Progress> all = leader.quorum().state().progress();
    long end = all.stream().mapToLong(QuorumState.Progress::logEndOffset).max().orElse(-1);
    return all.stream().anyMatch(one -> one.nodeId() == nodeId && one.logEndOffset() == end);
  }

  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting for: %s", what).isLessThan(deadline);
      try {
        TimeUnit.MILLISECONDS.sleep(5);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Override
  public void close() {
    network.heal();
    List.copyOf(nodes.values()).forEach(this::stop);
    network.close();
  }
}
