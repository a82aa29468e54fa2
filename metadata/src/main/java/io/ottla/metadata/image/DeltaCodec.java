package io.ottla.metadata.image;

import io.ottla.metadata.codec.CodecException;
import io.ottla.metadata.codec.FrameReader;
import io.ottla.metadata.codec.FrameWriter;
import io.ottla.metadata.image.MetadataDelta.BrokerFenced;
import io.ottla.metadata.image.MetadataDelta.BrokerRegistered;
import io.ottla.metadata.image.MetadataDelta.BrokerShuttingDown;
import io.ottla.metadata.image.MetadataDelta.BrokerUnfenced;
import io.ottla.metadata.image.MetadataDelta.BrokerUnregistered;
import io.ottla.metadata.image.MetadataDelta.ConfigChanged;
import io.ottla.metadata.image.MetadataDelta.FeatureChanged;
import io.ottla.metadata.image.MetadataDelta.PartitionChange;
import io.ottla.metadata.image.MetadataDelta.PartitionsAdded;
import io.ottla.metadata.image.MetadataDelta.PartitionsChanged;
import io.ottla.metadata.image.MetadataDelta.ProducerIdsAllocated;
import io.ottla.metadata.image.MetadataDelta.TopicCreated;
import io.ottla.metadata.image.MetadataDelta.TopicDeleted;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of a {@link MetadataDelta}: one frame whose body opens with the delta's type. Types are
 * never given a second meaning.
 */
public final class DeltaCodec {

  /** The longest encoded delta. */
  public static final int MAX_BYTES = 16 * 1024 * 1024;

  /**
   * The version since which partitions carry their reassignment and brokers their shutdown; it is
   * the commands' too.
   */
  static final int WITH_REASSIGNMENTS = 2;

  /** The version since which partitions name the replicas whose directories do not serve. */
  static final int WITH_LOST_REPLICAS = 3;

  private static final int LOWEST_VERSION = 1;
  private static final int VERSION = WITH_LOST_REPLICAS;

  private static final int TOPIC_CREATED = 1;
  private static final int PARTITIONS_ADDED = 2;
  private static final int TOPIC_DELETED = 3;
  private static final int PARTITIONS_CHANGED = 4;
  private static final int CONFIG_CHANGED = 5;
  private static final int BROKER_REGISTERED = 6;
  private static final int BROKER_FENCED = 7;
  private static final int BROKER_UNFENCED = 8;
  private static final int PRODUCER_IDS_ALLOCATED = 9;
  private static final int FEATURE_CHANGED = 10;
  private static final int BROKER_SHUTTING_DOWN = 11;
  private static final int BROKER_UNREGISTERED = 12;

  private DeltaCodec() {}

  /**
   * Writes a delta.
   *
   * @throws CodecException if the delta is longer than {@link #MAX_BYTES}
   */
  public static byte[] encode(MetadataDelta delta) {
    FrameWriter out = new FrameWriter(VERSION, MAX_BYTES);
    write(out, delta);
    return out.toFrame();
  }

  /**
   * Reads a delta.
   *
   * @throws CodecException if the bytes are damaged, of an unknown version or of an unknown type
   */
  public static MetadataDelta decode(byte[] frame) {
    if (frame.length > MAX_BYTES) {
      throw new CodecException("a delta of " + frame.length + " bytes is longer than " + MAX_BYTES);
    }
    FrameReader in = new FrameReader(frame, LOWEST_VERSION, VERSION);
    MetadataDelta delta = read(in);
    in.expectEnd();
    return delta;
  }

