package io.ottla.metadata.image;

import java.util.Map;
import java.util.Optional;

/**
 * That this cluster's metadata was Kafka's, and up to where in Kafka's metadata log. Kept as
 * settings of a resource of its own.
 *
 * @param endOffset the offset after the last of Kafka's records that counted
 * @param epoch the leader epoch of that record
 * @param brokerEpoch under which Kafka has this broker registered, or -1
 */
public record TakenOver(long endOffset, int epoch, long brokerEpoch) {

  private static final ConfigResource RESOURCE =
      new ConfigResource(ConfigResource.Type.KAFKA, "metadata");
  private static final String END_OFFSET = "end.offset";
  private static final String EPOCH = "epoch";
  private static final String BROKER_EPOCH = "broker.epoch";

  /** Says that a takeover was begun, before anything of it is in the image. */
  public static MetadataDelta begun() {
    return new TakenOver(-1, -1, -1).toDelta();
  }

  /** Whether a cluster was Kafka's, be it that not all of it is taken over yet. */
  public static boolean isIn(MetadataImage image) {
    return !image.configs(RESOURCE).isEmpty();
  }

  /** What was taken over by a cluster, if it was Kafka's. */
  public static Optional<TakenOver> of(MetadataImage image) {
    Map<String, String> said = image.configs(RESOURCE);
    return said.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new TakenOver(
                Long.parseLong(said.get(END_OFFSET)),
                Integer.parseInt(said.get(EPOCH)),
                Long.parseLong(said.get(BROKER_EPOCH))));
  }

  /** Says that all of it was taken over. */
  public MetadataDelta toDelta() {
    return new MetadataDelta.ConfigChanged(
        RESOURCE,
        Map.of(
            END_OFFSET, Long.toString(endOffset),
            EPOCH, Integer.toString(epoch),
            BROKER_EPOCH, Long.toString(brokerEpoch)));
  }
}
