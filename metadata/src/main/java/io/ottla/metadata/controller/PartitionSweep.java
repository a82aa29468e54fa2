package io.ottla.metadata.controller;

import io.ottla.metadata.controller.PartitionTransition.Election;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Steps of many partitions at once: one pass over all, one delta for each topic that changes. Who
 * may lead is what the image says when the pass begins. Confined to the thread that applies.
 */
final class PartitionSweep {

  private final Changes changes;
  private final MetadataImage image;
  private final ElectionRules rules;

  PartitionSweep(Changes changes) {
    this.changes = changes;
    this.image = changes.image();
    this.rules = changes.electionRules();
  }

  /**
   * A step of one partition, by the settings of its topic. It is elected uncleanly where that is
   * allowed, unless the caller says otherwise.
   */
  PartitionTransition transition(String topic, PartitionImage partition) {
    return new PartitionTransition(
            partition, image::isActive, rules.minInsyncReplicas(topic), rules.eligibleLeaders())
        .keepingLeaderEpochs(rules.keepsLeaderEpochs())
        .election(rules.uncleanElection(topic) ? Election.UNCLEAN : Election.CLEAN);
  }

  ElectionRules rules() {
    return rules;
  }

  /** The image when the pass began. */
  MetadataImage image() {
    return image;
  }

  /** Makes a step of every partition that is concerned. */
  void all(Predicate<PartitionImage> concerned, Consumer<PartitionTransition> step) {
    for (TopicImage topic : image.topics()) {
      topic(topic, concerned, step);
    }
  }

  /** Makes a step of every partition of one topic that is concerned. */
  void topic(
      TopicImage topic, Predicate<PartitionImage> concerned, Consumer<PartitionTransition> step) {
    for (int i = 0; i < topic.partitionCount(); i++) {
      PartitionImage before = topic.partition(i);
      if (!concerned.test(before)) {
        continue;
      }
      PartitionTransition transition = transition(topic.name(), before);
      step.accept(transition);
      PartitionImage after = transition.result();
      if (after != before) {
        changes.put(topic.id(), i, after);
      }
    }
  }
}
