package io.ottla.metadata.feed;

import io.ottla.fuzz.Allocations;
import io.ottla.metadata.codec.CodecException;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.ImageSnapshot;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.Uuid;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * What a follower of the metadata is sent: changes, or a snapshot of the whole. The first byte says
 * which, and whether the checksums of the frames in it are made right.
 *
 * <p>It is read, or refused as damaged; changes fit the image, or contradict it.
 */
public final class FeedFuzz {

  private static final String CLUSTER = "cluster";
  private static final long HEAP_AT_LEAST = 4L << 20;
  private static final int HEAP_PER_BYTE = 1_000;

  private FeedFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Allocations.within(HEAP_AT_LEAST + (long) HEAP_PER_BYTE * data.length, () -> play(data));
  }

  private static void play(byte[] data) {
    int kind = data.length == 0 ? 0 : data[0];
    byte[] bytes = data.length == 0 ? data : Arrays.copyOfRange(data, 1, data.length);
    boolean isSnapshot = (kind & 1) != 0;
    if ((kind & 2) == 0) {
      rightChecksums(bytes, isSnapshot);
    }
    try {
      if (isSnapshot) {
        MetadataImage image = ImageSnapshot.read(new ByteArrayInputStream(bytes), CLUSTER);
        var _ = snapshot(image);
      } else {
        MetadataImage image = MetadataImage.empty(CLUSTER);
        for (FeedEntry entry : FeedEntry.decodeAll(bytes)) {
          for (MetadataDelta delta : entry.deltas()) {
            image = image.with(delta);
          }
        }
        checkSnapshotOf(image);
      }
    } catch (CodecException | IllegalStateException e) {
      // Damaged, or in contradiction to what was before; those who follow begin anew.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whatever was applied can be handed on. */
  private static void checkSnapshotOf(MetadataImage image) throws IOException {
    byte[] bytes = snapshot(image);
    MetadataImage read;
    try {
      read = ImageSnapshot.read(new ByteArrayInputStream(bytes), CLUSTER);
    } catch (CodecException e) {
      throw new AssertionError("a snapshot of what was applied cannot be read", e);
    }
    if (read.hash() != image.hash()) {
      throw new AssertionError("a snapshot of what was applied is something else");
    }
  }

  private static byte[] snapshot(MetadataImage image) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageSnapshot.write(image, out);
    return out.toByteArray();
  }

  /** Of all frames that lie where a reader would look for them. */
  private static void rightChecksums(byte[] bytes, boolean isSnapshot) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int frames = isSnapshot ? Integer.MAX_VALUE : 0;
    while (in.remaining() >= Integer.BYTES) {
      if (frames == 0) {
        if (in.remaining() < Long.BYTES + Integer.BYTES) {
          return;
        }
        var _ = in.getLong();
        frames = in.getInt();
        continue;
      }
      int length = in.getInt();
      if (length < Integer.BYTES || length > in.remaining()) {
        return;
      }
      CRC32C crc = new CRC32C();
      crc.update(bytes, in.position(), length - Integer.BYTES);
      in.position(in.position() + length - Integer.BYTES);
      in.putInt((int) crc.getValue());
      frames--;
    }
  }

  /** Where the corpus began: one of each change, as changes and as a snapshot. */
  public static Map<String, byte[]> seeds() {
    Uuid topic = new Uuid(1, 2);
    PartitionImage partition = PartitionImage.created(NodeIds.of(1, 2), NodeIds.of(1, 2));
    List<MetadataDelta> deltas =
        List.of(
            new MetadataDelta.TopicCreated(topic, "orders", List.of(partition)),
            new MetadataDelta.PartitionsAdded(topic, 1, List.of(partition)),
            new MetadataDelta.ConfigChanged(ConfigResource.topic("orders"), Map.of("a", "1")),
            new MetadataDelta.FeatureChanged("metadata.version", (short) 25),
            new MetadataDelta.ProducerIdsAllocated(1, 2, 1_000));
    MetadataImage image = MetadataImage.empty(CLUSTER);
    for (MetadataDelta delta : deltas) {
      image = image.with(delta);
    }
    Map<String, byte[]> seeds = new TreeMap<>();
    try {
      seeds.put("changes", seed(0, new FeedEntry(5, deltas).encode()));
      seeds.put("snapshot", seed(1, snapshot(image.at(5))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return seeds;
  }

  private static byte[] seed(int kind, byte[] bytes) {
    return ByteBuffer.allocate(1 + bytes.length).put((byte) kind).put(bytes).array();
  }
}
