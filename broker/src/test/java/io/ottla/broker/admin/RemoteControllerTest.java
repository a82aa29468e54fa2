package io.ottla.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.controller.ConfigOperation;
import io.ottla.metadata.controller.ItemResult;
import io.ottla.metadata.controller.NewTopic;
import io.ottla.metadata.controller.TopicResult;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AlterConfigsRequest;
import io.ottla.wire.message.AlterConfigsResponse;
import io.ottla.wire.message.CreateTopicsRequest;
import io.ottla.wire.message.CreateTopicsResponse;
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
  private final List<ApiKey> apis = new ArrayList<>();
  private ApiMessage answer;

  private CompletableFuture<ApiMessage> send(ApiKey api, ApiMessage request, long timeoutMs) {
    apis.add(api);
    sent.add(request);
    return CompletableFuture.completedFuture(answer);
  }

  private static NewTopic topic(String name) {
    return new NewTopic(name, 3, 1, List.of(), Map.of("cleanup.policy", "compact"));
  }

  private static CreateTopicsResponse created(String name, ErrorCode error) {
    CreateTopicsResponse response = new CreateTopicsResponse();
    response
        .topics()
        .add(
            new CreateTopicsResponse.CreatableTopicResult()
                .name(name)
                .errorCode(error.code())
                .errorMessage(error == ErrorCode.NONE ? null : "no"));
    return response;
  }

  @Test
  void makesTopicsAtTheActiveControllerAndWaitsUntilTheyAreSeen() {
    TopicArrivals arrivals = new TopicArrivals(cluster);
    ClusterTopics topics = new ClusterTopics(null, this::send, arrivals);
    answer = created("t", ErrorCode.NONE);

    CompletableFuture<List<TopicResult>> made = topics.create(List.of(topic("t")));

    assertThat(apis).containsExactly(ApiKey.CREATE_TOPICS);
    CreateTopicsRequest.CreatableTopic wanted =
        ((CreateTopicsRequest) sent.getFirst()).topics().getFirst();
    assertThat(wanted.name()).isEqualTo("t");
    assertThat(wanted.numPartitions()).isEqualTo(3);
    assertThat(wanted.replicationFactor()).isEqualTo((short) 1);
    assertThat(wanted.configs().getFirst().name()).isEqualTo("cleanup.policy");
    assertThat(made).isNotDone();

    cluster.topic("t", 3);
    arrivals.publish(cluster.get(), List.of());

    assertThat(made).isCompleted();
    assertThat(made.join().getFirst().error()).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void doesNotWaitForTopicsThatWereRefused() {
    ClusterTopics topics = new ClusterTopics(null, this::send, new TopicArrivals(cluster));
    answer = created("t", ErrorCode.INVALID_REPLICATION_FACTOR);

    CompletableFuture<List<TopicResult>> made = topics.create(List.of(topic("t")));

    assertThat(made.join().getFirst().error()).isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
    assertThat(made.join().getFirst().message()).isEqualTo("no");
  }

  @Test
  void failsWhenTheControllerIsNoneAnyMore() {
    ClusterTopics topics = new ClusterTopics(null, this::send, new TopicArrivals(cluster));
    answer = created("t", ErrorCode.NOT_CONTROLLER);

    assertThatThrownBy(() -> topics.create(List.of(topic("t"))).join())
        .hasMessageContaining(ErrorCode.NOT_CONTROLLER.message());
  }

  @Test
  void usesItsOwnControllerWhileThatIsActive() {
    ClusterTopics topics =
        new ClusterTopics(cluster.controller(), this::send, new TopicArrivals(cluster));

    assertThat(topics.create(List.of(topic("t"))).join().getFirst().error())
        .isEqualTo(ErrorCode.NONE);
    assertThat(sent).isEmpty();
    assertThat(cluster.get().topic("t").partitionCount()).isEqualTo(3);
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
