package io.ottla.broker.peer;

import io.netty.buffer.Unpooled;
import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.api.LateAnswer;
import io.ottla.broker.api.Request;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.MalformedMessageException;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.UnsupportedVersionException;
import io.ottla.wire.message.EnvelopeRequest;
import io.ottla.wire.message.EnvelopeResponse;
import io.ottla.wire.message.RequestHeader;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Envelope (KIP-590): a broker passes on a client's request. It is handled here as if the client
 * had sent it, and the answer goes back in an envelope, with the offset of the metadata log that
 * the broker's image must reach before the client is told.
 */
public final class EnvelopeHandler implements ApiHandler<EnvelopeRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(EnvelopeHandler.class);

  /** Why an envelope is refused. */
  private static final class RefusedEnvelope extends Exception {

    private static final long serialVersionUID = 1L;

    private final ErrorCode error;

    RefusedEnvelope(ErrorCode error, String message) {
      super(message, null, false, false);
      this.error = error;
    }
  }

  private final BooleanSupplier isActive;
  private final HandlerTable forwardable;
  private final LongSupplier publishedOffset;

  /**
   * @param isActive whether this node is the active controller
   * @param forwardable the handlers of what may be in an envelope; they must not forward
   * @param publishedOffset how far this node's published image is
   */
  public EnvelopeHandler(
      BooleanSupplier isActive, HandlerTable forwardable, LongSupplier publishedOffset) {
    this.isActive = isActive;
    this.forwardable = forwardable;
    this.publishedOffset = publishedOffset;
  }

  @Override
  public ApiKey api() {
    return ApiKey.ENVELOPE;
  }

  @Override
  public void handle(Request<EnvelopeRequest> request) {
    if (!isActive.getAsBoolean()) {
      request.fail(ErrorCode.NOT_CONTROLLER);
      return;
    }
    try {
      open(request);
    } catch (RefusedEnvelope e) {
      LOG.warn("Refusing an envelope of {}: {}", request.connection().peer(), e.getMessage());
      request.fail(e.error);
    }
  }

  private void open(Request<EnvelopeRequest> request) throws RefusedEnvelope {
    EnvelopeRequest envelope = request.body();
    InetAddress client = client(envelope);
    checkPrincipal(envelope);
    ProtocolReader reader = new ProtocolReader(Unpooled.wrappedBuffer(envelope.requestData()));
    try {
      RequestHeader header = Envelopes.header(reader, envelope.requestData());
      ApiHandler<?> handler = forwardable.handler(ApiKey.forId(header.requestApiKey()));
      if (handler == null) {
        throw new RefusedEnvelope(
            ErrorCode.INVALID_REQUEST, "API " + header.requestApiKey() + " is not passed on");
      }
      short version = header.requestApiVersion();
      if (version < handler.oldestVersion() || version > handler.latestVersion()) {
        throw new RefusedEnvelope(
            ErrorCode.UNSUPPORTED_VERSION, handler.api() + " is not served in version " + version);
      }
      handle(request, handler, header, reader, client);
    } catch (UnsupportedVersionException e) {
      throw new RefusedEnvelope(ErrorCode.UNSUPPORTED_VERSION, e.getMessage());
    } catch (MalformedMessageException e) {
      throw new RefusedEnvelope(ErrorCode.INVALID_REQUEST, e.getMessage());
    }
  }

  private static InetAddress client(EnvelopeRequest envelope) throws RefusedEnvelope {
    try {
      return InetAddress.getByAddress(envelope.clientHostAddress());
    } catch (UnknownHostException e) {
      throw new RefusedEnvelope(ErrorCode.INVALID_REQUEST, "the client's address is not one");
    }
  }

  private static void checkPrincipal(EnvelopeRequest envelope) throws RefusedEnvelope {
    try {
      if (envelope.requestPrincipal() != null) {
        Envelopes.principal(envelope.requestPrincipal());
        return;
      }
    } catch (MalformedMessageException | UnsupportedVersionException e) {
      LOG.debug("A principal cannot be read", e);
    }
    throw new RefusedEnvelope(
        ErrorCode.PRINCIPAL_DESERIALIZATION_FAILURE, "its principal cannot be read");
  }

  private <Q extends ApiMessage> void handle(
      Request<EnvelopeRequest> request,
      ApiHandler<Q> handler,
      RequestHeader header,
      ProtocolReader reader,
      InetAddress client) {
    short version = header.requestApiVersion();
    @SuppressWarnings("unchecked") // the table's type: a handler serves its own API's request
    Q body = (Q) handler.api().newRequest();
    body.read(reader, version);
    if (reader.remaining() > 0) {
      throw new MalformedMessageException(handler.api() + " has bytes after its end");
    }
    request.releaseFrame(); // everything was copied out of it
    LocalRequest<Q> inner =
        new LocalRequest<>(
            handler,
            body,
            version,
            header.clientId(),
            new EnvelopedConnection(request.connection(), client));
    LateAnswer.when(
        request,
        inner.run(),
        answer ->
            ControllerAnswers.isNotController(answer)
                ? failure(request.body(), request.version(), ErrorCode.NOT_CONTROLLER)
                : wrapped(handler.api(), header, answer));
  }

  private EnvelopeResponse wrapped(ApiKey api, RequestHeader header, ApiMessage answer) {
    byte[] data =
        Envelopes.response(api, header.requestApiVersion(), header.correlationId(), answer);
    return Envelopes.withOffset(
        new EnvelopeResponse().responseData(data), publishedOffset.getAsLong());
  }

  @Override
  public ApiMessage failure(EnvelopeRequest request, short version, ErrorCode error) {
    return new EnvelopeResponse().errorCode(error.code());
  }
}
