package io.ottla.simulation.workload;

import java.util.List;

/**
 * What some clients do: {@link #begin}, operations with pauses between them, {@link #stopIssuing}
 * if there are too many of them, and when the cluster is whole and {@link #isDone} says that all
 * have ended, {@link #readToEnd}; then {@link #anomalies}. Used on the timeline's thread.
 */
public interface Workload {

  /** A word for messages. */
  String name();

  /** Creates its topics, and begins when they are there. */
  void begin();

  /** How many operations have ended well: grows as long as the cluster serves. */
  long progress();

  /** Begins no new operation. */
  void stopIssuing();

  /** Whether all operations have been begun, or no more are to be, and all of those have ended. */
  boolean isDone();

  /** Reads all there is, to judge by it; once, when it is done. */
  void readToEnd();

  /** Whether all is read. */
  boolean isRead();

  /** What must not be; to be asked when all is read. */
  List<String> anomalies();

  /** Its clients, in an order that is always the same. */
  List<? extends SimulatedClient> clients();

  /** How much has happened, in a line. */
  String summary();
}
