package io.ottla.metadata.image;

import io.ottla.metadata.codec.CodecException;
import io.ottla.metadata.codec.FrameReader;
import io.ottla.metadata.codec.FrameWriter;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * An image as a stream of bytes: the deltas that make it from nothing.
 *
 * <pre>
 *  int    length of the header frame
 *  frame  magic, cluster id, offset, count of deltas, hash of the image
 *  count times:
 *    int    length of the frame
 *    frame  one delta
 * </pre>
 *
 * <p>What is read must be of the expected cluster and must hash to what was written.
 */
public final class ImageSnapshot {

  private static final int VERSION = 1;
  private static final long MAGIC = 0x4F74746C614D6574L; // "OttlaMet"
  private static final int MAX_HEADER_BYTES = 4096;

  private ImageSnapshot() {}

  /** Writes an image; does not close the stream. */
  public static void write(MetadataImage image, OutputStream stream) throws IOException {
    List<MetadataDelta> deltas = image.deltasFrom(MetadataImage.empty(image.clusterId()));
    FrameWriter header = new FrameWriter(VERSION, MAX_HEADER_BYTES);
    header.writeFixedLong(MAGIC);
    header.writeString(image.clusterId());
    header.writeLong(image.offset());
    header.writeInt(deltas.size());
    header.writeFixedLong(image.hash());
    DataOutputStream out = new DataOutputStream(stream);
    writeFrame(out, header.toFrame());
    for (MetadataDelta delta : deltas) {
      writeFrame(out, DeltaCodec.encode(delta));
    }
    out.flush();
  }

  /**
   * Reads an image; does not close the stream.
   *
   * @throws IOException if the stream cannot be read
   * @throws CodecException if what it holds is damaged, of a newer version or of another cluster
   */
  public static MetadataImage read(InputStream stream, String clusterId) throws IOException {
    DataInputStream in = new DataInputStream(stream);
    try {
      FrameReader header = new FrameReader(readFrame(in, MAX_HEADER_BYTES), VERSION, VERSION);
      if (header.readFixedLong() != MAGIC) {
        throw new CodecException("this is not a metadata snapshot");
      }
      String foundId = header.readString();
      if (!foundId.equals(clusterId)) {
        throw new CodecException(
            "the snapshot belongs to cluster '" + foundId + "', not to '" + clusterId + "'");
      }
      final long offset = header.readLong();
      final int count = header.readInt();
      final long hash = header.readFixedLong();
      header.expectEnd();
      MetadataImage image = MetadataImage.empty(clusterId);
      for (int i = 0; i < count; i++) {
        image = image.with(DeltaCodec.decode(readFrame(in, DeltaCodec.MAX_BYTES)));
      }
      if (image.hash() != hash) {
        throw new CodecException("the snapshot's content does not match its hash");
      }
      return image.at(offset);
    } catch (EOFException e) {
      throw new CodecException("the snapshot ends too early", e);
    } catch (IllegalStateException e) {
      throw new CodecException("the snapshot contradicts itself: " + e.getMessage(), e);
    }
  }

  private static void writeFrame(DataOutputStream out, byte[] frame) throws IOException {
    out.writeInt(frame.length);
    out.write(frame);
  }

  private static byte[] readFrame(DataInputStream in, int maxBytes) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > maxBytes) {
      throw new CodecException("a frame of " + length + " bytes in a snapshot");
    }
    byte[] frame = in.readNBytes(length);
    if (frame.length != length) {
      throw new EOFException();
    }
    return frame;
  }
}
