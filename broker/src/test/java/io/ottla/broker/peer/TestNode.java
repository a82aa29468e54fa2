package io.ottla.broker.peer;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.api.Request;
import io.ottla.broker.cluster.ApiVersionsHandler;
import io.ottla.broker.net.Admission;
import io.ottla.broker.net.ConnectionLimits;
import io.ottla.broker.net.HandleUse;
import io.ottla.broker.net.Network;
import io.ottla.broker.net.ServedListener;
import io.ottla.broker.net.SocketServer;
import io.ottla.broker.net.SocketSettings;
import io.ottla.broker.net.UnsentSlices;
import io.ottla.broker.tls.TlsContext;
import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.runtime.Clock;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/** A node with real sockets on 127.0.0.1 whose handlers the test chooses. */
final class TestNode implements AutoCloseable {

  private final SocketServer sockets;
  private HandlerTable table;

  TestNode(Network network, int port, List<ApiHandler<?>> handlers) {
    this(network, port, handlers, Optional.empty());
  }

  TestNode(Network network, int port, List<ApiHandler<?>> handlers, Optional<TlsContext> tls) {
    List<ApiHandler<?>> all = new ArrayList<>(handlers);
    all.add(new ApiVersionsHandler(() -> table, () -> MetadataImage.empty("test"), Map.of()));
    table = new HandlerTable(all);
    SocketSettings settings =
        new SocketSettings("nio", 1, 8 << 20, 0, 600_000, OptionalInt.empty(), OptionalInt.empty());
    sockets =
        new SocketServer(
            network,
            settings,
            table,
            UnsentSlices.IGNORED,
            new Admission(
                new ConnectionLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, Map.of()),
                new HandleUse(Clock.system()),
                Clock.system()));
    try {
      sockets.bind(
          new ServedListener(
              "CONTROLLER", new InetSocketAddress("127.0.0.1", port), 50, tls, false));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sockets.serve();
  }

  int port() {
    return sockets.boundPorts().get("CONTROLLER");
  }

  HostPort address() {
    return new HostPort("127.0.0.1", port());
  }

  @Override
  public void close() {
    sockets.close(0);
  }

  /** A handler of any API, made of what it does and how it fails. */
  static <Q extends ApiMessage> ApiHandler<Q> handler(
      ApiKey api, Consumer<Request<Q>> handle, BiFunction<Q, ErrorCode, ApiMessage> failure) {
    return new ApiHandler<>() {
      @Override
      public ApiKey api() {
        return api;
      }

      @Override
      public void handle(Request<Q> request) {
        handle.accept(request);
      }

      @Override
      public ApiMessage failure(Q request, short version, ErrorCode error) {
        return failure.apply(request, error);
      }
    };
  }
}
