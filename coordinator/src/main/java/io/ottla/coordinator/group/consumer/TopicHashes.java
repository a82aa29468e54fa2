package io.ottla.coordinator.group.consumer;

import com.dynatrace.hash4j.hashing.HashStream64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Hashes of topics, by which a group sees that what it reads has changed: id, name, partitions and
 * their racks. The numbers are those Kafka computes, as they are in the records. Remembers what it
 * has computed until it is told to forget.
 *
 * <p>Owned by the shard's thread.
 */
final class TopicHashes {

  private static final byte HASH_VERSION = 0;

  private final Map<String, Long> hashes = new HashMap<>();

  /** Nobody reads the topic any more. */
  void forget(String topic) {
    hashes.remove(topic);
  }

  /** Topics have changed. */
  void forgetChanged(TopicCatalog before, TopicCatalog now) {
    hashes.keySet().removeIf(name -> !Objects.equals(before.topic(name), now.topic(name)));
  }

  /** The hash of all the topics that exist; 0 if none does. */
  long of(Collection<String> names, TopicCatalog topics) {
    HashStream64 stream = null;
    for (String name : sorted(names)) {
      TopicCatalog.Topic topic = topics.topic(name);
      if (topic != null) {
        stream = stream == null ? Hashing.xxh3_64().hashStream() : stream;
        stream.putLong(hashes.computeIfAbsent(name, any -> of(topic)));
      }
    }
    return stream == null ? 0 : stream.getAsLong();
  }

  private static SortedSet<String> sorted(Collection<String> names) {
    return names instanceof SortedSet<String> already ? already : new TreeSet<>(names);
  }

  private static long of(TopicCatalog.Topic topic) {
    HashStream64 stream =
        Hashing.xxh3_64()
            .hashStream()
            .putByte(HASH_VERSION)
            .putLong(topic.id().mostSignificantBits())
            .putLong(topic.id().leastSignificantBits())
            .putString(topic.name())
            .putInt(topic.partitionCount());
    for (int partition = 0; partition < topic.partitionCount(); partition++) {
      stream.putInt(partition);
      List<String> racks = new ArrayList<>(topic.racks(partition));
      Collections.sort(racks);
      for (String rack : racks) {
        stream.putInt(rack.length()).putString(rack);
      }
    }
    return stream.getAsLong();
  }
}
