package io.ottla.simulation.client;

import io.ottla.wire.ErrorCode;

/** A member of a group, in either protocol. Used on the timeline's thread. */
public interface GroupMember {

  /** Takes part, and tells its listener what it owns. */
  void join();

  /** Gives back what it owns, and says that it goes; then calls back. */
  void leave(Runnable left);

  /** By which the coordinator knows it; empty if it does not. */
  String id();

  /** Its generation or its epoch; -1 if it has none. */
  int epoch();

  /** Whether requests for its group name topics by id, and members by epoch. */
  boolean isOfNewProtocol();

  /** The coordinator has refused a commit of it. */
  void onRefused(ErrorCode error);
}
