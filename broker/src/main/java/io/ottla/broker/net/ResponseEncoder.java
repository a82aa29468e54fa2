package io.ottla.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelPromise;
import io.ottla.log.LogSlice;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.Records;
import io.ottla.wire.message.ResponseHeader;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes responses to sockets: measures a response, writes it into one buffer of exactly that size,
 * and puts record bytes between the buffer's parts without copying them, files by sendfile if the
 * connection is in plain text.
 *
 * <p>Immutable; called on the connection's event loop.
 */
final class ResponseEncoder {

  private static final Logger LOG = LoggerFactory.getLogger(ResponseEncoder.class);

  private final boolean encrypted;
  private final UnsentSlices unsent;

  /**
   * @param encrypted whether the channel encrypts: then record bytes of files must pass through
   *     memory
   * @param unsent takes what could not be sent from a file
   */
  ResponseEncoder(boolean encrypted, UnsentSlices unsent) {
    this.encrypted = encrypted;
    this.unsent = unsent;
  }

  /** Writes, without flushing, the response to a request. */
  void write(
      Channel channel, InFlightRequest<?> request, InFlightRequest.Outcome.Response response) {
    ApiKey api = request.handler().api();
    short version = (short) Math.max(0, request.version());
    ApiMessage body = response.message();
    ResponseHeader header = new ResponseHeader().correlationId(request.correlationId());
    short headerVersion = api.responseHeaderVersion(version);
    List<Splice> splices = new ArrayList<>(0);
    ByteBuf buffer = null;
    try {
      int length = header.size(headerVersion) + body.size(version);
      buffer = channel.alloc().directBuffer(Integer.BYTES + length - response.recordBytes());
      buffer.writeInt(length);
      ProtocolWriter writer =
          new ProtocolWriter(buffer, (index, records) -> splices.add(new Splice(index, records)));
      header.write(writer, headerVersion);
      body.write(writer, version);
    } catch (RuntimeException e) {
      LOG.error("Closing {}: its {} could not be encoded", channel.remoteAddress(), api, e);
      if (buffer != null) {
        buffer.release();
      }
      response.ifNeverSent().run();
      channel.close();
      return;
    }
    writeParts(channel, buffer, splices);
  }

  private void writeParts(Channel channel, ByteBuf buffer, List<Splice> splices) {
    if (splices.isEmpty()) {
      channel.write(buffer, promise(channel));
      return;
    }
    for (Splice splice : splices) {
      int before = splice.index - buffer.readerIndex();
      if (before > 0) {
        channel.write(buffer.readRetainedSlice(before), promise(channel));
      }
      if (splice.records.sizeInBytes() > 0) {
        channel.write(asMessage(splice.records), promise(channel));
      } else {
        splice.records.release();
      }
    }
    if (buffer.isReadable()) {
      channel.write(buffer, promise(channel));
    } else {
      buffer.release();
    }
  }

  /**
   * Handlers between here and the socket must not be told that nobody cares. A response that breaks
   * off, because its file cannot be read, must not be followed by another.
   */
  private ChannelPromise promise(Channel channel) {
    return encrypted
        ? channel.newPromise().addListener(ChannelFutureListener.CLOSE_ON_FAILURE)
        : channel.voidPromise();
  }

  private Object asMessage(Records records) {
    return switch (records) {
      case LogSlice slice when encrypted -> new LogSliceChunks(slice);
      case LogSlice slice -> new LogSliceRegion(slice, unsent);
      case BufferRecords inMemory -> inMemory.buffer();
      default -> throw new IllegalArgumentException("cannot send " + records.getClass());
    };
  }

  private record Splice(int index, Records records) {}
}
