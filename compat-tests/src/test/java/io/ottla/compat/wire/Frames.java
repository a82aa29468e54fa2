package io.ottla.compat.wire;

import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
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

  /**
   * An ApiVersions request as clients send it since version 3, with a version that may be higher.
   */
  public static byte[] apiVersionsToCome(int version, int correlationId) {
    byte[] header = headerOnly(ApiKeys.API_VERSIONS.id, version, correlationId);
    byte[] rest = {0, 4, 'r', 'a', 'w', 2, '1', 0};
    return ByteBuffer.allocate(header.length + rest.length)
        .put(header)
        .put(rest)
        .putInt(0, header.length + rest.length - 4)
        .array();
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
  public static byte[] of(ApiMessage request, int version, int correlationId) {
    ApiKeys api = ApiKeys.forId(request.apiKey());
    RequestHeader header = new RequestHeader(api, (short) version, "raw", correlationId);
    ObjectSerializationCache cache = new ObjectSerializationCache();
    int size =
        header.data().size(cache, header.headerVersion()) + request.size(cache, (short) version);
    ByteBuffer frame = ByteBuffer.allocate(4 + size).putInt(size);
    ByteBufferAccessor writer = new ByteBufferAccessor(frame);
    header.data().write(writer, cache, header.headerVersion());
    request.write(writer, cache, (short) version);
    return frame.array();
  }
}
