package io.ottla.broker.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.tls.TlsContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listeners that share a table of handlers, and the pipeline of each of their connections. A node
 * has one for clients and other brokers and, if it is a controller among several, one for them.
 *
 * <pre>
 *  accept -> admission -> | TLS, if the listener has it | IdleStateHandler | FrameDecoder | Connection -> handlers
 * </pre>
 *
 * <p>Started and stopped by the broker's main thread.
 */
public final class SocketServer {

  private static final Logger LOG = LoggerFactory.getLogger(SocketServer.class);

  /** A request that stalls this long may lose its connection when others wait for memory. */
  private static final long SILENT_READER_S = 10;

  private final SocketSettings settings;
  private final RequestDecoder requests;
  private final ResponseEncoder plain;
  private final ResponseEncoder encrypted;
  private final RequestMemory memory;
  private final Admission admission;
  private final Network network;
  private final List<Channel> serverChannels = new ArrayList<>();
  private final Map<String, Integer> boundPorts = new ConcurrentHashMap<>();
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

  /**
   * @param network the threads that serve; not closed with this
   * @param unsent takes what could not be sent from a file
   * @param admission decides who may connect
   */
  public SocketServer(
      Network network,
      SocketSettings settings,
      HandlerTable handlers,
      UnsentSlices unsent,
      Admission admission) {
    this.network = network;
    this.settings = settings;
    this.requests = new RequestDecoder(handlers);
    this.plain = new ResponseEncoder(false, unsent);
    this.encrypted = new ResponseEncoder(true, unsent);
    this.memory = new RequestMemory(settings.queuedMaxRequestBytes());
    this.admission = admission;
  }

  /**
   * Takes an address; clients can connect from now on, but are served only after {@link #serve}.
   *
   * @throws IOException if the address cannot be bound
   */
  public void bind(ServedListener listener) throws IOException {
    String name = listener.name();
    InetSocketAddress address = listener.address();
    Accepting accepting = new Accepting(listener, admission);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(network.acceptors(), network.eventLoops())
            .channel(network.transport().serverChannel())
            .option(ChannelOption.SO_BACKLOG, listener.backlog())
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_REUSEADDR, true)
            // The adaptive allocator makes pieces of a large frame anew each time, zeroed.
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                listener.tls().isPresent() ? settings.encryptedWaterMark() : settings.waterMark())
            .handler(accepting.gate())
            .childHandler(new ConnectionInitializer(listener));
    settings.sendBufferBytes().ifPresent(v -> bootstrap.childOption(ChannelOption.SO_SNDBUF, v));
    settings.receiveBufferBytes().ifPresent(v -> bootstrap.option(ChannelOption.SO_RCVBUF, v));
    var bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "listener "
              + name
              + " cannot listen on "
              + address
              + ": "
              + bound.cause().getMessage()
              + ". Is another broker running? Change 'listeners' or stop it.",
          bound.cause());
    }
    bound.channel().pipeline().addLast("failures", accepting.failures());
    serverChannels.add(bound.channel());
    int port = ((InetSocketAddress) bound.channel().localAddress()).getPort();
    boundPorts.put(name, port);
    LOG.info("Listening on {}://{}:{}", name, address.getHostString(), port);
  }

  /** Begins to serve all listeners that are bound. */
  public void serve() {
    serverChannels.forEach(channel -> channel.config().setAutoRead(true));
  }

  /** The port each listener got, by its name. */
  public Map<String, Integer> boundPorts() {
    return Map.copyOf(boundPorts);
  }

  /**
   * Stops gracefully: takes no new connections or requests, lets those in work be answered until
   * the deadline, then closes.
   */
  public void close(long drainMs) {
    serverChannels.forEach(channel -> channel.close().awaitUninterruptibly());
    List<Connection> open = new ArrayList<>();
    for (Channel channel : connections) {
      Connection connection = channel.pipeline().get(Connection.class);
      if (connection != null) { // a channel that has just closed has lost its handlers
        open.add(connection);
      }
    }
    Drain.of(open).await(drainMs);
    connections.close().awaitUninterruptibly(drainMs, TimeUnit.MILLISECONDS);
  }

  /** Builds the pipeline of each connection of one listener. */
  private final class ConnectionInitializer extends ChannelInitializer<Channel> {

    private final ServedListener listener;
    private final Optional<TlsContext> tls;

    ConnectionInitializer(ServedListener listener) {
      this.listener = listener;
      this.tls = listener.tls();
    }

    @Override
    @SuppressWarnings("deprecation")
    protected void initChannel(Channel channel) {
      admission.onServed(channel);
      ReceiveBuffers receiveBuffers = new ReceiveBuffers();
      if (tls.isEmpty()) {
        // What is read from the socket of a protected connection is not yet a frame's.
        channel.config().setRecvByteBufAllocator(receiveBuffers);
      }
      Connection connection =
          new Connection(
              channel,
              listener.name(),
              settings.maxRequestBytes(),
              memory,
              receiveBuffers,
              requests,
              tls.isPresent() ? encrypted : plain);
      tls.ifPresent(
          context ->
              channel
                  .pipeline()
                  .addLast("tls", context.server())
                  .addLast("chunks", new ChunkedWriteHandler()));
      channel
          .pipeline()
          .addLast(
              "idle",
              new IdleStateHandler(
                  SILENT_READER_S * 1000,
                  0,
                  settings.connectionsMaxIdleMs(),
                  TimeUnit.MILLISECONDS))
          .addLast("frames", connection.frameDecoder())
          .addLast("connection", connection);
      connections.add(channel);
    }
  }
}
