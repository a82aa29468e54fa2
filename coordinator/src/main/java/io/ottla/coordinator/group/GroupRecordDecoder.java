package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorRecordDecoder;
import io.ottla.coordinator.group.consumer.ConsumerGroupRecords;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.GroupMetadataKey;
import io.ottla.wire.message.GroupMetadataValue;
import io.ottla.wire.message.OffsetCommitKey;
import io.ottla.wire.message.OffsetCommitValue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the records of offsets, classic groups and consumer groups. Kafka writes groups of other
 * kinds into the same topic: their records are passed over and stay there. Any thread.
 */
final class GroupRecordDecoder implements CoordinatorRecordDecoder {

  private static final Logger LOG = LoggerFactory.getLogger(GroupRecordDecoder.class);

  /** The kinds of groups that have been warned of. */
  private final Set<String> warned = ConcurrentHashMap.newKeySet();

  @Override
  public ApiMessage newKey(short type) {
    return switch (type) {
      case GroupRecords.LEGACY_OFFSET_COMMIT, GroupRecords.OFFSET_COMMIT -> new OffsetCommitKey();
      case GroupRecords.GROUP_METADATA -> new GroupMetadataKey();
      default -> ConsumerGroupRecords.DECODER.newKey(type);
    };
  }

  @Override
  public ApiMessage newValue(short type) {
    return switch (type) {
      // The oldest type has the layout of the value's version 0.
      case GroupRecords.LEGACY_OFFSET_COMMIT, GroupRecords.OFFSET_COMMIT -> new OffsetCommitValue();
      case GroupRecords.GROUP_METADATA -> new GroupMetadataValue();
      default -> ConsumerGroupRecords.DECODER.newValue(type);
    };
  }

  @Override
  public void onPassedOver(TopicPartition partition, short type, int count) {
    String kind = kind(type);
    if (warned.add(kind)) {
      LOG.warn(
          "There are {} in {}, which are not served here; their records (type {}: {}) are passed"
              + " over and kept",
          kind,
          partition,
          type,
          count);
    } else {
      LOG.debug("Passed over {} records of type {} in {}", count, type, partition);
    }
  }

  private static String kind(short type) {
    return switch (type) {
      case 10, 11, 12, 13, 14, 15 -> "share groups";
      case 17, 18, 19, 20, 21, 22, 23 -> "streams groups";
      default -> "records of a type that is not known (" + type + ")";
    };
  }
}
