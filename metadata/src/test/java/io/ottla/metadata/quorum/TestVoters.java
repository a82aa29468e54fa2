package io.ottla.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.config.HostPort;
import io.ottla.runtime.Clock;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Several voters in this process, each with a directory and a state machine of its own. */
final class TestVoters implements AutoCloseable {

  static final QuorumTimeouts TIMEOUTS = new QuorumTimeouts(300, 600, 1000, 1200);

  /** Each is a dozen threads with deadlines: many at once would only try each other's patience. */
  private static final Semaphore AT_ONCE = new Semaphore(2);

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
  private final QuorumTimeouts timeouts;
  private int generation;

  TestVoters(Path root, long seed, long snapshotThreshold) {
    this(root, seed, snapshotThreshold, TIMEOUTS);
  }

  TestVoters(Path root, long seed, long snapshotThreshold, QuorumTimeouts timeouts) {
    AT_ONCE.acquireUninterruptibly();
    this.root = root;
    this.network = new VoterNetwork(seed);
    this.snapshotThreshold = snapshotThreshold;
    this.timeouts = timeouts;
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
                clusterId, self, directory, snapshotThreshold, firstVoters, timeouts),
            network.transportOf(self.nodeId()),
            machine,
            executor,
            messages,
            Clock.system(),
            failures::add);
    Node node = new Node(self, quorum, machine, executor, messages, directory, failures);
    nodes.put(self.nodeId(), node);
    network.attach(self.address(), quorum);
    quorum.start();
    return node;
  }

  /** A clean stop. */
  void stop(Node node) {
    nodes.remove(node.id());
    node.quorum().close();
    network.detach(node.voter().address());
    node.executor().shutdown();
    node.messages().shutdown();
  }

  /**
   * As after kill -9: the node that comes back has the files as they were at that moment.
   *
   * @return where they are
   */
  Path kill(Node node) throws IOException {
    network.detach(node.voter().address());
    Path left = root.resolve("left" + generation++ + "-" + node.id());
    copy(node.directory(), left);
    stop(node);
    return left;
  }

  /** In order of names: the log is copied before the snapshots that replace what it drops. */
  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    List<Path> children;
    try (Stream<Path> listed = Files.list(from)) {
      children = listed.sorted().toList();
    }
    for (Path child : children) {
      Path target = to.resolve(child.getFileName().toString());
      if (Files.isDirectory(child)) {
        copy(child, target);
      } else if (!child.getFileName().toString().equals("in_use.lock")) {
        try {
          Files.copy(child, target);
        } catch (NoSuchFileException droppedMeanwhile) {
          // As if the crash had come just after.
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
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
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

  /** Asks whoever leads to change the voters, until they are as they should be. */
  void change(Function<RatisQuorum<String>, CompletableFuture<Void>> change, Set<Integer> target) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    Exception last = null;
    while (!voterIds(leader()).equals(target)) {
      assertThat(System.nanoTime()).as("%s, after %s", target, last).isLessThan(deadline);
      try {
        change.apply(leader().quorum()).get(15, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      } catch (ExecutionException | TimeoutException e) {
        last = e;
      }
    }
  }

  void add(Voter voter) {
    Set<Integer> target = new HashSet<>(voterIds(leader()));
    target.add(voter.nodeId());
    change(quorum -> quorum.addVoter(voter), target);
  }

  void remove(Voter voter) {
    Set<Integer> target = new HashSet<>(voterIds(leader()));
    target.remove(voter.nodeId());
    change(quorum -> quorum.removeVoter(voter.nodeId(), voter.directoryId()), target);
  }

  private static Set<Integer> voterIds(Node node) {
    return node.quorum().state().voters().stream().map(Voter::nodeId).collect(Collectors.toSet());
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
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
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
    try {
      network.heal();
      List.copyOf(nodes.values()).forEach(this::stop);
      network.close();
    } finally {
      AT_ONCE.release();
    }
  }
}
