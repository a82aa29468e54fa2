package io.ottla.simulation.client;

import io.ottla.simulation.client.ClientMetadata.Leader;
import io.ottla.simulation.client.ClientNetwork.Lane;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.OffsetForLeaderEpochRequest;
import io.ottla.wire.message.OffsetForLeaderEpochResponse;

/** Asks a new leader whether its log still has what was read (KIP-320). */
final class EpochCheck {

  private static final int VERSION = 4;
  private static final int CONSUMER = -1;

  private final ClientNetwork network;
  private final ClientMetadata metadata;
  private final FetchSink sink;
  private final Runnable checked;

  /** Calls back when a partition has been checked. */
  EpochCheck(ClientNetwork network, ClientMetadata metadata, FetchSink sink, Runnable checked) {
    this.network = network;
    this.metadata = metadata;
    this.sink = sink;
    this.checked = checked;
  }

  /** Whether a partition can be fetched from this leader; if not it is asked. */
  boolean isChecked(FetchedPartition each, Leader leader) {
    if (each.isBeingChecked()) {
      return false;
    }
    if (leader.epoch() <= each.leaderEpoch()) {
      return true;
    }
    if (each.positionEpoch() == FetchedPartition.NO_EPOCH) {
      each.leaderEpoch(leader.epoch());
      return true;
    }
    each.beingChecked(true);
    ask(each, leader);
    return false;
  }

  private void ask(FetchedPartition each, Leader leader) {
    OffsetForLeaderEpochRequest request = new OffsetForLeaderEpochRequest().replicaId(CONSUMER);
    OffsetForLeaderEpochRequest.OffsetForLeaderTopic topic =
        new OffsetForLeaderEpochRequest.OffsetForLeaderTopic().topic(each.topic());
    topic
        .partitions()
        .add(
            new OffsetForLeaderEpochRequest.OffsetForLeaderPartition()
                .partition(each.number())
                .currentLeaderEpoch(leader.epoch())
                .leaderEpoch(each.positionEpoch()));
    request.topics().add(topic);
    network.ask(
        leader.broker(),
        Lane.DATA,
        ApiKey.OFFSET_FOR_LEADER_EPOCH,
        VERSION,
        request,
        answer -> {
          OffsetForLeaderEpochResponse.EpochEndOffset told =
              ((OffsetForLeaderEpochResponse) answer).topics().getFirst().partitions().getFirst();
          if (told.errorCode() == ErrorCode.NONE.code()) {
            onEnd(each, leader, told);
          } else {
            again(each);
          }
        },
        () -> again(each));
  }

  private void onEnd(
      FetchedPartition each, Leader leader, OffsetForLeaderEpochResponse.EpochEndOffset told) {
    if (told.endOffset() < each.position()) {
      sink.onTrouble(
          each.partition(),
          "truncated: read to %d in epoch %d, and the leader of epoch %d ends epoch %d at %d"
              .formatted(
                  each.position(),
                  each.positionEpoch(),
                  leader.epoch(),
                  told.leaderEpoch(),
                  told.endOffset()));
      if (told.endOffset() >= 0) {
        each.advance(told.endOffset(), told.leaderEpoch());
      }
    }
    each.leaderEpoch(leader.epoch());
    each.beingChecked(false);
    checked.run();
  }

  private void again(FetchedPartition each) {
    metadata.requestUpdate();
    network.afterBackoff(
        "checks an epoch again",
        () -> {
          each.beingChecked(false);
          checked.run();
        });
  }
}