  private static void write(FrameWriter out, MetadataDelta delta) {
    switch (delta) {
      case TopicCreated created -> {
        out.writeByte(TOPIC_CREATED);
        out.writeUuid(created.topicId());
        out.writeString(created.name());
        writePartitions(out, created.partitions());
      }
      case PartitionsAdded added -> {
        out.writeByte(PARTITIONS_ADDED);
        out.writeUuid(added.topicId());
        out.writeInt(added.firstPartition());
        writePartitions(out, added.partitions());
      }
      case TopicDeleted deleted -> {
        out.writeByte(TOPIC_DELETED);
        out.writeUuid(deleted.topicId());
        out.writeString(deleted.name());
      }
      case PartitionsChanged changed -> {
        out.writeByte(PARTITIONS_CHANGED);
        out.writeUuid(changed.topicId());
        out.writeCount(changed.changes().size());
        for (PartitionChange change : changed.changes()) {
          out.writeInt(change.partition());
          change.state().write(out);
        }
      }
      case ConfigChanged changed -> {
        out.writeByte(CONFIG_CHANGED);
        changed.resource().write(out);
        out.writeStrings(changed.configs());
      }
      case BrokerRegistered registered -> {
        out.writeByte(BROKER_REGISTERED);
        registered.broker().write(out);
      }
      case BrokerFenced fenced -> {
        out.writeByte(BROKER_FENCED);
        out.writeInt(fenced.brokerId());
        out.writeLong(fenced.brokerEpoch());
      }
      case BrokerUnfenced unfenced -> {
        out.writeByte(BROKER_UNFENCED);
        out.writeInt(unfenced.brokerId());
        out.writeLong(unfenced.brokerEpoch());
      }
      case BrokerShuttingDown stopping -> {
        out.writeByte(BROKER_SHUTTING_DOWN);
        out.writeInt(stopping.brokerId());
        out.writeLong(stopping.brokerEpoch());
      }
      case BrokerUnregistered gone -> {
        out.writeByte(BROKER_UNREGISTERED);
        out.writeInt(gone.brokerId());
        out.writeLong(gone.brokerEpoch());
      }
      case ProducerIdsAllocated allocated -> {
        out.writeByte(PRODUCER_IDS_ALLOCATED);
        out.writeInt(allocated.brokerId());
        out.writeLong(allocated.brokerEpoch());
        out.writeLong(allocated.nextProducerId());
      }
      case FeatureChanged changed -> {
        out.writeByte(FEATURE_CHANGED);
        out.writeString(changed.feature());
        out.writeInt(changed.level());
      }
    }
  }

  private static MetadataDelta read(FrameReader in) {
    int type = in.readByte();
    return switch (type) {
      case TOPIC_CREATED -> new TopicCreated(in.readUuid(), in.readString(), readPartitions(in));
      case PARTITIONS_ADDED -> new PartitionsAdded(in.readUuid(), in.readInt(), readPartitions(in));
      case TOPIC_DELETED -> new TopicDeleted(in.readUuid(), in.readString());
      case PARTITIONS_CHANGED -> readPartitionsChanged(in);
      case CONFIG_CHANGED -> new ConfigChanged(ConfigResource.read(in), in.readStrings());
      case BROKER_REGISTERED -> new BrokerRegistered(BrokerImage.read(in));
      case BROKER_FENCED -> new BrokerFenced(in.readInt(), in.readLong());
      case BROKER_UNFENCED -> new BrokerUnfenced(in.readInt(), in.readLong());
      case BROKER_SHUTTING_DOWN -> new BrokerShuttingDown(in.readInt(), in.readLong());
      case BROKER_UNREGISTERED -> new BrokerUnregistered(in.readInt(), in.readLong());
      case PRODUCER_IDS_ALLOCATED ->
          new ProducerIdsAllocated(in.readInt(), in.readLong(), in.readLong());
      case FEATURE_CHANGED -> new FeatureChanged(in.readString(), in.readShort());
      default -> throw new CodecException("delta type " + type + " is not known here");
    };
  }

  private static PartitionsChanged readPartitionsChanged(FrameReader in) {
    Uuid topicId = in.readUuid();
    int count = in.readCount(1 + PartitionImage.LEAST_BYTES);
    List<PartitionChange> changes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      changes.add(new PartitionChange(in.readInt(), PartitionImage.read(in)));
    }
    return new PartitionsChanged(topicId, changes);
  }

  private static void writePartitions(FrameWriter out, List<PartitionImage> partitions) {
    out.writeCount(partitions.size());
    for (PartitionImage partition : partitions) {
      partition.write(out);
    }
  }

  private static List<PartitionImage> readPartitions(FrameReader in) {
    int count = in.readCount(PartitionImage.LEAST_BYTES);
    List<PartitionImage> partitions = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      partitions.add(PartitionImage.read(in));
    }
    return partitions;
  }
}
