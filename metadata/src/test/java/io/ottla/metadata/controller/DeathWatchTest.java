package io.ottla.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.BrokerImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class DeathWatchTest {

  private final List<BrokerImage> probed = new ArrayList<>();
  private CompletableFuture<Boolean> gone = CompletableFuture.completedFuture(true);
  private final Cluster cluster = cluster();

  private Cluster cluster() {
    Cluster.Options options = new Cluster.Options();
    options.probe =
        broker -> {
          probed.add(broker);
          return gone;
        };
    return new Cluster(options);
  }

  @Test
  void fencesABrokerAtOnceWhoseConnectionBrokeAndWhoseProcessIsGone() {
    long epoch = cluster.start(2);
    cluster.controller.connectionLost(2, epoch);
    assertThat(probed).extracting(BrokerImage::id).containsExactly(2);
    assertThat(cluster.broker(2).fenced()).isTrue();
  }

  @Test
  void leavesABrokerItsSessionThatStillListens() {
    gone = CompletableFuture.completedFuture(false);
    long epoch = cluster.start(2);
    cluster.controller.connectionLost(2, epoch);
    assertThat(cluster.broker(2).fenced()).isFalse();
  }

  @Test
  void leavesABrokerItsSessionThatCannotBeLookedFor() {
    gone = CompletableFuture.failedFuture(new IllegalStateException("no network"));
    long epoch = cluster.start(2);
    cluster.controller.connectionLost(2, epoch);
    assertThat(cluster.broker(2).fenced()).isFalse();
  }

  @Test
  void doesNotTakeARestartedBrokerForItsDeadSelf() {
    gone = new CompletableFuture<>();
    long dead = cluster.start(2);
    cluster.controller.connectionLost(2, dead);
    long restarted = cluster.start(2);
    gone.complete(true);
    assertThat(cluster.broker(2).epoch()).isEqualTo(restarted).isNotEqualTo(dead);
    assertThat(cluster.broker(2).fenced()).isFalse();

    cluster.controller.connectionLost(2, dead);
    assertThat(probed).hasSize(1);
  }

  @Test
  void neverSuspectsItsOwnNode() {
    long epoch = cluster.start(1);
    cluster.controller.connectionLost(1, epoch);
    assertThat(probed).isEmpty();
  }
}
