package io.ottla.broker.storage;

import io.ottla.metadata.feed.FeedSource;
import io.ottla.runtime.Clock;
import io.ottla.wire.message.FetchMetadataRequest;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the controllers which cluster theirs is, for a broker that was not formatted. Blocks: a
 * broker can do nothing before it knows.
 */
public final class ClusterQuestion {

  private static final Logger LOG = LoggerFactory.getLogger(ClusterQuestion.class);

  private static final long ANSWER_TIMEOUT_MS = 3_000;
  private static final long PAUSE_MS = 200;

  private final FeedSource controllers;
  private final Clock clock;
  private final long patienceMs;

  /**
   * @param patienceMs for so long it is asked again when nobody answers
   */
  public ClusterQuestion(FeedSource controllers, Clock clock, long patienceMs) {
    this.controllers = controllers;
    this.clock = clock;
    this.patienceMs = patienceMs;
  }

  /** The id of the cluster; empty if no controller answers in time. */
  public Optional<String> ask() {
    long deadline = clock.nowNs() + TimeUnit.MILLISECONDS.toNanos(patienceMs);
    String lastFailure = null;
    try {
      while (clock.nowNs() - deadline < 0) {
        try {
          return Optional.of(askOnce());
        } catch (ExecutionException | TimeoutException e) {
          String failure = e.getCause() == null ? "no answer" : e.getCause().getMessage();
          if (lastFailure == null) {
            LOG.info(
                "Waiting for a controller that says which cluster this node is to join: {}",
                failure);
          }
          lastFailure = failure;
        }
        TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    LOG.warn("No controller said which cluster this node is to join: {}", lastFailure);
    return Optional.empty();
  }

  private String askOnce() throws InterruptedException, ExecutionException, TimeoutException {
    FetchMetadataRequest question =
        new FetchMetadataRequest()
            .clusterId(null)
            .brokerId(-1)
            .offset(-1)
            .snapshotOffset(-1)
            .maxWaitMs(0)
            .maxBytes(1);
    return controllers.fetch(question).get(ANSWER_TIMEOUT_MS, TimeUnit.MILLISECONDS).clusterId();
  }
}
