package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.wire.message.ConsumerGroupCurrentMemberAssignmentValue;
import io.ottla.wire.message.ConsumerGroupTargetAssignmentMemberValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Records in words, alike where only the order differs that a hash map gives: partitions within a
 * record, and records of one type next to each other.
 */
public final class RecordTexts {

  private RecordTexts() {}

  public static List<String> of(List<CoordinatorRecord> records) {
    List<String> texts = new ArrayList<>();
    List<String> unordered = new ArrayList<>();
    short typeBefore = -1;
    for (CoordinatorRecord record : records) {
      String text = record.key() + " -> " + value(record);
      if (record.type() != typeBefore) {
        flush(unordered, texts);
      }
      typeBefore = record.type();
      if (record.isTombstone()) {
        flush(unordered, texts);
        texts.add(text);
      } else {
        unordered.add(text);
      }
    }
    flush(unordered, texts);
    return texts;
  }

  private static void flush(List<String> sorted, List<String> into) {
    Collections.sort(sorted);
    into.addAll(sorted);
    sorted.clear();
  }

  private static Object value(CoordinatorRecord record) {
    if (record.isTombstone()) {
      return "nothing";
    }
    return switch (record.value().message()) {
      case ConsumerGroupCurrentMemberAssignmentValue value -> CurrentAssignment.of(value);
      case ConsumerGroupTargetAssignmentMemberValue value -> ConsumerGroupRecords.assignment(value);
      default -> record.value();
    };
  }
}
