package io.ottla.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import org.junit.jupiter.api.Test;

/** On directories of Kafka's, the only replica of a partition leads on in the epoch it led in. */
class KeptLeaderEpochTest {

  @Test
  void theOnlyReplicaKeepsItsEpochWhenItStopsAndComesBack() {
    PartitionImage alone = PartitionImage.created(NodeIds.of(1), NodeIds.of(1));
    PartitionImage stopped = step(alone, 1, true).left(1).result();
    assertThat(stopped.leader()).isEqualTo(PartitionImage.NO_LEADER);
    assertThat(stopped.leaderEpoch()).isZero();
    assertThat(stopped.partitionEpoch()).isEqualTo(1);
    PartitionImage back = step(stopped, -1, true).result();
    assertThat(back.leader()).isEqualTo(1);
    assertThat(back.leaderEpoch()).isZero();
    assertThat(back.partitionEpoch()).isEqualTo(2);
  }

  @Test
  void elsewhereAndAmongSeveralItGetsANewOne() {
    PartitionImage alone = PartitionImage.created(NodeIds.of(1), NodeIds.of(1));
    assertThat(step(alone, 1, false).left(1).result().leaderEpoch()).isEqualTo(1);
    PartitionImage several = PartitionImage.created(NodeIds.of(1, 2), NodeIds.of(1, 2));
    assertThat(step(several, 1, true).left(1).result().leaderEpoch()).isEqualTo(1);
    assertThat(
            step(alone, -1, true)
                .assignment(NodeIds.of(1, 2), NodeIds.of(2), NodeIds.of(1))
                .isr(NodeIds.of(1, 2))
                .result()
                .leaderEpoch())
        .isEqualTo(1);
  }

  private static PartitionTransition step(PartitionImage from, int away, boolean keeps) {
    return new PartitionTransition(from, id -> id != away, 1, true).keepingLeaderEpochs(keeps);
  }
}
