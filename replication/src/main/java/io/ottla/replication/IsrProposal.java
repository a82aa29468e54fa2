package io.ottla.replication;

import io.ottla.metadata.image.NodeIds;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;

/**
 * In-sync replicas that a leader proposes for its partition.
 *
 * @param leaderEpoch the epoch it leads in
 * @param partitionEpoch of the state it wants to change
 * @param isr the replicas
 * @param brokerEpochs of each of them the incarnation that fetched (KIP-903), or -1
 */
record IsrProposal(
    Uuid topicId,
    int partition,
    int leaderEpoch,
    int partitionEpoch,
    NodeIds isr,
    long[] brokerEpochs) {

  /** What became of a proposal. */
  sealed interface Outcome {

    /** The controller has a state of the partition: the proposed one, or a newer. */
    record Committed(int leaderEpoch, NodeIds isr, int partitionEpoch) implements Outcome {}

    /** The controller knows the state that was to be changed, and did not change it. */
    record Refused(ErrorCode why) implements Outcome {}

    /** The controller's state is another; the metadata will tell. */
    record Superseded(ErrorCode why) implements Outcome {}
  }

  /** Told on the partition's shard. */
  interface Listener {

    void onOutcome(IsrProposal proposal, Outcome outcome);
  }
}
