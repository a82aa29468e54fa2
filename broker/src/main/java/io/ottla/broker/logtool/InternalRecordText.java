package io.ottla.broker.logtool;

import io.netty.buffer.ByteBuf;
import io.ottla.log.inspect.RecordText;
import io.ottla.metadata.takeover.KafkaRecord;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.MalformedMessageException;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.message.ConsumerGroupCurrentMemberAssignmentKey;
import io.ottla.wire.message.ConsumerGroupCurrentMemberAssignmentValue;
import io.ottla.wire.message.ConsumerGroupMemberMetadataKey;
import io.ottla.wire.message.ConsumerGroupMemberMetadataValue;
import io.ottla.wire.message.ConsumerGroupMetadataKey;
import io.ottla.wire.message.ConsumerGroupMetadataValue;
import io.ottla.wire.message.ConsumerGroupPartitionMetadataKey;
import io.ottla.wire.message.ConsumerGroupPartitionMetadataValue;
import io.ottla.wire.message.ConsumerGroupRegularExpressionKey;
import io.ottla.wire.message.ConsumerGroupRegularExpressionValue;
import io.ottla.wire.message.ConsumerGroupTargetAssignmentMemberKey;
import io.ottla.wire.message.ConsumerGroupTargetAssignmentMemberValue;
import io.ottla.wire.message.ConsumerGroupTargetAssignmentMetadataKey;
import io.ottla.wire.message.ConsumerGroupTargetAssignmentMetadataValue;
import io.ottla.wire.message.GroupMetadataKey;
import io.ottla.wire.message.GroupMetadataValue;
import io.ottla.wire.message.LegacyOffsetCommitKey;
import io.ottla.wire.message.LegacyOffsetCommitValue;
import io.ottla.wire.message.OffsetCommitKey;
import io.ottla.wire.message.OffsetCommitValue;
import io.ottla.wire.message.ShareGroupCurrentMemberAssignmentKey;
import io.ottla.wire.message.ShareGroupCurrentMemberAssignmentValue;
import io.ottla.wire.message.ShareGroupMemberMetadataKey;
import io.ottla.wire.message.ShareGroupMemberMetadataValue;
import io.ottla.wire.message.ShareGroupMetadataKey;
import io.ottla.wire.message.ShareGroupMetadataValue;
import io.ottla.wire.message.ShareGroupStatePartitionMetadataKey;
import io.ottla.wire.message.ShareGroupStatePartitionMetadataValue;
import io.ottla.wire.message.ShareGroupTargetAssignmentMemberKey;
import io.ottla.wire.message.ShareGroupTargetAssignmentMemberValue;
import io.ottla.wire.message.ShareGroupTargetAssignmentMetadataKey;
import io.ottla.wire.message.ShareGroupTargetAssignmentMetadataValue;
import io.ottla.wire.message.ShareSnapshotKey;
import io.ottla.wire.message.ShareSnapshotValue;
import io.ottla.wire.message.ShareUpdateKey;
import io.ottla.wire.message.ShareUpdateValue;
import io.ottla.wire.message.StreamsGroupCurrentMemberAssignmentKey;
import io.ottla.wire.message.StreamsGroupCurrentMemberAssignmentValue;
import io.ottla.wire.message.StreamsGroupMemberMetadataKey;
import io.ottla.wire.message.StreamsGroupMemberMetadataValue;
import io.ottla.wire.message.StreamsGroupMetadataKey;
import io.ottla.wire.message.StreamsGroupMetadataValue;
import io.ottla.wire.message.StreamsGroupTargetAssignmentMemberKey;
import io.ottla.wire.message.StreamsGroupTargetAssignmentMemberValue;
import io.ottla.wire.message.StreamsGroupTargetAssignmentMetadataKey;
import io.ottla.wire.message.StreamsGroupTargetAssignmentMetadataValue;
import io.ottla.wire.message.StreamsGroupTopologyKey;
import io.ottla.wire.message.StreamsGroupTopologyValue;
import io.ottla.wire.message.TransactionLogKey;
import io.ottla.wire.message.TransactionLogValue;

/**
 * What the records of the broker's own topics say: groups and offsets, transactions, share groups,
 * Kafka's metadata. A key begins with its type, a value with its version, both int16. Any thread.
 */
final class InternalRecordText implements RecordText {

  private record Pair(ApiMessage key, ApiMessage value) {}

