package io.ottla.simulation.client;

import io.ottla.simulation.client.ClientMetadata.Leader;
import io.ottla.simulation.client.ClientNetwork.Lane;
import io.ottla.simulation.client.Fetcher.Isolation;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.ListOffsetsRequest;
import io.ottla.wire.message.ListOffsetsResponse;
import java.util.function.LongConsumer;

/** Asks leaders where their partitions begin and end, until one answers. */
public final class OffsetLookup {

  /** Where readers can begin. */
  public static final long EARLIEST = -2;

  /** How far readers can read. */
  public static final long LATEST = -1;

  private static final int VERSION = 10;
  private static final int CONSUMER = -1;

  private final ClientNetwork network;
  private final ClientMetadata metadata;

  public OffsetLookup(ClientNetwork network, ClientMetadata metadata) {
    this.network = network;
    this.metadata = metadata;
  }

  /** Asks for an offset by one of the times above. */
  public void find(TopicPartition partition, long time, Isolation isolation, LongConsumer found) {
    metadata.use(partition.topic());
    Runnable again =
        () -> {
          metadata.requestUpdate();
          network.afterBackoff(
              "asks for an offset again", () -> find(partition, time, isolation, found));
        };
    Leader leader = metadata.leader(partition.topic(), partition.partition());
    if (leader == null) {
      again.run();
      return;
    }
    ListOffsetsRequest.ListOffsetsTopic topic =
        new ListOffsetsRequest.ListOffsetsTopic().name(partition.topic());
    topic
        .partitions()
        .add(
            new ListOffsetsRequest.ListOffsetsPartition()
                .partitionIndex(partition.partition())
                .currentLeaderEpoch(leader.epoch())
                .timestamp(time));
    ListOffsetsRequest request =
        new ListOffsetsRequest()
            .replicaId(CONSUMER)
            .isolationLevel(isolation.id())
            .timeoutMs(network.times().requestMs());
    request.topics().add(topic);
    network.ask(
        leader.broker(),
        Lane.DATA,
        ApiKey.LIST_OFFSETS,
        VERSION,
        request,
        answer -> {
          ListOffsetsResponse.ListOffsetsPartitionResponse told =
              ((ListOffsetsResponse) answer).topics().getFirst().partitions().getFirst();
          ErrorCode error = ErrorCode.forCode(told.errorCode());
          if (error == ErrorCode.NONE) {
            found.accept(told.offset());
          } else if (error.isRetriable()) {
            again.run();
          } else {
            throw new IllegalStateException("no offset of " + partition + ": " + error);
          }
        },
        again);
  }
}
