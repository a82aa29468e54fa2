package io.ottla.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.controller.ActiveController;
import io.ottla.broker.peer.ControllerChannel;
import io.ottla.metadata.controller.ConfigOperation;
import io.ottla.metadata.controller.ItemResult;
import io.ottla.metadata.image.ConfigResource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClusterConfigsTest {

  private final TestCluster cluster = TestCluster.with().broker(1);

  /** As long as it is asked, another node is the active controller; then this one. */
  private final ControllerChannel becomingActive =
      (api, request, timeoutMs) -> {
        cluster.lead();
        return new ActiveController(cluster.controller())
            .call(api, request)
            .thenApply(answer -> answer);
      };

  private final ClusterConfigs configs = new ClusterConfigs(cluster.controller(), becomingActive);
  private final ConfigResource orders = ConfigResource.topic("orders");

  @Test
  void changesThemHereIfThisNodeBecomesTheActiveControllerMeanwhile() {
    cluster.topic("orders", 1);
    cluster.loseLeadership();
    ConfigOperation change =
        new ConfigOperation(ConfigOperation.Type.SET, "retention.ms", "86400000");

    assertThat(configs.incremental(Map.of(orders, List.of(change)), false).join())
        .containsEntry(orders, ItemResult.DONE);
    assertThat(cluster.get().configs(orders)).containsEntry("retention.ms", "86400000");

    cluster.loseLeadership();
    assertThat(configs.replacing(Map.of(orders, Map.of("retention.ms", "1000")), false).join())
        .containsEntry(orders, ItemResult.DONE);
    assertThat(cluster.get().configs(orders)).containsEntry("retention.ms", "1000");
  }
}
