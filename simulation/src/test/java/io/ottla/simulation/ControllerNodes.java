package io.ottla.simulation;

import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.controller.CommandResult;
import io.ottla.metadata.controller.ConfigRules;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.controller.ControllerSettings;
import io.ottla.metadata.controller.ControllerStateMachine;
import io.ottla.metadata.controller.FeatureCatalog;
import io.ottla.metadata.feed.FeedFollower;
import io.ottla.metadata.feed.MetadataFeed;
import io.ottla.metadata.image.AppliedMetadata;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublication;
import io.ottla.metadata.quorum.MetadataQuorum;
import io.ottla.metadata.quorum.Voter;
import io.ottla.runtime.Clock;
import io.ottla.runtime.ManualShard;
import io.ottla.runtime.Shard;
import io.ottla.runtime.ShardTask;
import io.ottla.runtime.Timer;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.FetchMetadataRequest;
import io.ottla.wire.message.FetchMetadataResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * Controllers of the production's over a {@link SimulatedQuorum}, and a follower of their feeds:
 * metadata without brokers.
 */
final class ControllerNodes {

  static final String CLUSTER = "cluster";
  private static final int FOLLOWER = 100;

  /** One process of a node. */
  final class Node implements AutoCloseable {

    final int id;
    final Controller controller;
    final MetadataPublication publication;
    private final MetadataFeed feed = new MetadataFeed(MetadataImage.empty(CLUSTER));
    private final ControllerStateMachine machine;
    private final MetadataQuorum<CommandResult> end;
    private boolean alive = true;

    private Node(int id) {
      this.id = id;
      Executor lane = task -> after(0, () -> isAlive(), id, task);
      publication = new MetadataPublication(MetadataImage.empty(CLUSTER), lane, failures::add);
      publication.add((image, deltas) -> onPublished(image));
      machine = new ControllerStateMachine(CLUSTER, AppliedMetadata.both(publication, feed));
      end = quorum.join(id, machine, failures::add);
      controller =
          new Controller(
              end, machine, publication, RULES, settings(id), new TurnedShard(id, () -> isAlive()));
      var _ = controller.start();
    }

    private boolean isAlive() {
      return alive;
    }

    private void onPublished(MetadataImage image) {
      invariants.check(id, image);
    }

    MetadataImage image() {
      return machine.image();
    }

    /** The process dies. */
    void crash() {
      alive = false;
      quorum.crash(id);
      nodes.remove(id);
    }

    CompletableFuture<Void> handOver() {
      return end.transferLeadership();
    }

    @Override
    public void close() {
      controller.close();
      alive = false;
      nodes.remove(id);
    }
  }

  /** No rules. */
  private static final ConfigRules RULES =
      new ConfigRules() {
        @Override
        public void validate(
            ConfigResource resource, Map<String, String> existing, Map<String, String> configs) {}

        @Override
        public boolean isList(ConfigResource.Type type, String key) {
          return false;
        }

        @Override
        public String defaultValue(ConfigResource.Type type, String key) {
          return null;
        }
      };

  final Timeline timeline;
  final CutLinks network = new CutLinks();
  final SimulatedQuorum<CommandResult> quorum;
  final Map<Integer, Node> nodes = new TreeMap<>();
  final List<Throwable> failures = new ArrayList<>();
  final MetadataInvariants invariants = new MetadataInvariants(1);
  final int voters;
  private final FeedFollower follower;
  private MetadataImage followed = MetadataImage.empty(CLUSTER);
  private int replaced;
  private int source = 1;
  private long ids;

  ControllerNodes(long seed, int voters, QuorumPace pace) {
    this.timeline = new Timeline(seed);
    this.voters = voters;
    this.quorum =
        SimulatedQuorum.ofControllers(
            timeline,
            network,
            pace,
            IntStream.rangeClosed(1, voters)
                .mapToObj(id -> new Voter(id, new Uuid(9, id), new HostPort("node-" + id, 9093)))
                .toList());
    for (int id = 1; id <= voters; id++) {
      start(id);
    }
    this.follower =
        new FeedFollower(
            new TurnedShard(FOLLOWER, () -> true),
            followed,
            this::fetch,
            new AppliedMetadata() {
              @Override
              public void applied(MetadataImage image, List<MetadataDelta> deltas) {
                follow(image);
              }

              @Override
              public void replaced(MetadataImage image) {
                replaced++;
                follow(image);
              }
            },
            () -> FOLLOWER,
            failures::add);
    follower.start();
  }

  private ControllerSettings settings(int id) {
    return new ControllerSettings(
        id,
        3,
        brokers -> Math.min(brokers, 3),
        FeatureCatalog.firstLevels(),
        new Random(timeline.random().nextLong()),
        this::newId);
  }

