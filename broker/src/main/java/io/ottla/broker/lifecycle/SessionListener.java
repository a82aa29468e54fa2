package io.ottla.broker.lifecycle;

/** Told, on the lifecycle's shard, when this broker may no longer trust that it leads anything. */
public interface SessionListener {

  /** The controller has fenced this broker, or must have: it has not answered for a session. */
  void onSessionLost();

  /** The controller says that this broker is not fenced. */
  void onSessionBack();
}
