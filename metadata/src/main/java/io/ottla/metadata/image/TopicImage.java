package io.ottla.metadata.image;

import io.ottla.wire.Uuid;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/** One topic: its name, its id and its partitions, numbered from 0 without gaps. Immutable. */
public final class TopicImage {

  private final String name;
  private final Uuid id;
  private final PartitionImage[] partitions;

  private TopicImage(String name, Uuid id, PartitionImage[] partitions) {
    this.name = Objects.requireNonNull(name, "name");
    this.id = Objects.requireNonNull(id, "id");
    this.partitions = partitions;
  }

  static TopicImage of(String name, Uuid id, List<PartitionImage> partitions) {
    return new TopicImage(name, id, partitions.toArray(PartitionImage[]::new));
  }

  public String name() {
    return name;
  }

  public Uuid id() {
    return id;
  }

  public int partitionCount() {
    return partitions.length;
  }

  /** One partition, or null when the topic has none of that number. */
  public PartitionImage partition(int number) {
    return number >= 0 && number < partitions.length ? partitions[number] : null;
  }

  /** All partitions, by number; an unmodifiable view. */
  public List<PartitionImage> partitions() {
    return Collections.unmodifiableList(Arrays.asList(partitions));
  }

  /**
   * How many replicas the topic's first partition has, or will have when it has moved: what a new
   * partition would get.
   */
  public int replicationFactor() {
    PartitionImage first = partitions[0];
    return first.replicas().size() - first.removingReplicas().size();
  }

  TopicImage withAdded(List<PartitionImage> added) {
    PartitionImage[] all = Arrays.copyOf(partitions, partitions.length + added.size());
    for (int i = 0; i < added.size(); i++) {
      all[partitions.length + i] = added.get(i);
    }
    return new TopicImage(name, id, all);
  }

  TopicImage withChanged(List<MetadataDelta.PartitionChange> changes) {
    PartitionImage[] all = partitions.clone();
    for (MetadataDelta.PartitionChange change : changes) {
      all[change.partition()] = change.state();
    }
    return new TopicImage(name, id, all);
  }

  @Override
  public boolean equals(Object other) {
    if (this == other) {
      return true;
    }
    return other instanceof TopicImage that
        && name.equals(that.name)
        && id.equals(that.id)
        && Arrays.equals(partitions, that.partitions);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  @Override
  public String toString() {
    return name + " (" + id + ", " + partitions.length + " partitions)";
  }
}
