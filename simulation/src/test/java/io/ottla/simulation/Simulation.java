package io.ottla.simulation;

import io.ottla.log.LogView;
import io.ottla.replication.Partition;
import io.ottla.simulation.client.ClientTimes;
import io.ottla.simulation.workload.AdminWorkload;
import io.ottla.simulation.workload.EdgesWorkload;
import io.ottla.simulation.workload.GroupWorkload;
import io.ottla.simulation.workload.Pace;
import io.ottla.simulation.workload.PositionsWorkload;
import io.ottla.simulation.workload.QueueWorkload;
import io.ottla.simulation.workload.SimulatedClient;
import io.ottla.simulation.workload.Surroundings;
import io.ottla.simulation.workload.TransactionWorkload;
import io.ottla.simulation.workload.TransactionWorkload.Cast;
import io.ottla.simulation.workload.UncleanRequests;
import io.ottla.simulation.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * One history of a cluster, from one seed: it comes up, clients work, things go wrong, and in the
 * end all is mended. What must always be so is looked at after each event; at the end all must have
 * made progress, replicas be equal, and the clients' histories be such as the protocol promises.
 */
public final class Simulation {

  private static final long START_LIMIT_MS = 30_000;
  private static final long LIVELY_LIMIT_MS = 60_000;
  private static final int LOOK_MS = 50;

  private final long seed;
  private final Omissions omissions;
  private final Mixture mixture = Mixture.wanted();
  private final Timeline timeline;
  private final Random random;
  private final SimulatedCluster cluster;
  private final CommittedRecords committed;
  private final Faults faults;
  private final Schemes schemes;
  private final boolean schemed;
  private final int minInSync;
  private final List<Workload> workloads = new ArrayList<>();
  private final ErrorLines errors = new ErrorLines();
  private int workloadCount;
  private Runnable watch = () -> {};

  public Simulation(long seed) {
    this(seed, Omissions.NONE);
  }

  /**
   * @param omissions what of its faults and workloads does not happen
   */
  public Simulation(long seed, Omissions omissions) {
    this.seed = seed;
    this.omissions = omissions;
    this.timeline = new Timeline(seed);
    this.random = timeline.random();
    int nodes = random.nextInt(5) == 0 ? 5 : 3;
    // What only one had is lost with it, unless others may lead who lack it.
    boolean mayBeUnclean = chance(8) == 0;
    this.minInSync = chance(100) < 15 || mayBeUnclean ? 1 : 2;
    boolean forced = chance(6) == 0;
    this.schemed = random.nextBoolean();
    this.cluster = new SimulatedCluster(timeline, nodes, QuorumPace.USUAL, properties(forced));
    this.committed = new CommittedRecords(cluster.unclean(), cluster.spoilt());
    if (mayBeUnclean) {
      cluster.unclean().allow(QueueWorkload.TOPIC, random.nextBoolean());
    }
    cluster
        .machines()
        .forEach(
            machine ->
                machine.whenEnded(
                    (node, isAllThere) -> committed.onGone(machine.id(), node, isAllThere)));
    errors.excuse(line -> isOfFullDisk(line) || cluster.spoilt().isTold(line));
    Surroundings around =
        new Surroundings(
            timeline,
            cluster.clients(),
            cluster.machines().stream().map(SimulatedMachine::id).toList(),
            3,
            minInSync,
            ClientTimes.SHORT,
            cluster.unclean(),
            NodeClock.EPOCH_MS);
    LossBound bound = new LossBound(cluster, forced, minInSync);
    Passing passing =
        new Passing() {
          @Override
          public void pass(int ms) {
            Simulation.this.pass(ms);
          }

          @Override
          public boolean await(int limitMs, BooleanSupplier isSo) {
            return within(limitMs, isSo);
          }
        };
    this.faults =
        new Faults(
            cluster,
            bound,
            new ElectionFaults(bound, cluster.unclean(), new UncleanRequests(around), passing));
    this.schemes = new Schemes(cluster, faults, workloads, passing);
    List<Work> works = mixture.workloads(List.of(Work.values()), random);
    if (mayBeUnclean && !works.contains(Work.QUEUE)) {
      works.add(Work.QUEUE);
    }
    for (Work work : works) {
      Pace pace = pace();
      int partitions = 1 + chance(3);
      if (!omissions.workloads().contains(++workloadCount)) {
        workloads.add(work.begin(around, pace, partitions));
      }
    }
  }

