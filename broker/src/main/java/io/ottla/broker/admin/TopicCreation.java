package io.ottla.broker.admin;

import io.ottla.broker.config.TopicDefaults;
import io.ottla.metadata.controller.NewTopic;
import io.ottla.metadata.controller.TopicResult;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes topics that clients ask for and that are not there ({@code auto.create.topics.enable}). Any
 * thread; a topic that many ask for at once is made once.
 *
 * <p>The brokers' own topics are not made this way: their coordinators make them, with what those
 * need.
 */
public final class TopicCreation {

  private static final Logger LOG = LoggerFactory.getLogger(TopicCreation.class);

  private final TopicMaker maker;
  private final TopicDefaults defaults;
  private final Map<String, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

  public TopicCreation(TopicMaker maker, TopicDefaults defaults) {
    this.maker = maker;
    this.defaults = defaults;
  }

  boolean isEnabled() {
    return defaults.autoCreate();
  }

  /**
   * Makes those of the topics that can be made.
   *
   * @return completes when they are there, or it is clear that they will not be; never fails
   */
  CompletableFuture<Void> create(Collection<String> names) {
    List<CompletableFuture<Void>> awaited = new ArrayList<>();
    List<String> toMake = new ArrayList<>();
    CompletableFuture<Void> made = new CompletableFuture<>();
    for (String name : names) {
      if (ClusterView.isInternal(name)
          || ClusterView.whyMissing(name) != ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
        continue;
      }
      CompletableFuture<Void> earlier = underWay.putIfAbsent(name, made);
      if (earlier == null) {
        toMake.add(name);
      } else {
        awaited.add(earlier);
      }
    }
    if (!toMake.isEmpty()) {
      awaited.add(made);
      make(toMake, made);
    }
    return CompletableFuture.allOf(awaited.toArray(CompletableFuture<?>[]::new));
  }

  private void make(List<String> names, CompletableFuture<Void> made) {
    int partitions = defaults.requestedPartitions();
    int replicas = defaults.requestedReplicas();
    List<NewTopic> topics =
        names.stream()
            .map(name -> new NewTopic(name, partitions, replicas, List.of(), Map.of()))
            .toList();
    var _ =
        maker
            .create(topics)
            .whenComplete(
                (results, failure) -> {
                  underWay.keySet().removeAll(names);
                  log(names, results, failure);
                  made.complete(null);
                });
  }

  private static void log(List<String> names, List<TopicResult> results, Throwable failure) {
    if (failure != null) {
      LOG.warn("The topics {} could not be made: {}", names, failure.getMessage());
      return;
    }
    for (TopicResult result : results) {
      switch (result.error()) {
        case NONE -> LOG.info("Made topic {}, which a client asked for", result.name());
        case TOPIC_ALREADY_EXISTS -> LOG.debug("Topic {} is there already", result.name());
        default -> LOG.warn("Topic {} could not be made: {}", result.name(), result.message());
      }
    }
  }
}
