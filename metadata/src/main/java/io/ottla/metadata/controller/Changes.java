package io.ottla.metadata.controller;

import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataDelta.PartitionChange;
import io.ottla.metadata.image.MetadataDelta.PartitionsChanged;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What applying one command has changed so far: the image, and the deltas that led to it. Later
 * items of a command see what earlier ones did. Confined to the thread that applies.
 */
final class Changes {

  private final long offset;
  private final Planner planner;
  private final List<MetadataDelta> deltas = new ArrayList<>();
  private MetadataImage image;

  // Partitions of one topic that have changed, and are not yet in the image: one by one, each would
  // copy the whole topic.
  private Uuid openTopic;
  private final SortedMap<Integer, PartitionImage> open = new TreeMap<>();

  /**
   * @param image the image before the command
   * @param offset the command's place in the log
   * @param planner who planned the command
   */
  Changes(MetadataImage image, long offset, Planner planner) {
    this.image = image;
    this.offset = offset;
    this.planner = planner;
  }

  /** The image with all changes so far. */
  MetadataImage image() {
    close();
    return image;
  }

  /** One partition with all changes so far, or null. */
  PartitionImage partition(Uuid topicId, int number) {
    PartitionImage changed = topicId.equals(openTopic) ? open.get(number) : null;
    return changed != null ? changed : image.partition(topicId, number);
  }

  /** Changes one partition; cheap as long as those of one topic come together. */
  void put(Uuid topicId, int number, PartitionImage state) {
    if (!topicId.equals(openTopic)) {
      close();
      openTopic = topicId;
    }
    open.put(number, state);
  }

  private void close() {
    if (!open.isEmpty()) {
      List<PartitionChange> changed = new ArrayList<>(open.size());
      open.forEach((number, state) -> changed.add(new PartitionChange(number, state)));
      open.clear();
      append(new PartitionsChanged(openTopic, changed));
    }
    openTopic = null;
  }

  /** The offset of the command that is applied. */
  long offset() {
    return offset;
  }

  /** What settings say of elections now. */
  ElectionRules electionRules() {
    return new ElectionRules(image(), planner);
  }

  /** Who planned the command. */
  Planner planner() {
    return planner;
  }

  void add(MetadataDelta delta) {
    close();
    append(delta);
  }

  private void append(MetadataDelta delta) {
    image = image.with(delta);
    deltas.add(delta);
  }

  List<MetadataDelta> deltas() {
    close();
    return Collections.unmodifiableList(deltas);
  }
}
