package io.ottla.broker.peer;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.timeout.IdleStateEvent;
import io.ottla.broker.net.Frame;
import io.ottla.broker.net.FrameDecoder;
import io.ottla.broker.peer.PeerException.Reason;
import io.ottla.broker.tls.TlsContext;
import io.ottla.runtime.Clock;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.MalformedMessageException;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.UnsupportedVersionException;
import io.ottla.wire.message.ApiVersionsRequest;
import io.ottla.wire.message.ApiVersionsResponse;
import io.ottla.wire.message.RequestHeader;
import io.ottla.wire.message.ResponseHeader;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * One socket to another node: asks for its versions, then carries requests one behind the other and
 * gives each its answer. Answers come in the order of the requests; one that does not ends the
 * socket. Used on its event loop.
 */
final class PeerChannel extends ChannelInboundHandlerAdapter implements FrameDecoder.FrameHandler {

  /** Whoever owns the socket. */
  interface Owner {

    /** Requests can be sent. */
    void onReady(PeerChannel channel);

    /** An answer came: there is room for another request. */
    void onAnswer(PeerChannel channel);

    /**
     * The socket is gone, and what was in flight has failed.
     *
     * @param reason for whoever reads the log
     * @param wasIdle whether nobody will miss it
     */
    void onClosed(PeerChannel channel, String reason, boolean wasIdle);
  }

  private static final short API_VERSIONS_VERSION = 3;
  private static final String SOFTWARE = "ottla";

  private final Channel channel;
  private final String clientId;
  private final boolean encrypted;
  private final Clock clock;
  private final Owner owner;

  private final Queue<PeerRequest> inFlight = new ArrayDeque<>();
  private ServedVersions versions;
  private int nextCorrelationId;
  private long lastReadNs;
  private String closeReason =
      "the other side closed the connection before it told its versions; does its listener have"
          + " another security protocol?";

  PeerChannel(Channel channel, String clientId, boolean encrypted, Clock clock, Owner owner) {
    this.channel = channel;
    this.clientId = clientId;
    this.encrypted = encrypted;
    this.clock = clock;
    this.owner = owner;
  }

  /** Whether this is on that channel. */
  @SuppressWarnings("ReferenceEquality")
  boolean isOf(Channel other) {
    return channel == other;
  }

  /** Whether it was not closed on this side; {@link Owner#onClosed} follows soon after that. */
  boolean isOpen() {
    return channel.isOpen();
  }

  int inFlight() {
    return inFlight.size();
  }

