package io.ottla.metadata.image;

import io.ottla.metadata.codec.FrameWriter;
import io.ottla.wire.Uuid;
import java.util.Map;

/**
 * Hashes of the parts of an image. The hash of an image is the sum of its parts' hashes, so that a
 * change costs the hash of what changed, and the order of changes does not matter.
 */
final class ImageHash {

  private static final int CLUSTER = 0;
  private static final int TOPIC = 1;
  private static final int PARTITION = 2;
  private static final int CONFIGS = 3;
  private static final int BROKER = 4;
  private static final int FEATURE = 5;
  private static final int PRODUCER_IDS = 6;

  private ImageHash() {}

  static long ofCluster(String clusterId) {
    FrameWriter out = part(CLUSTER);
    out.writeString(clusterId);
    return out.hash();
  }

  static long of(TopicImage topic) {
    FrameWriter out = part(TOPIC);
    out.writeUuid(topic.id());
    out.writeString(topic.name());
    long hash = out.hash();
    for (int i = 0; i < topic.partitionCount(); i++) {
      hash += of(topic.id(), i, topic.partition(i));
    }
    return hash;
  }

  static long of(Uuid topicId, int number, PartitionImage partition) {
    FrameWriter out = part(PARTITION);
    out.writeUuid(topicId);
    out.writeInt(number);
    partition.writeHashed(out);
    return out.hash();
  }

  /** Of no settings at all: nothing. */
  static long of(ConfigResource resource, Map<String, String> configs) {
    if (configs.isEmpty()) {
      return 0;
    }
    FrameWriter out = part(CONFIGS);
    resource.write(out);
    out.writeStrings(configs);
    return out.hash();
  }

  /** Of no broker: nothing. */
  static long of(BrokerImage broker) {
    if (broker == null) {
      return 0;
    }
    FrameWriter out = part(BROKER);
    broker.write(out);
    return out.hash();
  }

  /** Of a feature without a level: nothing. */
  static long of(String feature, Short level) {
    if (level == null) {
      return 0;
    }
    FrameWriter out = part(FEATURE);
    out.writeString(feature);
    out.writeInt(level);
    return out.hash();
  }

  static long ofProducerIds(long nextProducerId) {
    FrameWriter out = part(PRODUCER_IDS);
    out.writeLong(nextProducerId);
    return out.hash();
  }

  private static FrameWriter part(int kind) {
    return new FrameWriter(kind, DeltaCodec.MAX_BYTES);
  }
}
