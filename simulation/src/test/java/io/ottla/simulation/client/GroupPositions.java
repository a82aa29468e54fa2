package io.ottla.simulation.client;

import io.ottla.wire.TopicPartition;
import java.util.Map;

/**
 * Positions of a group that somebody wants committed.
 *
 * @param member who, or nothing if it is no member
 * @param generation or member epoch; -1 if it is no member
 */
public record GroupPositions(
    String group, String member, int generation, Map<TopicPartition, Long> positions) {

  /** Of somebody who is no member. */
  public static GroupPositions withoutMember(String group, Map<TopicPartition, Long> positions) {
    return new GroupPositions(group, "", -1, positions);
  }
}
