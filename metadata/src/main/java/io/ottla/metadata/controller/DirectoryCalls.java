package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.ReplicaReport;
import io.ottla.metadata.controller.Command.ReportReplicas;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.AssignReplicasToDirsRequest;
import io.ottla.wire.message.AssignReplicasToDirsResponse;
import io.ottla.wire.message.AssignReplicasToDirsResponse.DirectoryData;
import io.ottla.wire.message.AssignReplicasToDirsResponse.PartitionData;
import io.ottla.wire.message.AssignReplicasToDirsResponse.TopicData;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What brokers tell of their log directories (AssignReplicasToDirs, KIP-858): a replica in a
 * directory that its broker has not registered, such as the one that stands for a failed directory,
 * does not serve; in one that it has, it does. Used by the controller's shard.
 */
final class DirectoryCalls {

  private static final Logger LOG = LoggerFactory.getLogger(DirectoryCalls.class);

  private final CommandLog log;

  DirectoryCalls(CommandLog log) {
    this.log = log;
  }

  CompletableFuture<AssignReplicasToDirsResponse> assign(
      ActiveTerm active, AssignReplicasToDirsRequest request) {
    BrokerImage broker = log.image().broker(request.brokerId());
    List<Uuid> registered = broker == null ? List.of() : broker.directories();
    List<ReplicaReport> reports = new ArrayList<>();
    int lost = 0;
    for (AssignReplicasToDirsRequest.DirectoryData directory : request.directories()) {
      boolean isLost = !registered.contains(directory.id());
      for (AssignReplicasToDirsRequest.TopicData topic : directory.topics()) {
        for (AssignReplicasToDirsRequest.PartitionData partition : topic.partitions()) {
          reports.add(new ReplicaReport(topic.topicId(), partition.partitionIndex(), isLost));
          lost += isLost ? 1 : 0;
        }
      }
    }
    LOG.info(
        "Broker {} says that {} of its replicas lie in log directories that do not serve, and {}"
            + " in such as do",
        request.brokerId(),
        lost,
        reports.size() - lost);
    return log.apply(
            active.term(), new ReportReplicas(request.brokerId(), request.brokerEpoch(), reports))
        .thenApply(
            result ->
                switch (result) {
                  case CommandResult.Items items -> response(request, items.results().iterator());
                  case CommandResult.Refused refused ->
                      new AssignReplicasToDirsResponse().errorCode(refused.error().code());
                  default -> throw new IllegalStateException(result.toString());
                });
  }

  private static AssignReplicasToDirsResponse response(
      AssignReplicasToDirsRequest request, Iterator<ItemResult> results) {
    List<DirectoryData> directories = new ArrayList<>();
    for (AssignReplicasToDirsRequest.DirectoryData directory : request.directories()) {
      List<TopicData> topics = new ArrayList<>();
      for (AssignReplicasToDirsRequest.TopicData topic : directory.topics()) {
        List<PartitionData> partitions = new ArrayList<>();
        for (AssignReplicasToDirsRequest.PartitionData partition : topic.partitions()) {
          ErrorCode error = results.next().error();
          partitions.add(
              new PartitionData()
                  .partitionIndex(partition.partitionIndex())
                  .errorCode(error.code()));
        }
        topics.add(new TopicData().topicId(topic.topicId()).partitions(partitions));
      }
      directories.add(new DirectoryData().id(directory.id()).topics(topics));
    }
    return new AssignReplicasToDirsResponse().directories(directories);
  }
}