  Uuid newId() {
    return new Uuid(5, ++ids);
  }

  void start(int id) {
    invariants.begins(id);
    nodes.put(id, new Node(id));
  }

  /** What the follower has. */
  MetadataImage followed() {
    return followed;
  }

  /** How often the follower was given a snapshot. */
  int replaced() {
    return replaced;
  }

  private void follow(MetadataImage image) {
    followed = image;
    invariants.check(FOLLOWER, image);
  }

  /** A controller's answer, the same one's as long as it gives any. */
  private CompletableFuture<FetchMetadataResponse> fetch(FetchMetadataRequest request) {
    CompletableFuture<FetchMetadataResponse> answer = new CompletableFuture<>();
    int id = source;
    timeline.afterMs(1, "is asked for metadata", () -> answer(id, request, answer, 20));
    return answer;
  }

  private void answer(
      int id,
      FetchMetadataRequest request,
      CompletableFuture<FetchMetadataResponse> answer,
      int patience) {
    Node node = nodes.get(id);
    if (node == null || !network.running(id)) {
      source = 1 + timeline.random().nextInt(voters);
      answer.completeExceptionally(new IllegalStateException("node " + id + " does not answer"));
      return;
    }
    FetchMetadataResponse response =
        new FetchMetadataResponse().clusterId(CLUSTER).endOffset(node.feed.endOffset());
    if (request.snapshotOffset() >= 0) {
      answer.complete(
          with(
              response,
              node.feed.readSnapshot(request.snapshotOffset(), request.snapshotPosition(), 2_000)));
      return;
    }
    switch (node.feed.read(request.offset(), 10_000)) {
      case MetadataFeed.Reading.Changes(byte[] bytes) -> {
        if (bytes.length == 0 && patience > 0) {
          timeline.afterMs(
              20, "waits for metadata", () -> answer(id, request, answer, patience - 1));
        } else {
          answer.complete(response.body(bytes));
        }
      }
      case MetadataFeed.Reading.SnapshotNeeded() ->
          answer.complete(with(response, node.feed.readSnapshot(MetadataFeed.NEWEST, 0, 2_000)));
    }
  }

  private static FetchMetadataResponse with(
      FetchMetadataResponse response, MetadataFeed.SnapshotPart part) {
    return response
        .snapshotOffset(part.offset())
        .snapshotSize(part.sizeInBytes())
        .body(part.bytes());
  }

  /** As long as a process lives, and while it is not paused. */
  private void after(long delayNs, BooleanSupplier alive, int id, Runnable task) {
    timeline.afterNs(
        delayNs + timeline.random().nextInt(50_000),
        "goes on",
        () -> {
          if (!alive.getAsBoolean()) {
            return;
          }
          if (network.running(id)) {
            task.run();
          } else {
            after(TimeUnit.MILLISECONDS.toNanos(20), alive, id, task);
          }
        });
  }

  /** Turned by the timeline. */
  private final class TurnedShard implements Shard, Clock {

    private final int node;
    private final BooleanSupplier alive;
    private final ManualShard shard = new ManualShard(this);
    private boolean coming;
    private long alarmNs = Long.MAX_VALUE;

    TurnedShard(int node, BooleanSupplier alive) {
      this.node = node;
      this.alive = alive;
    }

    private void wake() {
      if (!coming) {
        coming = true;
        after(
            0,
            alive,
            node,
            () -> {
              coming = false;
              turn();
            });
      }
    }

    private void turn() {
      shard.turn();
      long next = shard.nextDeadlineNs();
      if (next < alarmNs) {
        alarmNs = next;
        after(
            next - nowNs(),
            alive,
            node,
            () -> {
              alarmNs = Long.MAX_VALUE;
              turn();
            });
      }
    }

    @Override
    public long nowNs() {
      return timeline.nowNs();
    }

    @Override
    public long wallMs() {
      return timeline.nowMs();
    }

    @Override
    public int id() {
      return node;
    }

    @Override
    public boolean offer(ShardTask task) {
      wake();
      return shard.offer(task);
    }

    @Override
    public void submit(ShardTask task) {
      wake();
      shard.submit(task);
    }

    @Override
    public Timer schedule(long delayMs, ShardTask task) {
      wake();
      return shard.schedule(delayMs, task);
    }

    @Override
    public void atEndOfBatch(ShardTask task) {
      wake();
      shard.atEndOfBatch(task);
    }

    @Override
    public boolean isOnShardThread() {
      return true;
    }

    @Override
    public Clock clock() {
      return this;
    }
  }
}
