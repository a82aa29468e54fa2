package io.ottla.broker.peer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.MalformedMessageException;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.RawTaggedField;
import io.ottla.wire.UnsupportedVersionException;
import io.ottla.wire.message.DefaultPrincipalData;
import io.ottla.wire.message.EnvelopeRequest;
import io.ottla.wire.message.EnvelopeResponse;
import io.ottla.wire.message.RequestHeader;
import io.ottla.wire.message.ResponseHeader;
import java.net.InetAddress;

/**
 * Requests and responses as they lie in Kafka's Envelope (KIP-590): each with its own header, as if
 * it came by a socket. The principal is written as Kafka's default principal builder does, behind
 * two bytes of version.
 */
final class Envelopes {

  /**
   * Tagged field of the response that holds, in 8 bytes, the offset of the metadata log that the
   * answer rests on. Kafka knows no such field and skips it.
   */
  static final int OFFSET_TAG = 30_000;

  private static final short PRINCIPAL_VERSION = 0;

  private Envelopes() {}

  static EnvelopeRequest wrap(
      ApiKey api, short version, String clientId, ApiMessage body, InetAddress client) {
    RequestHeader header =
        new RequestHeader()
            .requestApiKey(api.id())
            .requestApiVersion(version)
            .correlationId(0)
            .clientId(clientId);
    return new EnvelopeRequest()
        .requestData(bytes(header, api.requestHeaderVersion(version), body, version))
        .requestPrincipal(anonymous())
        .clientHostAddress(client.getAddress());
  }

  private static byte[] anonymous() {
    DefaultPrincipalData principal =
        new DefaultPrincipalData().type("User").name("ANONYMOUS").tokenAuthenticated(false);
    byte[] bytes = new byte[Short.BYTES + principal.size(PRINCIPAL_VERSION)];
    ByteBuf out = Unpooled.wrappedBuffer(bytes).clear();
    out.writeShort(PRINCIPAL_VERSION);
    principal.write(new ProtocolWriter(out), PRINCIPAL_VERSION);
    return bytes;
  }

  /**
   * Reads a principal.
   *
   * @throws MalformedMessageException if it is not one
   * @throws UnsupportedVersionException if it is one of the future
   */
  static DefaultPrincipalData principal(byte[] bytes) {
    ProtocolReader reader = new ProtocolReader(Unpooled.wrappedBuffer(bytes));
    DefaultPrincipalData principal = new DefaultPrincipalData();
    principal.read(reader, reader.readShort());
    return principal;
  }

  static byte[] response(ApiKey api, short version, int correlationId, ApiMessage body) {
    ResponseHeader header = new ResponseHeader().correlationId(correlationId);
    return bytes(header, api.responseHeaderVersion(version), body, version);
  }

  /**
   * Reads the answer of an API.
   *
   * @throws MalformedMessageException if it is not one
   */
  static ApiMessage response(ApiKey api, short version, byte[] bytes) {
    ProtocolReader reader = new ProtocolReader(Unpooled.wrappedBuffer(bytes));
    new ResponseHeader().read(reader, api.responseHeaderVersion(version));
    ApiMessage body = api.newResponse();
    body.read(reader, version);
    if (reader.remaining() > 0) {
      throw new MalformedMessageException(api + " has bytes after its end");
    }
    return body;
  }

  private static byte[] bytes(
      ApiMessage header, short headerVersion, ApiMessage body, short version) {
    byte[] bytes = new byte[header.size(headerVersion) + body.size(version)];
    ProtocolWriter writer = new ProtocolWriter(Unpooled.wrappedBuffer(bytes).clear());
    header.write(writer, headerVersion);
    body.write(writer, version);
    return bytes;
  }

  static EnvelopeResponse withOffset(EnvelopeResponse response, long offset) {
    byte[] bytes = new byte[Long.BYTES];
    Unpooled.wrappedBuffer(bytes).setLong(0, offset);
    response.unknownTaggedFields().add(new RawTaggedField(OFFSET_TAG, bytes));
    return response;
  }

  /** The offset in a response, or {@link Forwarded#NO_OFFSET}. */
  static long offset(EnvelopeResponse response) {
    for (RawTaggedField field : response.unknownTaggedFields()) {
      if (field.tag() == OFFSET_TAG && field.data().length == Long.BYTES) {
        return Unpooled.wrappedBuffer(field.data()).getLong(0);
      }
    }
    return Forwarded.NO_OFFSET;
  }

  /** Request header versions of an API's versions: 1 and 2 have a place for the client's id. */
  static RequestHeader header(ProtocolReader reader, byte[] bytes) {
    ByteBuf start = Unpooled.wrappedBuffer(bytes);
    if (start.readableBytes() < 2 * Short.BYTES) {
      throw new MalformedMessageException("an envelope with " + bytes.length + " bytes");
    }
    ApiKey api = ApiKey.forId(start.getShort(0));
    short version = start.getShort(Short.BYTES);
    if (api == null || !api.isSupported(version)) {
      throw new UnsupportedVersionException("API " + start.getShort(0) + " version " + version);
    }
    RequestHeader header = new RequestHeader();
    header.read(reader, api.requestHeaderVersion(version));
    return header;
  }
}
