package io.ottla.broker.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.LinkedHashSet;
import java.util.SequencedSet;

/**
 * The connections that have not sent anything yet, in the order they came. A client speaks first
 * and at once; who does not can be done without. Thread-safe.
 */
final class SilentConnections {

  private final SequencedSet<Channel> silent = new LinkedHashSet<>();

  /** On the connection's event loop, before it is read. */
  void watch(Channel channel) {
    synchronized (silent) {
      silent.add(channel);
    }
    channel.pipeline().addLast("silence", new FirstBytes());
    channel.closeFuture().addListener(_ -> forget(channel));
  }

  /** Closes the one that has been silent longest, if there is one. */
  void closeOldest() {
    Channel oldest;
    synchronized (silent) {
      oldest = silent.isEmpty() ? null : silent.removeFirst();
    }
    if (oldest != null) {
      oldest.close();
    }
  }

  private void forget(Channel channel) {
    synchronized (silent) {
      silent.remove(channel);
    }
  }

  /** Gone from the pipeline when it has seen something. */
  private final class FirstBytes extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      forget(ctx.channel());
      ctx.pipeline().remove(this);
      ctx.fireChannelRead(message);
    }
  }
}
