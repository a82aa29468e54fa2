package io.ottla.broker.peer;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.ottla.broker.net.Network;
import io.ottla.metadata.controller.BrokerProbe;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.Endpoint;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Connects to the listener that a broker's followers use, and hangs up. Only a refused connection
 * says that its process is gone: the host answers, and nobody listens there any more. Any thread.
 */
public final class NetworkBrokerProbe implements BrokerProbe {

  private static final int CONNECT_TIMEOUT_MS = 1_000;

  private final Network network;
  private final Executor resolver;
  private final Optional<String> listener;

  /**
   * @param resolver where names are looked up, which blocks
   * @param listener that brokers reach each other by; without, or for a broker that lacks it, its
   *     first one
   */
  public NetworkBrokerProbe(Network network, Executor resolver, Optional<String> listener) {
    this.network = network;
    this.resolver = resolver;
    this.listener = listener;
  }

  @Override
  public CompletableFuture<Boolean> isGone(BrokerImage broker) {
    Endpoint endpoint =
        listener.map(broker::endpoint).orElseGet(() -> broker.endpoints().getFirst());
    CompletableFuture<Boolean> gone = new CompletableFuture<>();
    try {
      resolver.execute(() -> connect(endpoint, gone));
    } catch (RuntimeException e) {
      // This node is stopping.
      gone.complete(false);
    }
    return gone;
  }

  private void connect(Endpoint endpoint, CompletableFuture<Boolean> gone) {
    try {
      InetAddress address = InetAddress.getByName(endpoint.host());
      var _ =
          network
              .outgoing(network.nextEventLoop())
              .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
              .handler(new ChannelInboundHandlerAdapter())
              .connect(new InetSocketAddress(address, endpoint.port()))
              .addListener(
                  (ChannelFuture connected) -> {
                    gone.complete(isRefusal(connected.cause()));
                    connected.channel().close();
                  });
    } catch (UnknownHostException | RuntimeException e) {
      gone.complete(false);
    }
  }

  /**
   * Other failures to connect (no route, no answer in time) are connect exceptions too, on one
   * transport or another; it is the words that differ.
   */
  private static boolean isRefusal(Throwable cause) {
    return cause instanceof ConnectException
        && !(cause instanceof ConnectTimeoutException)
        && cause.getMessage() != null
        && cause.getMessage().contains("Connection refused");
  }
}
