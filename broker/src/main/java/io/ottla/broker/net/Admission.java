package io.ottla.broker.net;

import io.netty.channel.Channel;
import io.ottla.runtime.Clock;
import java.net.InetAddress;

/**
 * Who may connect: as many as are configured, and not so many that the logs find no file handles.
 * Where handles run short, whoever comes is refused, and who has been connected longest without a
 * word has to go, for whoever comes next. Thread-safe; shared by the listeners that share its
 * limits.
 */
public final class Admission {

  private static final int MIN_RESERVED = 32;
  private static final int MAX_RESERVED = 512;

  private final ConnectionLimits limits;
  private final HandleUse handles;
  private final int handlesForClients;
  private final int handlesForNodes;
  private final RefusalLog refusals;
  private final SilentConnections silent = new SilentConnections();

  public Admission(ConnectionLimits limits, HandleUse handles, Clock clock) {
    this.limits = limits;
    this.handles = handles;
    int reserved = Math.clamp(handles.limit() / 16, MIN_RESERVED, MAX_RESERVED);
    this.handlesForClients = handles.limit() - reserved;
    this.handlesForNodes = handles.limit() - reserved / 2;
    this.refusals = new RefusalLog(clock);
  }

  /**
   * Counts a connection in that has just been accepted, until it closes. On the acceptor's thread.
   *
   * @param forNodes see {@link ServedListener#forNodes}
   * @return whether it may stay; else it is to be closed, and that was told
   */
  boolean admit(Channel channel, InetAddress address, boolean forNodes) {
    int inUse = handles.onOpened();
    if (inUse > (forNodes ? handlesForNodes : handlesForClients)) {
      handles.onClosed();
      silent.closeOldest();
      refusals.refused(address, RefusalLog.HANDLES);
      return false;
    }
    ConnectionLimits.Refusal refusal = limits.tryOpen(address, forNodes);
    if (refusal != null) {
      handles.onClosed();
      refusals.refused(address, refusal.key());
      return false;
    }
    channel
        .closeFuture()
        .addListener(
            _ -> {
              handles.onClosed();
              limits.onClosed(address);
            });
    return true;
  }

  /** One that was admitted is about to be read. On its event loop. */
  void onServed(Channel channel) {
    silent.watch(channel);
  }

  /** Connections could not even be accepted. */
  void onAcceptFailed(String listener, Throwable cause) {
    refusals.acceptFailed(listener, cause);
  }
}
