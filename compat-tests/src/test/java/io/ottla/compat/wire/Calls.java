package io.ottla.compat.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.ResponseHeader;

/** Requests that are sent as they are given, and their answers. */
public final class Calls {
  private static final int CORRELATION_ID = 4711;

  private Calls() {}

  /** Sends a request and waits for its answer. */
  public static <T extends ApiMessage> T call(
      RawConnection connection, ApiMessage request, int version, Class<T> answer)
      throws IOException {
    send(connection, request, version);
    return receive(connection, request.apiKey(), version, answer);
  }

  /** Sends a request and returns at once. */
  public static void send(RawConnection connection, ApiMessage request, int version)
      throws IOException {
    connection.send(Frames.of(request, version, CORRELATION_ID));
  }

  /** Waits for the answer to a request that was sent. */
  public static <T extends ApiMessage> T receive(
      RawConnection connection, short apiKey, int version, Class<T> answer) throws IOException {
    ApiKeys api = ApiKeys.forId(apiKey);
    ByteBuffer bytes = connection.receive();
    ResponseHeader header = ResponseHeader.parse(bytes, api.responseHeaderVersion((short) version));
    if (header.correlationId() != CORRELATION_ID) {
      throw new IOException("An answer to " + header.correlationId());
    }
    ApiMessage message = api.messageType.newResponse();
    message.read(new ByteBufferAccessor(bytes), (short) version);
    return answer.cast(message);
  }
}