  /** A scheme takes some seconds, in which there has to be something to lose. */
  private Pace pace() {
    return schemed
        ? new Pace(50 + chance(80), 80 + chance(150))
        : new Pace(10 + chance(40), 20 + chance(200));
  }

  /** What clients do. */
  private enum Work {
    QUEUE {
      @Override
      Workload begin(Surroundings around, Pace pace, int partitions) {
        return new QueueWorkload(around, partitions, pace);
      }
    },
    TRANSACTIONS {
      @Override
      Workload begin(Surroundings around, Pace pace, int partitions) {
        return new TransactionWorkload(around, partitions, pace, Cast.WRITERS);
      }
    },
    COPIES {
      @Override
      Workload begin(Surroundings around, Pace pace, int partitions) {
        return new TransactionWorkload(around, partitions, pace, Cast.COPIERS);
      }
    },
    SHARED_COPIES {
      @Override
      Workload begin(Surroundings around, Pace pace, int partitions) {
        return new TransactionWorkload(
            around,
            partitions,
            pace,
            around.timeline().random().nextBoolean() ? Cast.MEMBERS : Cast.CLASSIC_MEMBERS);
      }
    },
    GROUPS {
      @Override
      Workload begin(Surroundings around, Pace pace, int partitions) {
        return new GroupWorkload(around, partitions, pace);
      }
    },
    EDGES {
      @Override
      Workload begin(Surroundings around, Pace pace, int partitions) {
        return new EdgesWorkload(around, partitions, pace);
      }
    },
    POSITIONS {
      @Override
      Workload begin(Surroundings around, Pace pace, int partitions) {
        return new PositionsWorkload(around, pace);
      }
    },
    ADMIN {
      @Override
      Workload begin(Surroundings around, Pace pace, int partitions) {
        return new AdminWorkload(around, pace, Map.of("queue", 1));
      }
    };

    abstract Workload begin(Surroundings around, Pace pace, int partitions);
  }

  /** A disk without room is told of as an error. */
  private boolean isOfFullDisk(String line) {
    boolean isExpected =
        cluster.machines().stream().anyMatch(SimulatedMachine::isFull)
            && (line.contains("space left")
                || line.contains("no room")
                || line.contains("takes no more appends"));
    if (isExpected) {
      faults.felt("a full disk was told of", 1);
    }
    return isExpected;
  }

  private int chance(int bound) {
    return random.nextInt(bound);
  }

  /** As in the tests of real processes: sessions and time-outs are short. */
  private Map<String, String> properties(boolean forced) {
    Map<String, String> properties = new TreeMap<>();
    properties.put("broker.session.timeout.ms", "3000");
    properties.put("broker.heartbeat.interval.ms", "500");
    properties.put("replica.lag.time.max.ms", "3000");
    properties.put("replica.fetch.wait.max.ms", "500");
    properties.put("offsets.topic.num.partitions", "2");
    properties.put("transaction.state.log.num.partitions", "2");
    properties.put("default.replication.factor", "3");
    properties.put("offsets.topic.replication.factor", "3");
    properties.put("transaction.state.log.replication.factor", "3");
    properties.put("transaction.state.log.min.isr", Integer.toString(minInSync));
    properties.put("min.insync.replicas", Integer.toString(minInSync));
    properties.put("group.initial.rebalance.delay.ms", "300");
    properties.put("group.consumer.min.session.timeout.ms", "6000");
    properties.put("group.consumer.session.timeout.ms", "6000");
    properties.put("group.consumer.min.heartbeat.interval.ms", "1000");
    properties.put("group.consumer.heartbeat.interval.ms", "1000");
    properties.put("log.roll.ms", Integer.toString(300 + random.nextInt(10_000)));
    properties.put("log.index.size.max.bytes", Integer.toString(120 + 12 * random.nextInt(300)));
    properties.put("log.index.interval.bytes", Integer.toString(100 + random.nextInt(4_000)));
    properties.put(
        "log.flush.offset.checkpoint.interval.ms", Integer.toString(300 + random.nextInt(10_000)));
    if (forced) {
      properties.put("log.flush.interval.messages", "1");
    }
    if (chance(3) == 0) {
      properties.put("replica.fetch.max.bytes", "1");
      properties.put("replica.fetch.response.max.bytes", "1");
    }
    properties.put("ottla.shards", Integer.toString(1 + random.nextInt(2)));
    return properties;
  }

