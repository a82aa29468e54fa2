package io.ottla.simulation;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * A connection between two places: what is sent arrives in order, some time later, and not before
 * the network lets it through. When one side ends, the other hears of it behind all that was sent.
 */
public final class Pipe {

  private static final int RESEND_MS = 40;

  /** The last that one side sends. */
  private static final Object END = new Object();

  private final Timeline timeline;
  private final SimulatedNetwork network;
  private final int port;
  private final End near;
  private final End far;

  Pipe(Timeline timeline, SimulatedNetwork network, String from, String to, int port) {
    this.timeline = timeline;
    this.network = network;
    this.port = port;
    this.near = new End(from);
    this.far = new End(to);
    near.other = far;
    far.other = near;
  }

  /** The side of who connected. */
  public End near() {
    return near;
  }

  /** The side of who was connected to. */
  public End far() {
    return far;
  }

  /** It breaks: both sides hear of it. */
  void reset() {
    near.closeHere();
    far.closeHere();
  }

  /** Who is at a place is there no more. */
  void leave(String place) {
    (near.place.equals(place) ? near : far).close();
  }

  boolean touches(String place) {
    return near.place.equals(place) || far.place.equals(place);
  }

  boolean isOver() {
    return !near.open && !far.open;
  }

  /** One side of a connection. */
  public final class End {

    private final String place;
    private final Queue<Object> coming = new ArrayDeque<>();
    private End other;
    private Consumer<Object> onArrival = _ -> {};
    private Runnable onClosed = () -> {};
    private boolean open = true;
    private long lastDueNs;

    private End(String place) {
      this.place = place;
    }

    /** Where this side is. */
    public String place() {
      return place;
    }

    /** Sends something to the other side; nothing if this side has ended. */
    public void send(Object message) {
      if (open) {
        other.expect(message);
      }
    }

    private void expect(Object message) {
      coming.add(message);
      lastDueNs = Math.max(lastDueNs, timeline.nowNs() + network.delayNs(other.place, place));
      timeline.afterNs(lastDueNs - timeline.nowNs(), "message", this::arrive);
    }

    /** There is one of these for each that is coming: whichever is first brings the first. */
    private void arrive() {
      if (coming.isEmpty()) {
        return;
      }
      if (network.isCut(other.place, place, port)) {
        timeline.afterMs(RESEND_MS, "message, again", this::arrive);
        return;
      }
      Object message = coming.poll();
      if (message == END) {
        closeHere();
      } else if (open) {
        onArrival.accept(message);
      }
    }

    public boolean isOpen() {
      return open;
    }

    /** Who takes what the other side sends. */
    public void whenArrived(Consumer<Object> taker) {
      onArrival = taker;
    }

    /** Who is told when the other side, or the connection, has ended. */
    public void whenClosed(Runnable told) {
      onClosed = told;
    }

    /** Ends it on this side. */
    public void close() {
      if (open) {
        open = false;
        other.expect(END);
      }
    }

    private void closeHere() {
      if (open) {
        open = false;
        onClosed.run();
      }
    }
  }
}
