package io.ottla.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.image.TakenOver;
import io.ottla.metadata.quorum.QuorumException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a leader begins with when the first of it is lost. */
class TermStartTest {

  private static Cluster.Options lost() {
    Cluster.Options options = new Cluster.Options();
    options.firstFailure = new QuorumException.OutcomeUnknown("lost", null);
    return options;
  }

  @Test
  void setsTheFeaturesOfANewClusterAsSoonAsItCan() {
    Cluster cluster = new Cluster(lost());
    cluster.shard.passMs(10_000);
    assertThat(cluster.started).isNotDone();

    cluster.quorum.failWith(null);
    cluster.shard.passMs(1_000);
    assertThat(cluster.started).isCompleted();
    assertThat(cluster.image().features()).isEqualTo(FeatureCatalog.firstLevels());
  }

  @Test
  void goesOnInItsNextTermIfThatComesFirst() {
    Cluster cluster = new Cluster(lost());
    cluster.quorum.failWith(null);
    cluster.quorum.resign();
    cluster.quorum.lead();
    assertThat(cluster.started).isCompleted();
    int logged = cluster.quorum.log().size();

    cluster.shard.passMs(10_000);
    assertThat(cluster.quorum.log()).hasSize(logged);
  }

  /** What came of its parts is not known, and they are made for what was there before. */
  @Test
  void failsToStartWhenATakeoverIsLostHalfWay() {
    Cluster.Options options = lost();
    options.predecessor = image -> List.of(List.of(new TakenOver(5, 6, 7).toDelta()));
    Cluster cluster = new Cluster(options);
    cluster.shard.passMs(1_000);

    assertThatThrownBy(cluster.started::join)
        .hasRootCauseInstanceOf(ControllerException.class)
        .hasMessageContaining("Start this node again");
  }
}
