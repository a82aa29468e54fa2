package io.ottla.broker.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetSocketAddress;

/**
 * The two ends of the pipeline of a listener's own channel, with Netty's acceptor in between, which
 * hands connections to their event loops. On the acceptor's thread.
 */
final class Accepting {

  private final String listener;
  private final boolean forNodes;
  private final Admission admission;

  Accepting(ServedListener listener, Admission admission) {
    this.listener = listener.name();
    this.forNodes = listener.forNodes();
    this.admission = admission;
  }

  /** Before the acceptor: lets connections pass that may stay. */
  ChannelHandler gate() {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void channelRead(ChannelHandlerContext ctx, Object message) {
        Channel accepted = (Channel) message;
        // One that has no address is gone already.
        if (accepted.remoteAddress() instanceof InetSocketAddress peer
            && admission.admit(accepted, peer.getAddress(), forNodes)) {
          ctx.fireChannelRead(accepted);
        } else {
          accepted.unsafe().closeForcibly(); // It has no event loop yet that could do it.
        }
      }
    };
  }

  /** Behind the acceptor, which stops for a second when nothing can be accepted: says why. */
  ChannelHandler failures() {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        admission.onAcceptFailed(listener, cause);
      }
    };
  }
}