  public long seed() {
    return seed;
  }

  public Timeline timeline() {
    return timeline;
  }

  /** How often what went wrong. */
  public Map<Faults.Kind, Integer> faults() {
    return faults.happened();
  }

  /** What of it those who work there met, and how often. */
  public Map<String, Integer> felt() {
    return faults.felt();
  }

  /** What went wrong, by number. */
  Map<Integer, String> numberedFaults() {
    return faults.numbered();
  }

  /** How many workloads there are when none is left out. */
  int workloadCount() {
    return workloadCount;
  }

  /** Something more that has to hold: asked after every event. */
  void watch(Runnable check) {
    watch = check;
  }

  /**
   * Lets it all happen.
   *
   * @throws AssertionError if something was not as it must be
   */
  public void run() {
    try (errors) {
      cluster.start();
      until("all serve", START_LIMIT_MS, this::allServe);
      workloads.forEach(Workload::begin);
      trouble();
      peace();
      judge();
    }
  }

  private void trouble() {
    Random plan = planned(0);
    if (schemed && !omissions.faults().contains(0)) {
      schemes.carryOut();
      faults.numbered().put(0, "a scheme");
    }
    List<Faults.Kind> kinds = mixture.kinds(plan);
    if (cluster.unclean().isAllowed(QueueWorkload.TOPIC)) {
      kinds.add(Faults.Kind.UNCLEAN_ELECTION);
    }
    workloads.forEach(workload -> workload.clients().forEach(this::crashes));
    int count = mixture.faults(plan);
    for (int number = 1; number <= count; number++) {
      pass(plan.nextInt(plan.nextInt(3) == 0 ? 6_000 : 1_000));
      if (!omissions.faults().contains(number)) {
        faults.next(number, kinds, planned(number));
      }
    }
    pass(plan.nextInt(2_000));
  }

  /** What goes wrong is drawn from this, so that the same does whatever is left out. */
  private Random planned(int number) {
    return new Random(seed * 0x9E3779B97F4A7C15L + number * 0xBF58476D1CE4E5B9L);
  }

  private void crashes(SimulatedClient client) {
    faults.add(
        () -> {
          timeline.note(client.name() + " crashes");
          client.crash();
          timeline.afterMs(random.nextInt(3_000), "client", client::restart);
        });
  }

  private void peace() {
    faults.heal();
    workloads.forEach(Workload::stopIssuing);
    until(
        "all brokers serve, all clients have ended",
        LIVELY_LIMIT_MS,
        () -> {
          restartAll();
          return cluster.spoilt().areNone()
              && allServe()
              && workloads.stream().allMatch(Workload::isDone);
        });
    until(
        "all replicas are in sync, and all that was written is committed",
        LIVELY_LIMIT_MS,
        () -> cluster.areAllInSync() && cluster.isAllCommitted());
    workloads.forEach(Workload::readToEnd);
    until("all is read", LIVELY_LIMIT_MS, () -> workloads.stream().allMatch(Workload::isRead));
    until(
        "all have the same metadata",
        LIVELY_LIMIT_MS,
        () ->
            cluster.quorum().isCaughtUp()
                && cluster.machines().stream()
                        .map(machine -> machine.node().image().hash())
                        .distinct()
                        .count()
                    == 1);
  }

  private void restartAll() {
    workloads.forEach(workload -> workload.clients().forEach(SimulatedClient::restart));
    cluster.machines().stream().filter(machine -> !machine.isUp()).forEach(SimulatedMachine::start);
  }

