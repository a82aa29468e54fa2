package io.ottla.broker.group;

import io.ottla.coordinator.group.consumer.TopicCatalog;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.Uuid;
import java.util.AbstractSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The topics of one image, as groups see them. What a group does not ask for costs nothing: topics
 * are looked at when they are asked for, and remembered from picture to picture for as long as they
 * are the same. Immutable; any thread. {@link #after} is called by one thread.
 */
final class ImageCatalog implements TopicCatalog {

  /** Topics that may be remembered beyond those there are. */
  private static final int MAX_FORGOTTEN = 1_000;

  /** A topic as it was seen last, and what it was made of. */
  private record Seen(TopicImage topic, Map<Integer, String> racks, KnownTopic known) {}

  private final MetadataImage image;
  private final Map<Integer, String> racks;
  private final long lastCreationVersion;
  private final Map<Uuid, Seen> seen;

  private ImageCatalog(
      MetadataImage image,
      Map<Integer, String> racks,
      long lastCreationVersion,
      Map<Uuid, Seen> seen) {
    this.image = image;
    this.racks = racks;
    this.lastCreationVersion = lastCreationVersion;
    this.seen = seen;
  }

  /** The first picture. */
  static ImageCatalog of(MetadataImage image) {
    return new ImageCatalog(image, racksIn(image), image.offset(), new ConcurrentHashMap<>());
  }

  /**
   * The next picture.
   *
   * @param deltas what leads from this picture's image to the next
   * @return this one, if nothing has changed that groups could see
   */
  ImageCatalog after(MetadataImage next, List<MetadataDelta> deltas) {
    boolean created = deltas.stream().anyMatch(MetadataDelta.TopicCreated.class::isInstance);
    Map<Integer, String> nextRacks = racksAfter(next, deltas);
    if (!created && nextRacks.equals(racks) && deltas.stream().noneMatch(this::concernsTopics)) {
      return this;
    }
    if (seen.size() > next.topicCount() + MAX_FORGOTTEN) {
      seen.clear();
    }
    return new ImageCatalog(next, nextRacks, created ? next.offset() : lastCreationVersion, seen);
  }

  private boolean concernsTopics(MetadataDelta delta) {
    return switch (delta) {
      case MetadataDelta.TopicDeleted _, MetadataDelta.PartitionsAdded _ -> true;
      case MetadataDelta.PartitionsChanged changed ->
          !racks.isEmpty()
              && changed.changes().stream()
                  .anyMatch(change -> movesRacks(changed.topicId(), change));
      default -> false;
    };
  }

  private boolean movesRacks(Uuid topicId, MetadataDelta.PartitionChange change) {
    PartitionImage before = image.partition(topicId, change.partition());
    return before == null || !before.replicas().equals(change.state().replicas());
  }

  /** The same map, if no rack has changed. */
  private Map<Integer, String> racksAfter(MetadataImage next, List<MetadataDelta> deltas) {
    boolean couldDiffer =
        deltas.stream()
            .anyMatch(
                delta ->
                    delta instanceof MetadataDelta.BrokerRegistered
                        || delta instanceof MetadataDelta.BrokerUnregistered);
    if (!couldDiffer) {
      return racks;
    }
    Map<Integer, String> now = racksIn(next);
    return now.equals(racks) ? racks : now;
  }

  private static Map<Integer, String> racksIn(MetadataImage image) {
    Map<Integer, String> racks = new HashMap<>();
    for (BrokerImage broker : image.brokers().values()) {
      if (broker.rack() != null) {
        racks.put(broker.id(), broker.rack());
      }
    }
    return Map.copyOf(racks);
  }

  @Override
  public long version() {
    return image.offset();
  }

  @Override
  public long lastCreationVersion() {
    return lastCreationVersion;
  }

  @Override
  public Topic topic(Uuid id) {
    return known(image.topic(id));
  }

  @Override
  public Topic topic(String name) {
    return known(image.topic(name));
  }

  private Topic known(TopicImage topic) {
    if (topic == null) {
      return null;
    }
    Seen last = seen.get(topic.id());
    if (last != null && last.topic == topic && last.racks == racks) {
      return last.known;
    }
    KnownTopic now = KnownTopic.of(topic, racks);
    KnownTopic kept = last != null && last.known.equals(now) ? last.known : now;
    seen.put(topic.id(), new Seen(topic, racks, kept));
    return kept;
  }

  @Override
  public Set<String> names() {
    return new Names(image);
  }

  /** The names of all topics, without a copy of them. */
  private static final class Names extends AbstractSet<String> {

    private final MetadataImage image;

    Names(MetadataImage image) {
      this.image = image;
    }

    @Override
    public boolean contains(Object name) {
      return name instanceof String text && image.topic(text) != null;
    }

    @Override
    public Iterator<String> iterator() {
      Iterator<TopicImage> topics = image.topics().iterator();
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return topics.hasNext();
        }

        @Override
        public String next() {
          return topics.next().name();
        }
      };
    }

    @Override
    public int size() {
      return image.topicCount();
    }
  }

  /**
   * One topic.
   *
   * @param partitionRacks by partition; empty if no broker has a rack
   */
  private record KnownTopic(
      Uuid id, String name, int partitionCount, List<List<String>> partitionRacks)
      implements Topic {

    static KnownTopic of(TopicImage topic, Map<Integer, String> racks) {
      List<List<String>> ofPartitions =
          racks.isEmpty()
              ? List.of()
              : topic.partitions().stream().map(partition -> racksOf(partition, racks)).toList();
      return new KnownTopic(topic.id(), topic.name(), topic.partitionCount(), ofPartitions);
    }

    private static List<String> racksOf(PartitionImage partition, Map<Integer, String> racks) {
      return partition.replicas().asList().stream()
          .map(racks::get)
          .filter(Objects::nonNull)
          .toList();
    }

    @Override
    public List<String> racks(int partition) {
      return partitionRacks.isEmpty() ? List.of() : partitionRacks.get(partition);
    }
  }
}
