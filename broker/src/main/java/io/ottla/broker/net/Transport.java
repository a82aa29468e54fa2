package io.ottla.broker.net;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the broker talks to the kernel: native epoll where it is there, NIO elsewhere. */
enum Transport {
  EPOLL {
    @Override
    IoHandlerFactory ioHandlerFactory() {
      return EpollIoHandler.newFactory();
    }

    @Override
    Class<? extends ServerChannel> serverChannel() {
      return EpollServerSocketChannel.class;
    }

    @Override
    Class<? extends Channel> channel() {
      return EpollSocketChannel.class;
    }
  },
  NIO {
    @Override
    IoHandlerFactory ioHandlerFactory() {
      return NioIoHandler.newFactory();
    }

    @Override
    Class<? extends ServerChannel> serverChannel() {
      return NioServerSocketChannel.class;
    }

    @Override
    Class<? extends Channel> channel() {
      return NioSocketChannel.class;
    }
  };

  private static final Logger LOG = LoggerFactory.getLogger(Transport.class);

  abstract IoHandlerFactory ioHandlerFactory();

  abstract Class<? extends ServerChannel> serverChannel();

  /** For outgoing connections. */
  abstract Class<? extends Channel> channel();

  /**
   * @param name {@code auto}, {@code epoll} or {@code nio}
   */
  static Transport choose(String name) {
    if (name.equals("nio")) {
      return NIO;
    }
    if (Epoll.isAvailable()) {
      return EPOLL;
    }
    if (name.equals("epoll")) {
      LOG.warn(
          "epoll is not available here ({}); using NIO", Epoll.unavailabilityCause().toString());
    }
    return NIO;
  }
}
