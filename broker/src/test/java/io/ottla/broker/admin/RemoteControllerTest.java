package io.ottla.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.controller.ConfigOperation;
import io.ottla.metadata.controller.ItemResult;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AlterConfigsRequest;
import io.ottla.wire.message.AlterConfigsResponse;
import io.ottla.wire.message.IncrementalAlterConfigsRequest;
import io.ottla.wire.message.IncrementalAlterConfigsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A broker whose active controller is another node. */
class RemoteControllerTest {

  private final TestCluster cluster = TestCluster.with().broker(1);
  private final List<ApiMessage> sent = new ArrayList<>();
  private ApiMessage answer;

  private CompletableFuture<ApiMessage> send(ApiKey api, ApiMessage request, long timeoutMs) {
    sent.add(request);
    return CompletableFuture.completedFuture(answer);
  }

  @Test
  void changesSettingsAtTheActiveController() {
    IncrementalAlterConfigsResponse response = new IncrementalAlterConfigsResponse();
    response
        .responses()
        .add(
            new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse()
                .resourceType((byte) 2)
                .resourceName("t")
                .errorCode(ErrorCode.INVALID_CONFIG.code())
                .errorMessage("no"));
    answer = response;
    ConfigResource resource = ConfigResource.topic("t");

    Map<ConfigResource, ItemResult> results =
        new ClusterConfigs(null, this::send)
            .incremental(
                Map.of(
                    resource,
                    List.of(
                        new ConfigOperation(ConfigOperation.Type.APPEND, "cleanup.policy", "x"),
                        new ConfigOperation(ConfigOperation.Type.DELETE, "flush.ms", null))),
                true)
            .join();

    IncrementalAlterConfigsRequest request = (IncrementalAlterConfigsRequest) sent.getFirst();
    assertThat(request.validateOnly()).isTrue();
    assertThat(request.resources().getFirst().configs())
        .extracting(config -> config.configOperation() + " " + config.name() + config.value())
        .containsExactly("2 cleanup.policyx", "1 flush.msnull");
    assertThat(results.get(resource).error()).isEqualTo(ErrorCode.INVALID_CONFIG);
    assertThat(results.get(resource).message()).isEqualTo("no");
  }

  @Test
  void replacesSettingsAtTheActiveController() {
    AlterConfigsResponse response = new AlterConfigsResponse();
    response
        .responses()
        .add(
            new AlterConfigsResponse.AlterConfigsResourceResponse()
                .resourceType((byte) 4)
                .resourceName(""));
    answer = response;

    Map<ConfigResource, ItemResult> results =
        new ClusterConfigs(null, this::send)
            .replacing(
                Map.of(ConfigResource.defaultBroker(), Map.of("log.retention.ms", "5")), false)
            .join();

    AlterConfigsRequest request = (AlterConfigsRequest) sent.getFirst();
    assertThat(request.resources().getFirst().configs().getFirst().value()).isEqualTo("5");
    assertThat(results.get(ConfigResource.defaultBroker())).isEqualTo(ItemResult.DONE);
  }

  @Test
  void takesChangesOfOtherBrokersOnlyAsTheController() {
    cluster.broker(2);
    IncrementalAlterConfigsRequest request = new IncrementalAlterConfigsRequest();
    var resource =
        new IncrementalAlterConfigsRequest.AlterConfigsResource()
            .resourceType((byte) 4)
            .resourceName("2");
    resource
        .configs()
        .add(
            new IncrementalAlterConfigsRequest.AlterableConfig()
                .name("leader.replication.throttled.rate")
                .value("1000"));
    request.resources().add(resource);

    assertThat(alter(request, true)).isEqualTo(ErrorCode.INVALID_REQUEST.code());
    assertThat(alter(request, false)).isZero();
    assertThat(cluster.get().configs(ConfigResource.broker(2)))
        .containsEntry("leader.replication.throttled.rate", "1000");
  }

  private short alter(IncrementalAlterConfigsRequest request, boolean forBroker) {
    return TestRequest.<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>send(
            new IncrementalAlterConfigsHandler(1, cluster.configs(), forBroker), request, 1)
        .answer()
        .responses()
        .getFirst()
        .errorCode();
  }
}
