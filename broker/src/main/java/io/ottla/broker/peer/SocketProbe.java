package io.ottla.broker.peer;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.ottla.broker.net.Network;
import io.ottla.metadata.controller.BrokerProbe;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.Endpoint;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Looks whether anybody listens where a broker did, by connecting and hanging up. Only a refusal,
 * which the broker's own machine sends, counts. Any thread.
 */
public final class SocketProbe implements BrokerProbe {

  private static final int TIMEOUT_MS = 1_000;
  private static final String REFUSED = "refused";

  private final Network network;
  private final Executor resolver;
  private final Optional<String> listener;

  /**
   * @param resolver where names are looked up, which blocks
   * @param listener by which brokers reach each other; if it is not known, a broker's first
   */
  public SocketProbe(Network network, Executor resolver, Optional<String> listener) {
    this.network = network;
    this.resolver = resolver;
    this.listener = listener;
  }

  @Override
  public CompletableFuture<Boolean> isGone(BrokerImage broker) {
    Endpoint named = listener.map(broker::endpoint).orElse(null);
    if (named == null && broker.endpoints().isEmpty()) {
      return CompletableFuture.completedFuture(false);
    }
    Endpoint endpoint = named == null ? broker.endpoints().getFirst() : named;
    return CompletableFuture.supplyAsync(
            () -> new InetSocketAddress(endpoint.host(), endpoint.port()), resolver)
        .thenCompose(
            address ->
                address.isUnresolved()
                    ? CompletableFuture.completedFuture(false)
                    : isRefused(address));
  }

  private CompletableFuture<Boolean> isRefused(InetSocketAddress address) {
    CompletableFuture<Boolean> refused = new CompletableFuture<>();
    network
        .outgoing(network.nextEventLoop())
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, TIMEOUT_MS)
        .handler(new ChannelInboundHandlerAdapter())
        .connect(address)
        .addListener(
            (ChannelFuture connected) -> {
              connected.channel().close();
              refused.complete(isRefusal(connected.cause()));
            });
    return refused;
  }

  private static boolean isRefusal(Throwable failure) {
    return failure instanceof ConnectException
        && failure.getMessage() != null
        && failure.getMessage().contains(REFUSED);
  }
}
