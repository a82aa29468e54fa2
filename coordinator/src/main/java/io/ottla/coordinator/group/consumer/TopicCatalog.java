package io.ottla.coordinator.group.consumer;

import io.ottla.wire.Uuid;
import java.util.List;
import java.util.Set;

/**
 * The topics there are, as groups see them: one immutable picture. Any thread; answers at once.
 *
 * <p>Pictures follow each other with growing versions. A topic that is the same in two pictures
 * (id, number of partitions, racks) should be {@link Object#equals equal}, best the same object:
 * that is how a change is found without looking into every partition.
 */
public interface TopicCatalog {

  /** No topics: what a coordinator knows before it is told. */
  TopicCatalog EMPTY =
      new TopicCatalog() {
        @Override
        public long version() {
          return 0;
        }

        @Override
        public long lastCreationVersion() {
          return 0;
        }

        @Override
        public Topic topic(Uuid id) {
          return null;
        }

        @Override
        public Topic topic(String name) {
          return null;
        }

        @Override
        public Set<String> names() {
          return Set.of();
        }
      };

  /** Grows with each picture; the offset of the metadata it was taken from. */
  long version();

  /**
   * The version of the picture in which a topic was new last; of the first picture, its own
   * version. Regular expressions resolved before are to be resolved again.
   */
  long lastCreationVersion();

  /** The topic with the id, or null. */
  Topic topic(Uuid id);

  /** The topic of that name, or null. */
  Topic topic(String name);

  /** The names of all topics. */
  Set<String> names();

  /** One topic. Immutable. */
  interface Topic {

    Uuid id();

    String name();

    /** Partitions are numbered from zero. */
    int partitionCount();

    /**
     * The racks of the brokers that hold a partition, one entry per replica whose broker is known
     * and has a rack, in any order.
     */
    List<String> racks(int partition);
  }
}
