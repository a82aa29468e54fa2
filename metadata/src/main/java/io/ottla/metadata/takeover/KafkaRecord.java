package io.ottla.metadata.takeover;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.MalformedMessageException;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.UnsupportedVersionException;
import io.ottla.wire.message.AbortTransactionRecord;
import io.ottla.wire.message.AccessControlEntryRecord;
import io.ottla.wire.message.BeginTransactionRecord;
import io.ottla.wire.message.BrokerRegistrationChangeRecord;
import io.ottla.wire.message.ClearElrRecord;
import io.ottla.wire.message.ClientQuotaRecord;
import io.ottla.wire.message.ConfigRecord;
import io.ottla.wire.message.DelegationTokenRecord;
import io.ottla.wire.message.EndTransactionRecord;
import io.ottla.wire.message.FeatureLevelRecord;
import io.ottla.wire.message.FenceBrokerRecord;
import io.ottla.wire.message.NoOpRecord;
import io.ottla.wire.message.PartitionChangeRecord;
import io.ottla.wire.message.PartitionRecord;
import io.ottla.wire.message.ProducerIdsRecord;
import io.ottla.wire.message.RegisterBrokerRecord;
import io.ottla.wire.message.RegisterControllerRecord;
import io.ottla.wire.message.RemoveAccessControlEntryRecord;
import io.ottla.wire.message.RemoveDelegationTokenRecord;
import io.ottla.wire.message.RemoveTopicRecord;
import io.ottla.wire.message.RemoveUserScramCredentialRecord;
import io.ottla.wire.message.TopicRecord;
import io.ottla.wire.message.UnfenceBrokerRecord;
import io.ottla.wire.message.UnregisterBrokerRecord;
import io.ottla.wire.message.UserScramCredentialRecord;
import io.ottla.wire.message.ZkMigrationStateRecord;

/**
 * One record of Kafka's metadata log. Its value is a frame:
 *
 * <pre>
 *  unsigned varint  version of the frame, 1
 *  unsigned varint  type
 *  unsigned varint  version
 *  bytes            the record
 * </pre>
 *
 * @param message what it says
 * @param version the version it was written in
 * @param bytes the frame, as it is in the log
 */
public record KafkaRecord(ApiMessage message, short version, byte[] bytes) {

  private static final int FRAME_VERSION = 1;

  /**
   * Reads a record's value.
   *
   * @throws MalformedMessageException if it is of no type or version that is known here, or damaged
   */
  public static KafkaRecord read(ByteBuf value) {
    byte[] bytes = ByteBufUtil.getBytes(value);
    ProtocolReader in = new ProtocolReader(value);
    int frame = in.readUnsignedVarint();
    if (frame != FRAME_VERSION) {
      throw new MalformedMessageException("a metadata record's frame has version " + frame);
    }
    int type = in.readUnsignedVarint();
    short version = (short) in.readUnsignedVarint();
    ApiMessage message = ofType(type);
    try {
      message.read(in, version);
    } catch (UnsupportedVersionException e) {
      throw new MalformedMessageException(
          "a metadata record of type " + type + " has version " + version + ", which is not known");
    }
    if (in.remaining() > 0) {
      throw new MalformedMessageException(
          in.remaining() + " bytes follow on a metadata record of type " + type);
    }
    return new KafkaRecord(message, version, bytes);
  }

  private static ApiMessage ofType(int type) {
    return switch (type) {
      case 0 -> new RegisterBrokerRecord();
      case 1 -> new UnregisterBrokerRecord();
      case 2 -> new TopicRecord();
      case 3 -> new PartitionRecord();
      case 4 -> new ConfigRecord();
      case 5 -> new PartitionChangeRecord();
      case 7 -> new FenceBrokerRecord();
      case 8 -> new UnfenceBrokerRecord();
      case 9 -> new RemoveTopicRecord();
      case 10 -> new DelegationTokenRecord();
      case 11 -> new UserScramCredentialRecord();
      case 12 -> new FeatureLevelRecord();
      case 14 -> new ClientQuotaRecord();
      case 15 -> new ProducerIdsRecord();
      case 17 -> new BrokerRegistrationChangeRecord();
      case 18 -> new AccessControlEntryRecord();
      case 19 -> new RemoveAccessControlEntryRecord();
      case 20 -> new NoOpRecord();
      case 21 -> new ZkMigrationStateRecord();
      case 22 -> new RemoveUserScramCredentialRecord();
      case 23 -> new BeginTransactionRecord();
      case 24 -> new EndTransactionRecord();
      case 25 -> new AbortTransactionRecord();
      case 26 -> new RemoveDelegationTokenRecord();
      case 27 -> new RegisterControllerRecord();
      case 28 -> new ClearElrRecord();
      default ->
          throw new MalformedMessageException("metadata record type " + type + " is not known");
    };
  }
}
