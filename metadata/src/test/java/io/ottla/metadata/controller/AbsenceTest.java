package io.ottla.metadata.controller;

import static io.ottla.metadata.controller.Cluster.SESSION_MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.BrokerImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class AbsenceTest {

  private final Set<Integer> gone = new HashSet<>();
  private final List<Integer> probed = new ArrayList<>();
  private final Cluster cluster = new Cluster();

  AbsenceTest() {
    cluster.controller.probeWith(this::probe);
    newTerm();
    cluster.with(1, 2, 3);
    cluster.create("orders", List.of(2, 3, 1));
  }

  @Test
  void fencesABrokerAtOnceWhoseConnectionBrokeAndWhoseProcessIsGone() {
    gone.add(2);
    cluster.controller.connectionLost(2);
    assertThat(cluster.broker(2).fenced()).isTrue();
    assertThat(cluster.partition("orders", 0).leader()).isEqualTo(3);
    assertThat(cluster.broker(3).fenced()).isFalse();
  }

  @Test
  void asksAgainWhenAProcessIsStillDying() {
    cluster.controller.connectionLost(2);
    assertThat(cluster.broker(2).fenced()).isFalse();
    gone.add(2);
    cluster.shard.passMs(200);
    assertThat(cluster.broker(2).fenced()).isTrue();
  }

  @Test
  void leavesABrokerAloneThatHasOnlyLostItsConnection() {
    cluster.controller.connectionLost(2);
    cluster.shard.passMs(100);
    cluster.beat(2);
    cluster.shard.passMs(1_000);
    int asked = probed.size();
    gone.add(2);
    cluster.shard.passMs(2_000);
    assertThat(probed).hasSize(asked);
    assertThat(cluster.broker(2).fenced()).isFalse();
  }

  @Test
  void waitsForTheSessionOfABrokerThatCannotBeReached() {
    cluster.controller.connectionLost(2);
    for (int ms = 0; ms < SESSION_MS - 1_000; ms += 500) {
      cluster.shard.passMs(500);
      cluster.beat(3);
    }
    assertThat(cluster.broker(2).fenced()).isFalse();
    for (int ms = 0; ms < 2_000; ms += 500) {
      cluster.shard.passMs(500);
      cluster.beat(3);
    }
    assertThat(cluster.broker(2).fenced()).isTrue();
    int asked = probed.size();
    cluster.shard.passMs(2_000);
    assertThat(probed.size()).isLessThanOrEqualTo(asked + 1);
  }

  @Test
  void findsOutAtOnceWhoIsGoneWhenATermBegins() {
    gone.add(2);
    newTerm();
    assertThat(cluster.broker(2).fenced()).isTrue();
    assertThat(cluster.broker(3).fenced()).isFalse();
    cluster.beat(3);
    cluster.shard.passMs(3_000);
    assertThat(cluster.broker(3).fenced()).isFalse();
  }

  @Test
  void neverProbesTheControllersOwnBroker() {
    gone.add(1);
    newTerm();
    cluster.controller.connectionLost(1);
    cluster.shard.passMs(1_000);
    assertThat(probed).doesNotContain(1);
    assertThat(cluster.broker(1).fenced()).isFalse();
  }

  @Test
  void givesAnswersThatComeLateToNobody() {
    CompletableFuture<Boolean> late = new CompletableFuture<>();
    cluster.controller.probeWith(broker -> late);
    newTerm();
    cluster.beat(2);
    cluster.shard.passMs(100);
    cluster.beat(2);
    late.complete(true);
    assertThat(cluster.broker(2).fenced()).isFalse();
  }

  @Test
  void probesNobodyAfterItsTerm() {
    newTerm();
    cluster.quorum.resign();
    probed.clear();
    cluster.shard.passMs(5_000);
    cluster.controller.connectionLost(2);
    assertThat(probed).isEmpty();
  }

  private CompletableFuture<Boolean> probe(BrokerImage broker) {
    probed.add(broker.id());
    return CompletableFuture.completedFuture(gone.contains(broker.id()));
  }

  private void newTerm() {
    cluster.quorum.resign();
    cluster.quorum.lead();
  }
}
