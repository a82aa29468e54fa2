package io.ottla.coordinator.group;

import io.netty.buffer.Unpooled;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.group.consumer.RecordTexts;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.message.ConsumerProtocolAssignment;
import io.ottla.wire.message.GroupMetadataValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The records of groups that change protocol in words, alike where only the order differs that a
 * hash map gives: partitions, members, records of one kind next to each other, who leads. When a
 * group got into its state is left out: we say when its generation was assigned.
 */
final class MigrationRecords {

  private MigrationRecords() {}

  /**
   * @param names what to write for ids of members
   */
  static List<String> texts(List<CoordinatorRecord> records, Map<String, String> names) {
    List<String> all = new ArrayList<>();
    List<String> alike = new ArrayList<>();
    String kindBefore = "";
    for (CoordinatorRecord record : records) {
      String kind = record.type() + (record.isTombstone() ? "-" : "+");
      if (!kind.equals(kindBefore)) {
        flush(alike, all);
      }
      kindBefore = kind;
      String text =
          !record.isTombstone() && record.value().message() instanceof GroupMetadataValue value
              ? record.key() + " -> " + text(value, names)
              : RecordTexts.of(List.of(record)).getFirst();
      for (Map.Entry<String, String> name : names.entrySet()) {
        text = text.replace(name.getKey(), name.getValue());
      }
      alike.add(text);
    }
    flush(alike, all);
    return all;
  }

  /** Who leads the classic groups that were written. */
  static List<String> leaders(List<CoordinatorRecord> records, Map<String, String> names) {
    List<String> leaders = new ArrayList<>();
    for (CoordinatorRecord record : records) {
      if (!record.isTombstone() && record.value().message() instanceof GroupMetadataValue value) {
        String leader = value.leader();
        leaders.add(leader == null ? "nobody" : names.getOrDefault(leader, leader));
      }
    }
    return leaders;
  }

  private static void flush(List<String> alike, List<String> into) {
    Collections.sort(alike);
    into.addAll(alike);
    alike.clear();
  }

  private static String text(GroupMetadataValue value, Map<String, String> names) {
    Map<String, String> members = new TreeMap<>();
    for (GroupMetadataValue.MemberMetadata member : value.members()) {
      members.put(
          names.getOrDefault(member.memberId(), member.memberId()),
          member.groupInstanceId()
              + " "
              + member.clientId()
              + member.clientHost()
              + " "
              + member.rebalanceTimeout()
              + " "
              + member.sessionTimeout()
              + " "
              + Arrays.hashCode(member.subscription())
              + " "
              + assignment(member.assignment()));
    }
    return value.protocolType() + " " + value.generation() + " " + value.protocol() + " " + members;
  }

  /** What an assignment gives; nothing if it is empty. */
  static Map<String, Set<Integer>> assignment(byte[] bytes) {
    Map<String, Set<Integer>> result = new TreeMap<>();
    if (bytes.length > 0) {
      ProtocolReader reader = new ProtocolReader(Unpooled.wrappedBuffer(bytes));
      ConsumerProtocolAssignment parsed = new ConsumerProtocolAssignment();
      parsed.read(reader, reader.readShort());
      parsed
          .assignedPartitions()
          .forEach(each -> result.put(each.topic(), new TreeSet<>(each.partitions())));
    }
    return result;
  }
}
