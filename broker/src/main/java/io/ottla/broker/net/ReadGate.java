package io.ottla.broker.net;

import io.netty.channel.Channel;
import java.util.EnumSet;

/**
 * Whether a connection is read. It is unread while there is at least one reason against it.
 *
 * <p>Used on the connection's event loop.
 */
final class ReadGate {

  /** Why a connection is not read. */
  enum Reason {
    /** No request memory is free for its next frame. */
    MEMORY,
    /** A shard's ring is full. */
    RING,
    /** It has as many requests in work as one connection may have. */
    IN_FLIGHT,
    /** It does not read its responses. */
    UNWRITABLE,
    /** The broker is stopping. */
    DRAINING
  }

  private final Channel channel;
  private final Runnable onOpen;
  private final EnumSet<Reason> reasons = EnumSet.noneOf(Reason.class);

  /**
   * @param onOpen called whenever the last reason goes, before reading goes on
   */
  ReadGate(Channel channel, Runnable onOpen) {
    this.channel = channel;
    this.onOpen = onOpen;
  }

  boolean isOpen() {
    return reasons.isEmpty();
  }

  void close(Reason reason) {
    if (reasons.isEmpty()) {
      channel.config().setAutoRead(false);
    }
    reasons.add(reason);
  }

  void open(Reason reason) {
    if (reasons.remove(reason) && reasons.isEmpty()) {
      onOpen.run();
      if (reasons.isEmpty()) {
        channel.config().setAutoRead(true);
      }
    }
  }

  void set(Reason reason, boolean against) {
    if (against) {
      close(reason);
    } else {
      open(reason);
    }
  }

  @Override
  public String toString() {
    return reasons.toString();
  }
}
