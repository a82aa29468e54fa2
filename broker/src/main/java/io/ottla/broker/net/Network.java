package io.ottla.broker.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The node's network threads, shared by its listeners and by its connections to other nodes, and
 * how they talk to the kernel. Made and closed by the broker's main thread, closed after all that
 * uses it.
 */
public final class Network {

  private final Transport transport;
  private final EventLoopGroup acceptors;
  private final EventLoopGroup eventLoops;

  /**
   * @param transport {@code auto}, {@code epoll} or {@code nio}
   * @param threads event loops
   */
  public Network(String transport, int threads) {
    this.transport = Transport.choose(transport);
    this.acceptors =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("ottla-accept"), this.transport.ioHandlerFactory());
    this.eventLoops =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory("ottla-network"), this.transport.ioHandlerFactory());
  }

  Transport transport() {
    return transport;
  }

  EventLoopGroup acceptors() {
    return acceptors;
  }

  EventLoopGroup eventLoops() {
    return eventLoops;
  }

  /** One of the event loops, each in turn. Any thread. */
  public EventLoop nextEventLoop() {
    return eventLoops.next();
  }

  /** What outgoing connections on one event loop have in common; the caller adds the rest. */
  public Bootstrap outgoing(EventLoop eventLoop) {
    return new Bootstrap()
        .group(eventLoop)
        .channel(transport.channel())
        .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.SO_KEEPALIVE, true);
  }

  /** Ends the threads; waits for them for so long. */
  public void close(long timeoutMs) {
    acceptors.shutdownGracefully(0, timeoutMs, TimeUnit.MILLISECONDS);
    eventLoops.shutdownGracefully(0, timeoutMs, TimeUnit.MILLISECONDS);
    eventLoops.terminationFuture().awaitUninterruptibly(timeoutMs, TimeUnit.MILLISECONDS);
  }
}
