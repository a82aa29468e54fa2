package io.ottla.replication;

import io.ottla.metadata.image.NodeIds;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.AlterPartitionRequest;
import io.ottla.wire.message.AlterPartitionResponse;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the proposals of all partitions this broker leads to the controller: one request at a time,
 * with all that wait. What is not answered is sent again, until it is.
 *
 * <p>{@link #propose} may be called by any thread; everything else happens on one shard.
 */
final class IsrChanges {

  private static final Logger LOG = LoggerFactory.getLogger(IsrChanges.class);

  private static final byte RECOVERED = 0;
  private static final long RETRY_MS = 100;
  private static final long MAX_RETRY_MS = 1_000;

  private record Key(Uuid topicId, int partition) {}

  private record Waiting(IsrProposal proposal, Shard shard, IsrProposal.Listener listener) {

    void tell(IsrProposal.Outcome outcome) {
      shard.submit(() -> listener.onOutcome(proposal, outcome));
    }
  }

  private final Shard shard;
  private final int nodeId;
  private final LongSupplier brokerEpoch;
  private final IsrProposals controller;
  private final Map<Key, Waiting> waiting = new LinkedHashMap<>();
  private boolean busy;
  private long retryMs = RETRY_MS;

  /**
   * @param brokerEpoch this broker's, as registered
   */
  IsrChanges(Shard shard, int nodeId, LongSupplier brokerEpoch, IsrProposals controller) {
    this.shard = shard;
    this.nodeId = nodeId;
    this.brokerEpoch = brokerEpoch;
    this.controller = controller;
  }

  /** This broker's id. Any thread. */
  int nodeId() {
    return nodeId;
  }

  /** This broker's epoch. Any thread. */
  long brokerEpoch() {
    return brokerEpoch.getAsLong();
  }

  /**
   * Takes a proposal to the controller. Takes the place of an earlier one of the same partition
   * that was not sent yet. Any thread.
   *
   * @param partitionShard where the listener is told
   */
  void propose(IsrProposal proposal, Shard partitionShard, IsrProposal.Listener listener) {
    shard.submit(
        () -> {
          waiting.put(
              new Key(proposal.topicId(), proposal.partition()),
              new Waiting(proposal, partitionShard, listener));
          sendWaiting();
        });
  }

  private void sendWaiting() {
    if (busy || waiting.isEmpty()) {
      return;
    }
    busy = true;
    Map<Key, Waiting> sent = new LinkedHashMap<>(waiting);
    waiting.clear();
    AlterPartitionRequest request = request(sent);
    controller
        .send(request)
        .whenComplete((response, failure) -> shard.submit(() -> onAnswer(sent, response, failure)));
  }

  private AlterPartitionRequest request(Map<Key, Waiting> sent) {
    AlterPartitionRequest request =
        new AlterPartitionRequest().brokerId(nodeId).brokerEpoch(brokerEpoch.getAsLong());
    Map<Uuid, AlterPartitionRequest.TopicData> topics = new LinkedHashMap<>();
    for (Waiting it : sent.values()) {
      IsrProposal proposal = it.proposal;
      AlterPartitionRequest.PartitionData data =
          new AlterPartitionRequest.PartitionData()
              .partitionIndex(proposal.partition())
              .leaderEpoch(proposal.leaderEpoch())
              .partitionEpoch(proposal.partitionEpoch())
              .leaderRecoveryState(RECOVERED);
      for (int i = 0; i < proposal.isr().size(); i++) {
        data.newIsrWithEpochs()
            .add(
                new AlterPartitionRequest.BrokerState()
                    .brokerId(proposal.isr().at(i))
                    .brokerEpoch(proposal.brokerEpochs()[i]));
      }
      topics
          .computeIfAbsent(
              proposal.topicId(), id -> new AlterPartitionRequest.TopicData().topicId(id))
          .partitions()
          .add(data);
    }
    request.topics().addAll(topics.values());
    return request;
  }

  private void onAnswer(
      Map<Key, Waiting> sent, AlterPartitionResponse response, Throwable failure) {
    Map<Key, Waiting> unsettled = new HashMap<>(sent);
    String why = null;
    if (failure != null) {
      why = String.valueOf(failure.getMessage());
    } else if (response.errorCode() != ErrorCode.NONE.code()) {
      why = ErrorCode.forCode(response.errorCode()).toString();
    } else {
      for (AlterPartitionResponse.TopicData topic : response.topics()) {
        for (AlterPartitionResponse.PartitionData data : topic.partitions()) {
          Key key = new Key(topic.topicId(), data.partitionIndex());
          Waiting it = sent.get(key);
          IsrProposal.Outcome outcome = it == null ? null : outcome(data);
          if (outcome != null) {
            unsettled.remove(key);
            it.tell(outcome);
          }
        }
      }
    }
    // A newer proposal of the same partition goes before the one that was not answered.
    unsettled.forEach(waiting::putIfAbsent);
    if (unsettled.isEmpty()) {
      retryMs = RETRY_MS;
      busy = false;
      sendWaiting();
    } else {
      if (retryMs == RETRY_MS) {
        LOG.warn(
            "The controller did not answer {} proposals of in-sync replicas ({}); they are sent"
                + " again until it does",
            unsettled.size(),
            why);
      }
      // Still busy: what comes meanwhile goes with what is sent again.
      var _ = shard.schedule(retryMs, this::sendAgain);
      retryMs = Math.min(MAX_RETRY_MS, 2 * retryMs);
    }
  }

  private void sendAgain() {
    busy = false;
    sendWaiting();
  }

  /** Null if the controller could not say: then it is asked again. */
  private static IsrProposal.Outcome outcome(AlterPartitionResponse.PartitionData data) {
    ErrorCode error = ErrorCode.forCode(data.errorCode());
    return switch (error) {
      case NONE ->
          new IsrProposal.Outcome.Committed(
              data.leaderEpoch(), NodeIds.of(data.isr()), data.partitionEpoch());
      case OPERATION_NOT_ATTEMPTED, INELIGIBLE_REPLICA -> new IsrProposal.Outcome.Refused(error);
      case UNKNOWN_TOPIC_OR_PARTITION,
          UNKNOWN_TOPIC_ID,
          FENCED_LEADER_EPOCH,
          INVALID_UPDATE_VERSION,
          INVALID_REQUEST,
          NEW_LEADER_ELECTED ->
          new IsrProposal.Outcome.Superseded(error);
      default -> null;
    };
  }
}
