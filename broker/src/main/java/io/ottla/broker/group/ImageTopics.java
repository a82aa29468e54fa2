package io.ottla.broker.group;

import io.ottla.coordinator.group.TopicResolver;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.Uuid;
import java.util.function.Supplier;

/** The topics of the current image, for the coordinator. Any thread. */
public final class ImageTopics implements TopicResolver {

  private final Supplier<MetadataImage> image;

  public ImageTopics(Supplier<MetadataImage> image) {
    this.image = image;
  }

  @Override
  public String topicName(Uuid topicId) {
    TopicImage topic = image.get().topic(topicId);
    return topic == null ? null : topic.name();
  }

  @Override
  public Uuid topicId(String topicName) {
    TopicImage topic = image.get().topic(topicName);
    return topic == null ? Uuid.ZERO : topic.id();
  }

  @Override
  public boolean hasPartition(String topicName, int partition) {
    TopicImage topic = image.get().topic(topicName);
    return topic != null && partition >= 0 && partition < topic.partitionCount();
  }
}
