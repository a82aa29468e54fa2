package io.ottla.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Crashes, cuts, pauses, elections and moves between directories in random order while records are
 * produced; elections are clean, and no more processes lose what was not forced than may. Whatever
 * happens: one leader for each epoch, its high watermark does not go back, and in the end all
 * replicas are equal and have what was acknowledged, where it was.
 */
class RandomReplicationTest {

  private static final int SEEDS = Integer.getInteger("ottla.test.replication.seeds", 60);
  private static final long FIRST = Long.getLong("ottla.test.replication.seed", 1L);
  private static final int PARTITIONS = 2;
  private static final int BROKERS = 3;

  static List<Long> seeds() {
    List<Long> seeds = new ArrayList<>();
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      seeds.add(seed);
    }
    return seeds;
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void keepsWhatWasAcknowledged(long seed) {
    new Run(seed).play();
  }

  private static final class Run {

    private final Random random;
    private final TestCluster cluster;
    private final Set<Integer> fenced = new HashSet<>();
    private int produced;

    Run(long seed) {
      random = new Random(seed);
      cluster = new TestCluster(seed, 2);
      cluster.network.setMaxDelayMs(1 + random.nextInt(8));
      cluster.setMetadataDelayMs(1 + random.nextInt(30));
      for (int id = 1; id <= BROKERS; id++) {
        cluster.broker(id).directoryCount = 2;
        cluster.broker(id).moveBytes = 100 + random.nextInt(2_000);
      }
      cluster.start(1, 2, 3);
      cluster.controller.createTopic(PARTITIONS, NodeIds.of(1, 2, 3), NodeIds.of(2, 3, 1));
      cluster.run(50);
    }

    void play() {
      int faults = 5 + random.nextInt(15);
      for (int i = 0; i < faults; i++) {
        fault();
        int records = random.nextInt(12);
        for (int j = 0; j < records; j++) {
          produce();
          cluster.run(random.nextInt(20));
        }
        cluster.run(random.nextInt(random.nextInt(4) == 0 ? 1_500 : 100));
      }
      int acked = cluster.acked.size();
      heal();
      for (int i = 0; i < PARTITIONS; i++) {
        int number = i;
        cluster.until(
            () ->
                cluster.controller.partition(number).isr().size() == BROKERS
                    && cluster.isEqual(number));
        int before = cluster.acked.size();
        cluster.until(
            () -> {
              if (cluster.clock.wallMs() % 100 == 0) {
                cluster.produce(number, "last-" + produced++);
              }
              return cluster.acked.size() > before;
            });
        cluster.until(() -> cluster.isEqual(number));
      }
      assertThat(cluster.acked).hasSizeGreaterThan(acked);
      cluster.checkAcked();
    }

    private void produce() {
      int partition = random.nextInt(PARTITIONS);
      // Now and then at one that may not know yet that it leads no more.
      if (random.nextInt(4) == 0) {
        cluster.produceTo(cluster.broker(1 + random.nextInt(BROKERS)), partition, next());
      } else {
        cluster.produce(partition, next());
      }
    }

    private String next() {
      return "value-" + produced++;
    }

    private TestBroker any() {
      return cluster.broker(1 + random.nextInt(BROKERS));
    }

    private void fault() {
      TestBroker broker = any();
      int id = broker.id();
      switch (random.nextInt(10)) {
        case 0, 1 -> {
          if (!broker.isUp()) {
            start(broker);
          } else if (random.nextBoolean() && mayLose(id)) {
            broker.crash(random);
            lost.add(id);
            start(broker);
          } else {
            broker.crash(null);
            lost.remove(id);
            fence(id);
          }
        }
        case 2 -> {
          if (broker.isUp() && mayLose(id)) {
            broker.crash(random);
            lost.add(id);
            fence(id);
          }
        }
        case 3 -> cluster.network.cut(id, 1 + id % BROKERS);
        case 4 -> {
          cluster.network.cut(TestNetwork.CONTROLLER, id);
          if (random.nextBoolean()) {
            fence(id);
          }
          if (broker.isUp() && random.nextBoolean()) {
            broker.partitions().fenceSelf(true);
          }
        }
        case 5 -> {
          broker.paused = broker.isUp();
          if (random.nextBoolean()) {
            fence(id);
          }
        }
        case 6 -> elect(random.nextInt(PARTITIONS));
        case 7 -> {
          if (broker.isUp()) {
            broker.checkpoint();
          }
        }
        case 8 -> {
          int partition = random.nextInt(PARTITIONS);
          if (broker.isUp() && broker.partition(partition) != null) {
            broker.moves = random.nextInt(3) > 0; // Else the move waits for a later one.
            broker.move(partition, random.nextInt(2));
          }
        }
        default -> heal();
      }
    }

    /** Those that lost a part of their log and have not started since. */
    private final Set<Integer> lost = new HashSet<>();

    private void start(TestBroker broker) {
      // After kill -9 nothing is lost, but nobody can know; unless it is the last that has all.
      broker.start(!lost.contains(broker.id()) && !hasSuccessor(broker.id()));
      lost.remove(broker.id());
      fenced.remove(broker.id());
    }

    /** Whether somebody else has all that was acknowledged, and will be asked. */
    private boolean mayLose(int id) {
      return lost.isEmpty() && hasSuccessor(id);
    }

    private boolean hasSuccessor(int id) {
      for (int i = 0; i < PARTITIONS; i++) {
        PartitionImage state = cluster.controller.partition(i);
        boolean found = false;
        for (int other = 1; other <= BROKERS; other++) {
          found |=
              other != id
                  && !lost.contains(other)
                  && (state.isr().contains(other) || state.elr().contains(other));
        }
        if (!found) {
          return false;
        }
      }
      return true;
    }

    private void fence(int id) {
      if (fenced.add(id)) {
        cluster.controller.fence(id);
      }
    }

    private void elect(int partition) {
      PartitionImage state = cluster.controller.partition(partition);
      for (int id : state.isr().asList()) {
        if (id != state.leader() && !fenced.contains(id) && random.nextBoolean()) {
          cluster.controller.elect(partition, id);
          return;
        }
      }
    }

    private void heal() {
      cluster.network.heal();
      for (int id = 1; id <= BROKERS; id++) {
        TestBroker broker = cluster.broker(id);
        broker.paused = false;
        if (!broker.isUp()) {
          start(broker);
        } else {
          if (fenced.remove(id)) {
            cluster.controller.unfence(id);
          }
          broker.partitions().fenceSelf(false);
        }
      }
    }
  }
}
