package io.ottla.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.log.LogConfig;
import io.ottla.log.LogException;
import io.ottla.metadata.image.NodeIds;
import io.ottla.runtime.ManualClock;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordBatchBuilder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Brokers, a controller, a network and a clock in one thread. Looks after each step whether what
 * must always be true is.
 */
final class TestCluster {

  private static final int STEP_MS = 1;

  /** A record that was acknowledged with acks=all. */
  record Acked(int partition, long offset, String value) {}

  private record LedIn(Uuid topicId, int partition, int broker, int life, int epoch) {}

  final ManualClock clock = new ManualClock(1_000_000);
  final Random random;
  final TestNetwork network;
  final TestController controller;
  final List<Acked> acked = new ArrayList<>();
  final List<String> failed = new ArrayList<>();
  private final Map<Integer, TestBroker> brokers = new TreeMap<>();
  private final Map<LedIn, Long> highWatermarks = new HashMap<>();
  private final Map<String, Integer> leaders = new HashMap<>();
  private int metadataDelayMs = 2;

  TopicSettings settings;
  ReplicationConfig config =
      new ReplicationConfig(
          TestController.LISTENER, 1_000, 1, 1, 400, 4_000, 100, 200, 1_000, 11, 1);

  TestCluster(long seed, int minInsyncReplicas) {
    random = new Random(seed);
    network = new TestNetwork(clock, random);
    controller = new TestController(minInsyncReplicas, this::tellAll);
    settings =
        Replicas.settings(
            LogConfig.defaults().withSegmentBytes(2_000).withIndex(200, 1_000), minInsyncReplicas);
  }

  /** Three brokers with all replicas of a topic, led by broker 1. */
  static TestCluster ofThree(long seed, int minInsyncReplicas) {
    TestCluster cluster = new TestCluster(seed, minInsyncReplicas);
    cluster.start(1, 2, 3);
    cluster.controller.createTopic(1, NodeIds.of(1, 2, 3));
    cluster.run(20);
    return cluster;
  }

  void start(int... ids) {
    for (int id : ids) {
      broker(id).start(true);
    }
  }

  TestBroker broker(int id) {
    return brokers.computeIfAbsent(id, it -> new TestBroker(it, this));
  }

  TestBroker leader(int partition) {
    return broker(controller.partition(partition).leader());
  }

  private void tellAll() {
    for (TestBroker broker : List.copyOf(brokers.values())) {
      int life = broker.life();
      tell(broker, life);
    }
  }

  private void tell(TestBroker broker, int life) {
    network.after(
        random.nextInt(metadataDelayMs + 1),
        () -> {
          if (broker.life() != life || !broker.isUp()) {
            return;
          }
          if (broker.paused || network.isCut(TestNetwork.CONTROLLER, broker.id())) {
            network.after(20, () -> tell(broker, life));
          } else {
            broker.learn();
          }
        });
  }

  void setMetadataDelayMs(int ms) {
    metadataDelayMs = ms;
  }

  /** Runs something on a broker as soon as it runs; says so if that process is gone. */
  void whenRunning(TestBroker broker, int life, Runnable action, Runnable gone) {
    if (!broker.isUp() || broker.life() != life) {
      gone.run();
    } else if (broker.paused) {
      network.after(5, () -> whenRunning(broker, life, action, gone));
    } else {
      action.run();
    }
  }

  void run(long ms) {
    for (long passed = 0; passed < ms; passed += STEP_MS) {
      step();
    }
  }

  /** Runs until something is true. */
  void until(BooleanSupplier condition) {
    for (int i = 0; !condition.getAsBoolean(); i++) {
      assertThat(i).as("steps without what was waited for: %s", this).isLessThan(20_000);
      step();
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < controller.image().partitionCount(); i++) {
      text.append("\n  ").append(controller.partition(i));
      for (TestBroker broker : brokers.values()) {
        if (broker.isUp()) {
          text.append("\n    ").append(broker.id()).append(' ');
          if (broker.partition(i) == null) {
            text.append("nothing");
            continue;
          }
          text.append(broker.partition(i).role());
          text.append(" ends at ").append(broker.partition(i).view().logEndOffset());
          text.append(", committed ").append(broker.partition(i).view().highWatermark());
          text.append(", epochs ").append(broker.partition(i).view().leaderEpochs());
        }
      }
    }
    return text.toString();
  }