  @Override
  public String of(String topic, ByteBuf key, ByteBuf value) {
    return switch (topic) {
      case "__consumer_offsets" -> text(key, value, ofGroups(type(key)));
      case "__transaction_state" ->
          text(key, value, new Pair(new TransactionLogKey(), new TransactionLogValue()));
      case "__share_group_state" -> text(key, value, ofShares(type(key)));
      case "__cluster_metadata" -> {
        KafkaRecord record = KafkaRecord.read(value.slice());
        yield record.message().getClass().getSimpleName()
            + " version: "
            + record.version()
            + " "
            + record.message();
      }
      default -> null;
    };
  }

  private static short type(ByteBuf key) {
    return key.getShort(key.readerIndex());
  }

  private static String text(ByteBuf key, ByteBuf value, Pair pair) {
    ProtocolReader in = new ProtocolReader(key.slice());
    short _ = in.readShort();
    pair.key.read(in, pair.key.lowestSupportedVersion());
    if (value == null) {
      return pair.key.getClass().getSimpleName() + " key: " + pair.key + " value: null";
    }
    ProtocolReader from = new ProtocolReader(value.slice());
    short version = from.readShort();
    pair.value.read(from, version);
    return pair.value.getClass().getSimpleName()
        + " key: "
        + pair.key
        + " version: "
        + version
        + " value: "
        + pair.value;
  }

  private static Pair ofShares(short type) {
    return switch (type) {
      case 0 -> new Pair(new ShareSnapshotKey(), new ShareSnapshotValue());
      case 1 -> new Pair(new ShareUpdateKey(), new ShareUpdateValue());
      default -> throw new MalformedMessageException("type " + type);
    };
  }

  private static Pair ofGroups(short type) {
    return switch (type) {
      case 0 -> new Pair(new LegacyOffsetCommitKey(), new LegacyOffsetCommitValue());
      case 1 -> new Pair(new OffsetCommitKey(), new OffsetCommitValue());
      case 2 -> new Pair(new GroupMetadataKey(), new GroupMetadataValue());
      case 3 -> new Pair(new ConsumerGroupMetadataKey(), new ConsumerGroupMetadataValue());
      case 4 ->
          new Pair(
              new ConsumerGroupPartitionMetadataKey(), new ConsumerGroupPartitionMetadataValue());
      case 5 ->
          new Pair(new ConsumerGroupMemberMetadataKey(), new ConsumerGroupMemberMetadataValue());
      case 6 ->
          new Pair(
              new ConsumerGroupTargetAssignmentMetadataKey(),
              new ConsumerGroupTargetAssignmentMetadataValue());
      case 7 ->
          new Pair(
              new ConsumerGroupTargetAssignmentMemberKey(),
              new ConsumerGroupTargetAssignmentMemberValue());
      case 8 ->
          new Pair(
              new ConsumerGroupCurrentMemberAssignmentKey(),
              new ConsumerGroupCurrentMemberAssignmentValue());
      case 10 -> new Pair(new ShareGroupMemberMetadataKey(), new ShareGroupMemberMetadataValue());
      case 11 -> new Pair(new ShareGroupMetadataKey(), new ShareGroupMetadataValue());
      case 12 ->
          new Pair(
              new ShareGroupTargetAssignmentMetadataKey(),
              new ShareGroupTargetAssignmentMetadataValue());
      case 13 ->
          new Pair(
              new ShareGroupTargetAssignmentMemberKey(),
              new ShareGroupTargetAssignmentMemberValue());
      case 14 ->
          new Pair(
              new ShareGroupCurrentMemberAssignmentKey(),
              new ShareGroupCurrentMemberAssignmentValue());
      case 15 ->
          new Pair(
              new ShareGroupStatePartitionMetadataKey(),
              new ShareGroupStatePartitionMetadataValue());
      case 16 ->
          new Pair(
              new ConsumerGroupRegularExpressionKey(), new ConsumerGroupRegularExpressionValue());
      case 17 -> new Pair(new StreamsGroupMetadataKey(), new StreamsGroupMetadataValue());
      case 19 ->
          new Pair(new StreamsGroupMemberMetadataKey(), new StreamsGroupMemberMetadataValue());
      case 20 ->
          new Pair(
              new StreamsGroupTargetAssignmentMetadataKey(),
              new StreamsGroupTargetAssignmentMetadataValue());
      case 21 ->
          new Pair(
              new StreamsGroupTargetAssignmentMemberKey(),
              new StreamsGroupTargetAssignmentMemberValue());
      case 22 ->
          new Pair(
              new StreamsGroupCurrentMemberAssignmentKey(),
              new StreamsGroupCurrentMemberAssignmentValue());
      case 23 -> new Pair(new StreamsGroupTopologyKey(), new StreamsGroupTopologyValue());
      default -> throw new MalformedMessageException("type " + type);
    };
  }
}
