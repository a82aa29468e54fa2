package io.ottla.broker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.admin.TestCluster;
import io.ottla.wire.Uuid;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiskTroubleTest {

  private static final List<Uuid> FAILED = List.of(new Uuid(1, 2));

  private final TestCluster cluster = TestCluster.with().broker(1);

  private DiskTrouble trouble() {
    return DiskTrouble.of(FAILED, true, 1, cluster.get());
  }

  @Test
  void yieldsOnlyToBrokersThatLive() {
    assertThat(trouble()).as("alone").isEqualTo(DiskTrouble.NONE);
    cluster.broker(2);
    assertThat(trouble()).isEqualTo(new DiskTrouble(true, FAILED));
    cluster.fence(2);
    assertThat(trouble()).as("the other one is fenced").isEqualTo(DiskTrouble.NONE);
  }

  @Test
  void yieldsNothingAsAWholeWhileADirectoryTakesAppends() {
    cluster.broker(2);
    assertThat(DiskTrouble.of(FAILED, false, 1, cluster.get()))
        .isEqualTo(new DiskTrouble(false, FAILED));
    assertThat(DiskTrouble.of(List.of(), false, 1, cluster.get())).isEqualTo(DiskTrouble.NONE);
  }

  @Test
  void yieldsAlsoWhileItIsFencedItself() {
    cluster.broker(2);
    cluster.fence(1);
    assertThat(trouble().shouldYield()).isTrue();
  }
}
