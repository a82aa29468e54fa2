package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ottla.compat.Await;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.MetadataProbe.Leadership;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Plans in which one kind of fault follows the other, and those of slow links and wrong clocks. */
final class Mix {
  private static final int NODE_WITH_CLOCK = 2;
  private static final long LONGEST_STALL_MS = 10_000;

  /** What can happen for a while. */
  private enum Kind {
    NOTHING,
    KILL,
    PAUSE,
    CUT,
    CLOCK
  }

  private Mix() {}

  /** nothing, a kill, a pause, a cut and a clock that jumps take turns. */
  static void rotation(Scene scene) throws Exception {
    Optional<SkewedClock> clock = SkewedClock.give(scene, NODE_WITH_CLOCK);
    List<Kind> next = new ArrayList<>();
    Map<Kind, Integer> happened = new EnumMap<>(Kind.class);
    for (int round = 0; round < scene.of(4, 8, 28); round++) {
      if (next.isEmpty()) {
        Collections.addAll(next, Kind.values());
        Collections.shuffle(next, scene.random());
      }
      Kind kind = next.removeLast();
      if (kind == Kind.CLOCK && clock.isEmpty()) {
        continue;
      }
      long fromNs = System.nanoTime();
      scene.transactions().history().fault(kind.toString(), fromNs);
      happen(scene, kind, clock);
      scene.transactions().history().fault(kind + " is over", System.nanoTime());
      happened.merge(kind, 1, Integer::sum);
      scene.awaitProgress();
      Await.elapsed(fromNs, Duration.ofSeconds(scene.of(5, 10, 20)));
    }
    clock.ifPresent(SkewedClock::close);
    scene.proved(
        "each seen to happen (exit 137, process state T, held by the cut, stamps an hour off): %s",
        happened);
  }

  private static void happen(Scene scene, Kind kind, Optional<SkewedClock> clock) throws Exception {
    ClusterNode node = scene.drawBroker();
    switch (kind) {
      case NOTHING -> scene.awaitProgress();
      case KILL -> {
        Kills.kill(node);
        scene.last(Duration.ofMillis(scene.random().nextInt(5_000)));
        node.start();
        scene.awaitInSync();
      }
      case PAUSE -> {
        node.pause();
        Pauses.awaitStill(node);
        scene.last(Duration.ofMillis(2_000 + scene.random().nextInt(6_000)));
        node.resume();
      }
      case CUT -> {
        long before = scene.cluster().network().heldFromPeers(node.id());
        scene.cluster().network().isolateFromPeers(node.id());
        scene.last(Duration.ofMillis(2_000 + scene.random().nextInt(6_000)));
        assertThat(scene.cluster().network().heldFromPeers(node.id()))
            .as("held by the cut")
            .isGreaterThan(before);
        scene.cluster().network().mend();
        scene.awaitInSync();
      }
      case CLOCK -> {
        clock.orElseThrow().set(scene.random().nextBoolean() ? 1 : -1);
        scene.last(Duration.ofSeconds(3));
        clock.orElseThrow().set(0);
      }
    }
  }

  /** the clock of one broker is an hour off, this way and that, and jumps all the time. */
  static void clock(Scene scene) throws Exception {
    Optional<SkewedClock> found = SkewedClock.give(scene, NODE_WITH_CLOCK);
    assumeTrue(found.isPresent(), "needs libfaketime");
    Map<Integer, Long> said = scene.cluster().outputPositions();
    long fromNs = System.nanoTime();
    int jumps = scene.of(10, 20, 100);
    try (SkewedClock clock = found.get()) {
      for (int hours : new int[] {1, -1, 0}) {
        clock.set(hours);
        scene.last(Duration.ofSeconds(scene.of(3, 5, 20)));
        scene.awaitProgress();
      }
      for (int i = 0; i < jumps; i++) {
        clock.jump(scene.random().nextInt(120) - 60);
        scene.last(Duration.ofMillis(200));
      }
      clock.set(0);
      scene.awaitProgress();
    }
    long stallMs = scene.queue().longestStallSince(fromNs).toMillis();
    assertThat(stallMs).as("stall in ms").isLessThan(LONGEST_STALL_MS);
    nobodyWasFenced(scene, said);
    scene.proved(
        "node %d stamped records an hour fast, then an hour slow; then %d jumps every 200 ms:"
            + " nobody was fenced, longest stall %d ms",
        NODE_WITH_CLOCK, jumps, stallMs);
  }

  private static void nobodyWasFenced(Scene scene, Map<Integer, Long> since) throws Exception {
    for (ClusterNode node : scene.cluster().nodes()) {
      assertThat(node.outputSince(since.get(node.id())))
          .as("%s fences nobody", node)
          .noneMatch(line -> line.contains("Fencing broker"));
    }
  }

  /** everything takes a tenth of a second on its way, one piece of 64 KB after the other. */
  static void slowLinks(Scene scene) throws Exception {
    Map<Integer, Long> said = scene.cluster().outputPositions();
    scene.cluster().network().slowDown(100);
    long fromNs = System.nanoTime();
    do {
      scene.awaitProgress();
    } while (System.nanoTime() - fromNs < Duration.ofSeconds(scene.of(8, 20, 60)).toNanos());
    long delayed = scene.cluster().network().delayed();
    scene.cluster().network().mend();
    assertThat(delayed).as("delayed").isPositive();
    nobodyWasFenced(scene, said);
    scene.proved("%d pieces came 100 ms late; nobody was fenced", delayed);
    scene.awaitProgress();
  }

  /** a ring in which each sees a majority, and links that go and come one by one. */
  static void ring(Scene scene) throws Exception {
    Cluster cluster = scene.cluster();
    List<int[]> chords = new ArrayList<>();
    int count = cluster.nodes().size();
    for (int one = 1; one <= count; one++) {
      for (int other = one + 2; other <= count && other - one != count - 1; other++) {
        chords.add(new int[] {one, other});
      }
    }
    for (int round = 0; round < scene.of(1, 2, 6); round++) {
      Collections.shuffle(chords, scene.random());
      long before = held(cluster, chords);
      for (int[] chord : chords) {
        cluster.network().cut(chord[0], chord[1]);
        scene.last(Duration.ofMillis(scene.random().nextInt(1_000)));
      }
      scene.last(Duration.ofSeconds(scene.of(5, 10, 15)));
      long held = held(cluster, chords) - before;
      assertThat(held).as("held by the cuts").isPositive();
      Collections.shuffle(chords, scene.random());
      for (int[] chord : chords) {
        cluster.network().mend(chord[0], chord[1]);
        scene.last(Duration.ofMillis(scene.random().nextInt(1_000)));
      }
      scene.awaitInSync();
      scene.awaitProgress();
      scene.proved(
          "%d links cut one by one and mended in another order, %d held", chords.size(), held);
      ClusterNode silent = scene.drawBroker();
      int partition = scene.drawPartition();
      Leadership leadership = scene.leadership(partition);
      cluster.network().silence(silent.id());
      scene.last(Duration.ofSeconds(scene.of(5, 8, 15)));
      long unheard = cluster.network().heldFromPeers(silent.id());
      assertThat(unheard).as("held by the cut").isPositive();
      cluster.network().mend();
      scene.awaitInSync();
      scene.proved(
          "%s heard its peers, and was not heard (%d held); partition %d was led by %d",
          silent, unheard, partition, leadership.leaderId());
      scene.awaitProgress();
    }
  }

  private static long held(Cluster cluster, List<int[]> chords) {
    return chords.stream().mapToLong(each -> cluster.network().held(each[0], each[1])).sum();
  }
}