  private void step() {
    clock.advanceMs(STEP_MS);
    boolean busy = true;
    for (int i = 0; busy && i < 100; i++) {
      busy = network.deliver();
      for (TestBroker broker : brokers.values()) {
        busy |= broker.turn();
      }
      check();
    }
  }

  /** One leader for each epoch; a leader's high watermark does not go back. */
  private void check() {
    for (TestBroker broker : brokers.values()) {
      if (!broker.isUp()) {
        continue;
      }
      for (Partition partition : broker.partitions().all()) {
        int number = partition.topicPartition().partition();
        if (partition.role().isLeader()) {
          int epoch = partition.leaderEpoch();
          Integer other =
              leaders.putIfAbsent(partition.topicId() + "-" + number + "@" + epoch, broker.id());
          assertThat(other == null || other == broker.id()).as("one leader in an epoch").isTrue();
          Long before =
              highWatermarks.put(
                  new LedIn(partition.topicId(), number, broker.id(), broker.life(), epoch),
                  partition.view().highWatermark());
          assertThat(partition.view().highWatermark())
              .as("high watermark of the leader in epoch %s", epoch)
              .isGreaterThanOrEqualTo(before == null ? 0 : before);
        }
      }
    }
  }

  /** Appends a record at the leader the controller has; what is acknowledged is kept. */
  boolean produce(int partition, String value) {
    int leader = controller.partition(partition).leader();
    return leader >= 0 && produceTo(broker(leader), partition, value);
  }

  boolean produceTo(TestBroker broker, int partition, String value) {
    if (!broker.isUp() || broker.paused || broker.partition(partition) == null) {
      return false;
    }
    long[] offset = {-1};
    try {
      offset[0] =
          broker
              .append(
                  partition,
                  value,
                  new CommitListener() {
                    @Override
                    public void onCommitted() {
                      acked.add(new Acked(partition, offset[0], value));
                    }

                    @Override
                    public void onFailed(ErrorCode error) {
                      failed.add(value + " " + error);
                    }
                  })
              .baseOffset();
      return true;
    } catch (LogException e) {
      failed.add(value + " " + e.error());
      return false;
    }
  }

  List<String> ackedValues() {
    return acked.stream().map(Acked::value).toList();
  }

  /** Every replica of a partition has the same as its leader, up to the end. */
  boolean isEqual(int partition) {
    TestBroker leader = leader(partition);
    if (!leader.isUp() || leader.partition(partition) == null) {
      return false;
    }
    long end = leader.partition(partition).view().logEndOffset();
    List<String> lines = leader.lines(partition, end);
    for (int id : controller.partition(partition).replicas().asList()) {
      Partition its = broker(id).partition(partition);
      if (its == null
          || its.view().logEndOffset() != end
          || !broker(id).lines(partition, end).equals(lines)) {
        return false;
      }
    }
    return true;
  }

  /** What was acknowledged is there, at its offset, with all replicas. */
  void checkAcked() {
    for (Acked record : acked) {
      for (int id : controller.partition(record.partition).replicas().asList()) {
        LinesOf lines = new LinesOf(broker(id), record.partition);
        assertThat(lines.valueAt(record.offset))
            .as("acknowledged record at %s on broker %s", record.offset, id)
            .isEqualTo(record.value);
      }
    }
  }

  private record LinesOf(TestBroker broker, int partition) {

    String valueAt(long offset) {
      for (String line :
          broker.lines(partition, broker.partition(partition).view().logEndOffset())) {
        if (line.startsWith(offset + "-")) {
          return line.substring(line.lastIndexOf(' ') + 1);
        }
      }
      return null;
    }
  }

  static ByteBuf batch(String value) {
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      builder.append(1_000L, (byte[]) null, value.getBytes(StandardCharsets.UTF_8));
      return builder.build();
    }
  }

  /** The last bytes of a batch of one record are its value and the number of its headers. */
  static String valueOf(RecordBatch batch) {
    int end = batch.start() + batch.sizeInBytes() - 1;
    int start = end;
    while (batch.buffer().getByte(start - 1) >= '-' && start > batch.start() + 61) {
      start--;
    }
    return batch.buffer().toString(start, end - start, StandardCharsets.US_ASCII);
  }
}
