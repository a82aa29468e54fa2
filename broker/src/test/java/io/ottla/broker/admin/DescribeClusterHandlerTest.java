package io.ottla.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.api.AuthorizedOperations;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DescribeClusterRequest;
import io.ottla.wire.message.DescribeClusterResponse;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.security.authorizer.AclEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DescribeClusterHandlerTest {

  private final TestCluster cluster =
      TestCluster.with()
          .broker(1, "r1", "PLAINTEXT")
          .broker(2, null, "INSIDE")
          .fenced(3, null, "PLAINTEXT");

  private DescribeClusterResponse send(DescribeClusterRequest body, int version) {
    return TestRequest.<DescribeClusterRequest, DescribeClusterResponse>send(
            new DescribeClusterHandler(TestCluster.NODE_ID, cluster), body, version)
        .answer();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void describesTheBrokersOfTheListener(int version) {
    DescribeClusterResponse response = send(new DescribeClusterRequest(), version);

    assertThat(response.errorCode()).isZero();
    assertThat(response.clusterId()).isEqualTo("cluster");
    assertThat(response.controllerId()).isEqualTo(1);
    assertThat(response.brokers())
        .extracting(broker -> broker.brokerId() + " " + broker.host() + " " + broker.rack())
        .containsExactly("1 plaintext1 r1");
    assertThat(response.clusterAuthorizedOperations()).isEqualTo(Integer.MIN_VALUE);
  }

  @Test
  void showsFencedBrokersWhenAsked() {
    DescribeClusterResponse response =
        send(new DescribeClusterRequest().includeFencedBrokers(true), 2);

    assertThat(response.brokers())
        .extracting(broker -> broker.brokerId() + " " + broker.isFenced())
        .containsExactly("1 false", "3 true");
  }

  @Test
  void refusesToSpeakForControllers() {
    assertThat(send(new DescribeClusterRequest().endpointType((byte) 2), 1).errorCode())
        .isEqualTo(ErrorCode.MISMATCHED_ENDPOINT_TYPE.code());
    assertThat(send(new DescribeClusterRequest().endpointType((byte) 7), 1).errorCode())
        .isEqualTo(ErrorCode.UNSUPPORTED_ENDPOINT_TYPE.code());
  }

  @Test
  void tellsWhatAClientMayDoWhenAsked() {
    assertThat(
            send(new DescribeClusterRequest().includeClusterAuthorizedOperations(true), 2)
                .clusterAuthorizedOperations())
        .isEqualTo(AuthorizedOperations.ALL_OF_THE_CLUSTER);
  }

  @Test
  void allowsWhatKafkaAllowsWithoutAnAuthorizer() {
    assertThat(AuthorizedOperations.ALL_OF_A_TOPIC).isEqualTo(kafkas(ResourceType.TOPIC));
    assertThat(AuthorizedOperations.ALL_OF_THE_CLUSTER).isEqualTo(kafkas(ResourceType.CLUSTER));
  }

  private static int kafkas(ResourceType type) {
    Set<Byte> codes =
        AclEntry.supportedOperations(type).stream()
            .map(operation -> operation.code())
            .collect(Collectors.toCollection(HashSet::new));
    return Utils.to32BitField(codes);
  }
}