  /** When bytes last came. */
  long lastReadNs() {
    return lastReadNs;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (!encrypted) {
      askForVersions();
    }
    ctx.fireChannelActive();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        askForVersions();
      } else {
        close("its TLS handshake failed: " + TlsContext.explain(handshake.cause()));
      }
    } else if (event instanceof IdleStateEvent && versions != null && inFlight.isEmpty()) {
      close("it was idle for connections.max.idle.ms");
    }
    ctx.fireUserEventTriggered(event);
  }

  private void askForVersions() {
    ApiVersionsRequest request =
        new ApiVersionsRequest().clientSoftwareName(SOFTWARE).clientSoftwareVersion("1");
    PeerRequest asked = new PeerRequest(ApiKey.API_VERSIONS, API_VERSIONS_VERSION, request);
    write(asked, API_VERSIONS_VERSION);
    channel.flush();
    var _ =
        asked
            .answer()
            .whenComplete(
                (answer, failure) -> {
                  if (failure == null) {
                    onVersions((ApiVersionsResponse) answer.message());
                  }
                });
  }

  private void onVersions(ApiVersionsResponse answer) {
    if (answer.errorCode() != 0) {
      close("it refused to tell its versions, error code " + answer.errorCode());
      return;
    }
    versions = new ServedVersions(answer);
    closeReason = "the other side closed the connection";
    owner.onReady(this);
  }

  /** Sends a request, or fails it if it cannot be sent; {@link #flush} must follow. */
  void send(PeerRequest request) {
    short version = versions.choose(request.api(), request.maxVersion());
    if (version == ServedVersions.NONE) {
      request.fail(
          Reason.UNSUPPORTED,
          channel.remoteAddress() + " does not serve " + request.api() + " as needed here");
      return;
    }
    write(request, version);
  }

  void flush() {
    channel.flush();
  }

  private void write(PeerRequest request, short version) {
    request.sent(version, nextCorrelationId++, clock.nowNs());
    ByteBuf frame;
    try {
      frame = encode(request);
    } catch (RuntimeException e) {
      request.fail(Reason.MALFORMED, request.api() + " could not be written: " + e);
      return;
    }
    inFlight.add(request);
    channel.write(frame, channel.voidPromise());
  }

  private ByteBuf encode(PeerRequest request) {
    short version = request.version();
    RequestHeader header =
        new RequestHeader()
            .requestApiKey(request.api().id())
            .requestApiVersion(version)
            .correlationId(request.correlationId())
            .clientId(clientId);
    short headerVersion = request.api().requestHeaderVersion(version);
    int size = header.size(headerVersion) + request.message().size(version);
    ByteBuf frame = channel.alloc().directBuffer(Integer.BYTES + size);
    try {
      frame.writeInt(size);
      ProtocolWriter writer = new ProtocolWriter(frame);
      header.write(writer, headerVersion);
      request.message().write(writer, version);
      return frame;
    } catch (RuntimeException e) {
      frame.release();
      throw e;
    }
  }

  @Override
  public void onRead() {
    lastReadNs = clock.nowNs();
  }

  @Override
  public void onFrame(Frame frame) {
    PeerRequest request = inFlight.poll();
    ApiMessage answer;
    try {
      if (request == null) {
        throw new MalformedMessageException("an answer to nothing that was asked");
      }
      answer = decode(frame, request);
    } catch (MalformedMessageException | UnsupportedVersionException e) {
      frame.release();
      String what = "it sent an answer that cannot be read: " + e.getMessage();
      if (request != null) {
        request.fail(Reason.MALFORMED, channel.remoteAddress() + ": " + what);
      }
      close(what);
      return;
    }
    hand(answer, frame, request);
    owner.onAnswer(this);
  }

  private static ApiMessage decode(Frame frame, PeerRequest request) {
    ProtocolReader reader = new ProtocolReader(frame.bytes());
    ResponseHeader header = new ResponseHeader();
    header.read(reader, request.api().responseHeaderVersion(request.version()));
    if (header.correlationId() != request.correlationId()) {
      throw new MalformedMessageException(
          "correlation id " + header.correlationId() + " instead of " + request.correlationId());
    }
    ApiMessage answer = request.api().newResponse();
    answer.read(reader, request.version());
    if (reader.remaining() > 0) {
      throw new MalformedMessageException(
          request.api() + " has " + reader.remaining() + " bytes after its end");
    }
    return answer;
  }

  /** Only answers with records look at their frame after they were decoded. */
  private static void hand(ApiMessage answer, Frame frame, PeerRequest request) {
    if (request.api() == ApiKey.FETCH) {
      if (!request.complete(answer, frame::release)) {
        frame.release();
      }
    } else {
      frame.release();
      request.complete(answer, () -> {});
    }
  }

  @Override
  public void onBadLength(int length, int maxLength) {
    closeReason =
        "it sent an answer of "
            + length
            + " bytes, allowed are 1 to "
            + maxLength
            + "; does its listener have another security protocol?";
  }

  /** Closes the socket; the first reason is the one that is told. */
  void close(String reason) {
    if (channel.isOpen()) {
      closeReason = reason;
      channel.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    boolean wasIdle = inFlight.isEmpty();
    for (PeerRequest lost = inFlight.poll(); lost != null; lost = inFlight.poll()) {
      lost.fail(Reason.LOST, channel.remoteAddress() + ": " + closeReason);
    }
    owner.onClosed(this, closeReason, wasIdle);
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Throwable root =
        cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
    close(root.getMessage() == null ? root.toString() : root.getMessage());
  }
}
