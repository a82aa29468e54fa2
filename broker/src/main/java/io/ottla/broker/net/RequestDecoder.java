package io.ottla.broker.net;

import io.netty.buffer.ByteBuf;
import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.HandlerTable;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.MalformedMessageException;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.UnsupportedVersionException;
import io.ottla.wire.message.ApiVersionsRequest;
import io.ottla.wire.message.RequestHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a request of a frame: reads its header, finds its handler and reads its body. What is not a
 * request of an API and version the broker serves costs the peer its connection, as it does with
 * Kafka; but for ApiVersions, which is answered whatever its version (KIP-511).
 *
 * <p>Stateless; shared by all connections.
 */
final class RequestDecoder {

  private static final Logger LOG = LoggerFactory.getLogger(RequestDecoder.class);

  private static final int API_KEY_INDEX = 0;
  private static final int API_VERSION_INDEX = 2;
  private static final int CORRELATION_ID_INDEX = 4;
  private static final int MIN_HEADER = 8;

  private final HandlerTable handlers;

  RequestDecoder(HandlerTable handlers) {
    this.handlers = handlers;
  }

  /**
   * Reads a request; takes over the frame.
   *
   * @return null, after a line in the log, if the peer is to be cut off
   */
  InFlightRequest<?> decode(Connection connection, Frame frame) {
    try {
      InFlightRequest<?> request = read(connection, frame);
      if (request == null) {
        frame.release();
      }
      return request;
    } catch (MalformedMessageException | UnsupportedVersionException e) {
      LOG.warn("Closing {}: it sent a malformed request: {}", connection.peer(), e.getMessage());
      frame.release();
      return null;
    }
  }

  private InFlightRequest<?> read(Connection connection, Frame frame) {
    ByteBuf bytes = frame.bytes();
    if (bytes.readableBytes() < MIN_HEADER) {
      throw new MalformedMessageException(
          bytes.readableBytes() + " bytes are too few for a request header");
    }
    int start = bytes.readerIndex();
    short key = bytes.getShort(start + API_KEY_INDEX);
    short version = bytes.getShort(start + API_VERSION_INDEX);
    ApiKey api = ApiKey.forId(key);
    ApiHandler<?> handler = api == null ? null : handlers.handler(api);
    if (handler == null) {
      LOG.warn(
          "Closing {}: it asked for API {}, which this broker has not", connection.peer(), key);
      return null;
    }
    if (version < handler.oldestVersion() || version > handler.latestVersion()) {
      if (api == ApiKey.API_VERSIONS) {
        return unknownApiVersions(
            connection, handler, bytes.getInt(start + CORRELATION_ID_INDEX), frame);
      }
      LOG.warn(
          "Closing {}: it sent {} in version {}, served are {} to {}",
          connection.peer(),
          api,
          version,
          handler.oldestVersion(),
          handler.latestVersion());
      return null;
    }
    ProtocolReader reader = new ProtocolReader(bytes);
    RequestHeader header = new RequestHeader();
    header.read(reader, api.requestHeaderVersion(version));
    return readBody(connection, handler, header, version, reader, frame);
  }

  private static <Q extends ApiMessage> InFlightRequest<Q> readBody(
      Connection connection,
      ApiHandler<Q> handler,
      RequestHeader header,
      short version,
      ProtocolReader reader,
      Frame frame) {
    @SuppressWarnings("unchecked") // the table's type: a handler serves its own API's request
    Q body = (Q) handler.api().newRequest();
    body.read(reader, version);
    if (reader.remaining() > 0) {
      throw new MalformedMessageException(
          handler.api() + " has " + reader.remaining() + " bytes after its end");
    }
    return new InFlightRequest<>(
        connection, handler, version, header.correlationId(), header.clientId(), body, frame);
  }

  /**
   * An ApiVersions of a future version cannot be read past the correlation id; it is served as a
   * version that asks for the error and the broker's ranges in the oldest form.
   */
  private static <Q extends ApiMessage> InFlightRequest<Q> unknownApiVersions(
      Connection connection, ApiHandler<Q> handler, int correlationId, Frame frame) {
    @SuppressWarnings("unchecked") // this is the handler of ApiVersions
    Q body = (Q) new ApiVersionsRequest();
    return new InFlightRequest<>(
        connection, handler, UNKNOWN_VERSION, correlationId, null, body, frame);
  }

  /** Version given to the ApiVersions handler when the client's is not one it knows. */
  static final short UNKNOWN_VERSION = -1;

  /** The error code that says what an exception means to a client. */
  static ErrorCode errorOf(RuntimeException e) {
    return e instanceof UnsupportedVersionException
        ? ErrorCode.UNSUPPORTED_VERSION
        : ErrorCode.UNKNOWN_SERVER_ERROR;
  }
}
