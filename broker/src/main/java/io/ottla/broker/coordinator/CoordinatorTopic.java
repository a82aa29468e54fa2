package io.ottla.broker.coordinator;

import io.ottla.broker.admin.TopicMaker;
import io.ottla.metadata.controller.NewTopic;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the internal topic of a coordinator when a client first asks for one, as Kafka does. Any
 * thread; however many ask at once, it is made once.
 */
public final class CoordinatorTopic {

  private static final Logger LOG = LoggerFactory.getLogger(CoordinatorTopic.class);

  private final String name;
  private final TopicMaker maker;
  private final Supplier<MetadataImage> image;
  private final int partitions;
  private final ToIntFunction<MetadataImage> replicationFactor;
  private final Map<String, String> configs;
  private CompletableFuture<Boolean> underWay;

  /**
   * @param replicationFactor how many replicas, in a cluster as it is
   * @param configs what the topic is made with
   */
  public CoordinatorTopic(
      String name,
      TopicMaker maker,
      Supplier<MetadataImage> image,
      int partitions,
      ToIntFunction<MetadataImage> replicationFactor,
      Map<String, String> configs) {
    this.name = name;
    this.maker = maker;
    this.image = image;
    this.partitions = partitions;
    this.replicationFactor = replicationFactor;
    this.configs = Map.copyOf(configs);
  }

  String name() {
    return name;
  }

  /** Completes with whether the topic is there. */
  synchronized CompletableFuture<Boolean> ensure() {
    if (image.get().topic(name) != null) {
      return CompletableFuture.completedFuture(true);
    }
    if (underWay == null || underWay.isDone()) {
      underWay = create();
    }
    return underWay;
  }

  private CompletableFuture<Boolean> create() {
    NewTopic topic =
        new NewTopic(
            name, partitions, replicationFactor.applyAsInt(image.get()), List.of(), configs);
    return maker
        .create(List.of(topic))
        .handle(
            (results, failure) -> {
              if (failure != null) {
                LOG.warn("{} could not be made: {}", topic.name(), failure.getMessage());
                return false;
              }
              ErrorCode error = results.get(0).error();
              if (error != ErrorCode.NONE && error != ErrorCode.TOPIC_ALREADY_EXISTS) {
                LOG.warn("{} could not be made: {}", topic.name(), results.get(0));
                return false;
              }
              return true;
            });
  }
}