  private void judge() {
    List<String> wrong = new ArrayList<>();
    for (Workload workload : workloads) {
      workload.anomalies().forEach(anomaly -> wrong.add(workload.name() + ": " + anomaly));
    }
    for (SimulatedMachine machine : cluster.machines()) {
      wrong.addAll(committed.differences(machine.id(), machine.node()));
    }
    if (!wrong.isEmpty()) {
      throw new AssertionError(String.join("\n", wrong.subList(0, Math.min(20, wrong.size()))));
    }
  }

  private boolean allServe() {
    return cluster.machines().stream()
        .allMatch(machine -> machine.isServing() && machine.isRunning());
  }

  private void pass(int ms) {
    long endNs = timeline.nowNs() + ms * 1_000_000L;
    while (timeline.nowNs() < endNs && step()) {
      // Until then.
    }
  }

  private boolean step() {
    boolean any = timeline.next();
    for (SimulatedMachine machine : cluster.machines()) {
      if (machine.look()) {
        committed.look(machine.id(), machine.node());
      }
    }
    if (cluster.violation() != null) {
      throw cluster.violation();
    }
    errors.check();
    watch.run();
    if (timeline.failure() != null) {
      throw new AssertionError("something failed: " + timeline.failure(), timeline.failure());
    }
    return any;
  }

  /** Lets time pass until something is so; returns false if it is not in time. */
  private boolean within(int ms, BooleanSupplier isSo) {
    long endNs = timeline.nowNs() + ms * 1_000_000L;
    while (!isSo.getAsBoolean()) {
      if (timeline.nowNs() >= endNs || !step()) {
        return false;
      }
    }
    return true;
  }

  private void until(String what, long limitMs, BooleanSupplier isSo) {
    long endNs = timeline.nowNs() + limitMs * 1_000_000L;
    long lookNs = 0;
    while (true) {
      if (timeline.nowNs() >= lookNs) {
        if (isSo.getAsBoolean()) {
          return;
        }
        lookNs = timeline.nowNs() + LOOK_MS * 1_000_000L;
      }
      if (timeline.nowNs() > endNs || !step()) {
        throw new AssertionError("not within " + limitMs + " ms: " + what);
      }
    }
  }

  /** What was done, in a line. */
  public String summary() {
    List<String> lines = new ArrayList<>();
    workloads.forEach(workload -> lines.add(workload.summary()));
    return "seed %d: %,d ms, %,d events, %s; %s"
        .formatted(
            seed,
            timeline.nowMs(),
            timeline.happened(),
            faults.happened() + " " + faults.felt(),
            String.join("; ", lines));
  }

  /** What was wrong, how to have it again, and what happened before. */
  public String explain(Throwable failure) {
    List<String> lines = new ArrayList<>();
    lines.add(summary());
    lines.add(failure.toString());
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      lines.add("caused by " + cause);
    }
    String command = "simulation/run.sh" + mixture.argument() + " --seed " + seed;
    lines.add("again: " + command + omissions.arguments() + " --loud");
    lines.add("smaller: " + command + " --shrink");
    faults.numbered().forEach((number, what) -> lines.add("fault " + number + ": " + what));
    for (SimulatedMachine machine : cluster.machines()) {
      if (machine.isUp()) {
        machine.node().partitions().all().stream()
            .map(partition -> machine.host() + " " + describe(partition))
            .sorted()
            .forEach(lines::add);
      }
    }
    List<String> recent = timeline.recent();
    lines.addAll(recent.subList(Math.max(0, recent.size() - 40), recent.size()));
    return String.join("\n", lines);
  }

  private static String describe(Partition partition) {
    LogView view = partition.view();
    return "%s: %s in epoch %d, log start %d, last stable offset %d, high watermark %d, log end %d"
        .formatted(
            partition.topicPartition(),
            partition.role().isLeader() ? "leads" : "follows",
            partition.leaderEpoch(),
            view.logStartOffset(),
            view.lastStableOffset(),
            view.highWatermark(),
            view.logEndOffset());
  }
}
