package io.ottla.bench.groups;

import io.ottla.bench.MeasurementException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;

/**
 * A member of a group that consumes nothing and knows just enough of its protocol to be one. Owned
 * by the thread of its connection.
 */
abstract class RawMember {

  private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(100);

  /** What stock consumers ask for by default, in ms. */
  static final int SESSION_TIMEOUT_MS = 45_000;

  /** The stock consumer's max.poll.interval.ms. */
  static final int REBALANCE_TIMEOUT_MS = 300_000;

  private final String group;
  private RawConnection connection;
  private long dueNs;
  private long unsettled;

  RawMember(String group) {
    this.group = group;
  }

  /** What to send first, and again when the group's coordinator was not ready. */
  abstract AbstractRequest.Builder<?> first();

  /** A sign of life. */
  abstract AbstractRequest.Builder<?> heartbeat();

  /**
   * Takes an answer without error.
   *
   * @return what to send at once, or null for nothing
   */
  abstract AbstractRequest.Builder<?> answered(AbstractResponse response);

  /**
   * Takes an error.
   *
   * @return what to send at once, or null if the error is not part of the protocol
   */
  abstract AbstractRequest.Builder<?> refused(Errors error, AbstractResponse response);

  /** Has all it will get, as long as nothing happens to its group. */
  abstract boolean isSettled();

  /** How often it is to send heartbeats, in ms. */
  abstract int intervalMs();

  final String group() {
    return group;
  }

  /** Sends the first request. */
  final void begin(RawConnection to) throws IOException {
    connection = to;
    connection.send(first());
  }

  final RawConnection connection() {
    return connection;
  }

  /**
   * Sends a heartbeat, or the first request again, if it is time for that and none is under way.
   */
  final void sendIfDue(long nowNs) throws IOException {
    if (!connection.isBusy() && nowNs - dueNs >= 0) {
      sendHeartbeat();
    }
  }

  final void sendHeartbeat() throws IOException {
    connection.send(heartbeat());
  }

  /** Takes an answer and sends what follows from it. */
  final void take(AbstractResponse response, long nowNs) throws IOException {
    Errors error = error(response);
    AbstractRequest.Builder<?> next;
    if (error == Errors.NONE) {
      next = answered(response);
    } else if (error == Errors.COORDINATOR_NOT_AVAILABLE
        || error == Errors.COORDINATOR_LOAD_IN_PROGRESS
        || error == Errors.NOT_COORDINATOR) {
      dueNs = nowNs + RETRY_NS;
      unsettled++;
      return;
    } else {
      next = refused(error, response);
      if (next == null) {
        throw new MeasurementException(
            "a member of %s was answered %s by %s".formatted(group, error, response));
      }
    }
    dueNs = nowNs + TimeUnit.MILLISECONDS.toNanos(intervalMs());
    if (next != null) {
      unsettled++;
      connection.send(next);
    }
  }

  private static Errors error(AbstractResponse response) {
    return response.errorCounts().keySet().stream()
        .filter(error -> error != Errors.NONE)
        .findFirst()
        .orElse(Errors.NONE);
  }

  /** How often it had more to do than to send heartbeats. */
  final long unsettledCount() {
    return unsettled;
  }
}
