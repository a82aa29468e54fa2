package io.ottla.coordinator.group.consumer;

import io.ottla.wire.Uuid;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A picture of topics, made from another by changing one of them. */
public record TestTopics(long version, long lastCreationVersion, Map<String, TestTopic> byName)
    implements TopicCatalog {

  public static final TestTopics NONE = new TestTopics(1, 1, Map.of());

  /**
   * @param racks of every partition's replicas
   */
  public record TestTopic(Uuid id, String name, int partitionCount, List<String> rackList)
      implements Topic {

    @Override
    public List<String> racks(int partition) {
      return rackList;
    }
  }

  TestTopics with(String name, Uuid id, int partitions, String... racks) {
    TreeMap<String, TestTopic> changed = new TreeMap<>(byName);
    TestTopic before = changed.put(name, new TestTopic(id, name, partitions, List.of(racks)));
    boolean isNew = before == null || !before.id().equals(id);
    return new TestTopics(version + 1, isNew ? version + 1 : lastCreationVersion, changed);
  }

  /** With ids after the names. */
  public TestTopics with(String name, int partitions, String... racks) {
    return with(name, new Uuid(42, name.hashCode()), partitions, racks);
  }

  TestTopics without(String name) {
    TreeMap<String, TestTopic> changed = new TreeMap<>(byName);
    changed.remove(name);
    return new TestTopics(version + 1, lastCreationVersion, changed);
  }

  @Override
  public Topic topic(Uuid id) {
    for (TestTopic topic : byName.values()) {
      if (topic.id().equals(id)) {
        return topic;
      }
    }
    return null;
  }

  @Override
  public Topic topic(String name) {
    return byName.get(name);
  }

  @Override
  public Set<String> names() {
    return byName.keySet();
  }

  public Uuid id(String name) {
    return byName.get(name).id();
  }

  /** Partitions of topics, for short: {@code partitions("t", 0, 1)}. */
  Map<Uuid, Set<Integer>> partitions(String name, Integer... partitions) {
    return new HashMap<>(Map.of(id(name), Set.of(partitions)));
  }
}
