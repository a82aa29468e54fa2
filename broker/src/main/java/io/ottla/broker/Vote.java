package io.ottla.broker;

import io.ottla.metadata.controller.BrokerProbe;
import io.ottla.metadata.controller.CommandResult;
import io.ottla.metadata.controller.Predecessor;
import io.ottla.metadata.quorum.MetadataQuorum;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.metadata.quorum.QuorumStateMachine;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What a node with a vote on the metadata has that others do not.
 *
 * @param log makes its end of the log of commands
 * @param firstFeatures the levels that were chosen for a new cluster; empty for the newest
 * @param onFirstMetadata run once, when the first command is applied and published
 * @param probe how to find out that a broker's process is gone
 * @param predecessor whose metadata becomes the cluster's
 */
record Vote(
    Log log,
    Map<String, Short> firstFeatures,
    Runnable onFirstMetadata,
    BrokerProbe probe,
    Predecessor predecessor) {

  Vote {
    firstFeatures = Map.copyOf(firstFeatures);
  }

  /** Makes the end of the log of commands that is in this process. */
  @FunctionalInterface
  interface Log {

    /**
     * Makes it; it is not started yet.
     *
     * @param onFailure told once if it dies, on any thread
     */
    MetadataQuorum<CommandResult> of(
        QuorumStateMachine<CommandResult> stateMachine, Consumer<QuorumException> onFailure);
  }
}
