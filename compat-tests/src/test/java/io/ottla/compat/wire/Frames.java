package io.ottla.compat.wire;

import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.RequestHeader;

/** Requests as bytes, length prefix included. */
public final class Frames {
  private Frames() {}

  /**
   * An ApiVersions request with a header of version 1, whatever its own version is: the part that
   * never changes.
   */
  public static byte[] apiVersions(int version, int correlationId) {
    return headerOnly(ApiKeys.API_VERSIONS.id, version, correlationId);
  }

  /** A header (version 1, no client id) and nothing after it. */
  public static byte[] headerOnly(int apiKey, int version, int correlationId) {
    return ByteBuffer.allocate(14)
        .putInt(10)
        .putShort((short) apiKey)
        .putShort((short) version)
        .putInt(correlationId)
        .putShort((short) -1)
        .array();
  }

  /** A whole request as a client would send it. */
  public static byte[] of(AbstractRequest request, int correlationId) {
    RequestHeader header =
        new RequestHeader(request.apiKey(), request.version(), "raw", correlationId);
    ObjectSerializationCache cache = new ObjectSerializationCache();
    int size =
        header.data().size(cache, header.headerVersion())
            + request.data().size(cache, request.version());
    ByteBuffer frame = ByteBuffer.allocate(4 + size).putInt(size);
    ByteBufferAccessor writer = new ByteBufferAccessor(frame);
    header.data().write(writer, cache, header.headerVersion());
    request.data().write(writer, cache, request.version());
    return frame.array();
  }
}
