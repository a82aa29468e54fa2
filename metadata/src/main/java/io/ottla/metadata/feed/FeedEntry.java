package io.ottla.metadata.feed;

import io.ottla.metadata.codec.CodecException;
import io.ottla.metadata.image.DeltaCodec;
import io.ottla.metadata.image.MetadataDelta;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What one command changed, as it travels.
 *
 * <pre>
 *  long   offset of the command
 *  int    count of deltas
 *  count times:
 *    int    length of the frame
 *    frame  one delta, see {@link DeltaCodec}
 * </pre>
 *
 * @param offset the command's place in the metadata log
 * @param deltas what it changed, in order
 */
record FeedEntry(long offset, List<MetadataDelta> deltas) {

  private static final int HEAD_BYTES = Long.BYTES + Integer.BYTES;

  FeedEntry {
    deltas = List.copyOf(deltas);
  }

  /** About how much memory it holds: the settings and partition states it names. */
  int weight() {
    int weight = 1;
    for (MetadataDelta delta : deltas) {
      weight +=
          switch (delta) {
            case MetadataDelta.TopicCreated created -> created.partitions().size();
            case MetadataDelta.PartitionsAdded added -> added.partitions().size();
            case MetadataDelta.PartitionsChanged changed -> changed.changes().size();
            case MetadataDelta.ConfigChanged changed -> changed.configs().size();
            default -> 1;
          };
    }
    return weight;
  }

  byte[] encode() {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeLong(offset);
      out.writeInt(deltas.size());
      for (MetadataDelta delta : deltas) {
        byte[] frame = DeltaCodec.encode(delta);
        out.writeInt(frame.length);
        out.write(frame);
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail", e);
    }
  }

  /**
   * Reads entries one after the other.
   *
   * @throws CodecException if the bytes are damaged
   */
  static List<FeedEntry> decodeAll(byte[] bytes) {
    List<FeedEntry> entries = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    while (in.hasRemaining()) {
      require(in, HEAD_BYTES);
      long offset = in.getLong();
      int count = in.getInt();
      List<MetadataDelta> deltas = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        require(in, Integer.BYTES);
        int length = in.getInt();
        require(in, length);
        byte[] frame = new byte[length];
        in.get(frame);
        deltas.add(DeltaCodec.decode(frame));
      }
      entries.add(new FeedEntry(offset, deltas));
    }
    return entries;
  }

  private static void require(ByteBuffer in, int bytes) {
    if (bytes < 0 || bytes > in.remaining()) {
      throw new CodecException("a feed entry ends too early");
    }
  }
}
