package io.ottla.broker.peer;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.NetUtil;
import io.ottla.broker.net.FrameDecoder;
import io.ottla.broker.net.Network;
import io.ottla.broker.tls.TlsContext;
import io.ottla.runtime.Clock;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Makes connections to other nodes, on the network threads of this one. Thread-safe.
 *
 * <pre>
 *  | TLS, if the listener wants it | IdleStateHandler | FrameDecoder | PeerChannel | <- PeerConnection
 * </pre>
 */
public final class PeerClient implements PeerLinks, AutoCloseable {

  private final Network network;
  private final Executor resolver;
  private final Clock clock;
  private final String clientId;
  private final Set<PeerConnection> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * @param network not closed with this
   * @param resolver where names are looked up, which blocks
   * @param nodeId this node, as the others will see it in client ids
   */
  public PeerClient(Network network, Executor resolver, Clock clock, int nodeId) {
    this.network = network;
    this.resolver = resolver;
    this.clock = clock;
    this.clientId = "ottla-node-" + nodeId;
  }

  @Override
  public PeerConnection connect(PeerAddress peer, Optional<TlsContext> tls, PeerSettings settings) {
    PeerConnection[] self = new PeerConnection[1];
    PeerConnection connection =
        new PeerConnection(
            peer,
            settings,
            clock,
            network.nextEventLoop(),
            new SocketOpener(peer, tls, settings),
            () -> open.remove(self[0]));
    self[0] = connection;
    open.add(connection);
    if (closed) {
      connection.close();
    }
    return connection;
  }

  @Override
  public WorkLoop loop() {
    return new Loop(network.nextEventLoop());
  }

  @Override
  public void later(Runnable task, long delayMs) {
    if (!closed) {
      PeerLinks.super.later(task, delayMs);
    }
  }

  /** Closes all connections: what is under way fails, what is sent later does so at once. */
  @Override
  public void close() {
    closed = true;
    open.forEach(PeerConnection::close);
  }

  private record Loop(EventLoop eventLoop) implements WorkLoop {

    @Override
    public void execute(Runnable work) {
      eventLoop.execute(work);
    }

    @Override
    public Runnable later(Runnable work, long delayMs) {
      ScheduledFuture<?> scheduled = eventLoop.schedule(work, delayMs, TimeUnit.MILLISECONDS);
      return () -> scheduled.cancel(false);
    }
  }

  private final class SocketOpener implements PeerConnection.Opener {

    private final PeerAddress peer;
    private final Optional<TlsContext> tls;
    private final PeerSettings settings;

    SocketOpener(PeerAddress peer, Optional<TlsContext> tls, PeerSettings settings) {
      this.peer = peer;
      this.tls = tls;
      this.settings = settings;
    }

    @Override
    public CompletableFuture<InetAddress[]> resolve(String host) {
      if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
        return CompletableFuture.completedFuture(lookUp(host));
      }
      return CompletableFuture.supplyAsync(() -> lookUp(host), resolver);
    }

    private static InetAddress[] lookUp(String host) {
      try {
        return InetAddress.getAllByName(host);
      } catch (UnknownHostException e) {
        throw new CompletionException(e);
      }
    }

    @Override
    public ChannelFuture open(
        EventLoop eventLoop, InetSocketAddress address, PeerChannel.Owner owner) {
      var bootstrap =
          network
              .outgoing(eventLoop)
              .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) settings.setupTimeoutMs());
      settings.receiveBufferBytes().ifPresent(v -> bootstrap.option(ChannelOption.SO_RCVBUF, v));
      bootstrap.handler(
          new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
              initialize(channel, owner);
            }
          });
      return bootstrap.connect(address);
    }

    private void initialize(Channel channel, PeerChannel.Owner owner) {
      PeerChannel handler = new PeerChannel(channel, clientId, tls.isPresent(), clock, owner);
      ChannelPipeline pipeline = channel.pipeline();
      tls.ifPresent(context -> pipeline.addLast("tls", context.client(peer.host(), peer.port())));
      pipeline
          .addLast(
              "idle",
              new IdleStateHandler(0, 0, Math.max(0, settings.maxIdleMs()), TimeUnit.MILLISECONDS))
          .addLast(
              "frames",
              FrameDecoder.ofAnswers(channel, settings.maxAnswerBytes(), tls.isEmpty(), handler))
          .addLast("peer", handler);
    }
  }
}
