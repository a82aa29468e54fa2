package io.ottla.broker.lifecycle;

/** Told, on the lifecycle's shard, when this broker may no longer trust that it leads anything. */
public interface SessionListener {

  /** No heartbeat was answered for a whole session: the controller has fenced this broker. */
  void onSessionLost();

  /** Heartbeats are answered again. */
  void onSessionBack();
}
