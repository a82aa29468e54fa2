package io.ottla.broker.group;

import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublisher;
import java.util.List;

/**
 * Tells the group coordinator of the topics there are, and of those that are deleted. On the
 * publication's thread.
 */
public final class GroupTopics implements MetadataPublisher {

  private final GroupCoordinator coordinator;
  private ImageCatalog topics;

  public GroupTopics(GroupCoordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public void publish(MetadataImage image, List<MetadataDelta> deltas) {
    ImageCatalog now = topics == null ? ImageCatalog.of(image) : topics.after(image, deltas);
    if (now != topics) {
      topics = now;
      coordinator.onTopics(now);
    }
    for (MetadataDelta delta : deltas) {
      if (delta instanceof MetadataDelta.TopicDeleted deleted
          && !deleted.name().equals(GroupCoordinator.TOPIC)) {
        coordinator.onTopicDeleted(deleted.topicId(), deleted.name());
      }
    }
  }
}
