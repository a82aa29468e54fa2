package io.ottla.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Carries what is sent between places, which are named: nodes and clients. Links are slow, slower,
 * cut in one direction or in both; connections break.
 */
public final class SimulatedNetwork {

  /** Takes connections at a host and port. */
  public interface Listener {

    void accept(Pipe.End end);
  }

  private record Link(String from, String to) {}

  private final Timeline timeline;
  private final Map<String, Listener> listeners = new HashMap<>();
  private final Set<Link> cut = new HashSet<>();
  private final Set<Link> cutData = new HashSet<>();
  private final Map<Link, Long> slow = new HashMap<>();
  private final List<Pipe> pipes = new ArrayList<>();
  private long minDelayNs = TimeUnit.MICROSECONDS.toNanos(50);
  private int jitterNs = (int) TimeUnit.MICROSECONDS.toNanos(300);

  public SimulatedNetwork(Timeline timeline) {
    this.timeline = timeline;
  }

  /** How long messages take on all links. */
  public void delays(long minNs, int jitter) {
    minDelayNs = minNs;
    jitterNs = jitter;
  }

  long delayNs(String from, String to) {
    long delay = minDelayNs + timeline.random().nextInt(jitterNs);
    // Now and then something waits in a queue on the way.
    if (timeline.random().nextInt(100) == 0) {
      delay += timeline.random().nextInt(20 * jitterNs);
    }
    return slow.isEmpty() ? delay : delay + slow.getOrDefault(new Link(from, to), 0L);
  }

  boolean isCut(String from, String to) {
    return !cut.isEmpty() && cut.contains(new Link(from, to));
  }

  /** As {@link #isCut}, for what goes over connections to a port. */
  boolean isCut(String from, String to, int port) {
    return isCut(from, to)
        || (port == SimulatedCluster.BROKER_PORT
            && !cutData.isEmpty()
            && cutData.contains(new Link(from, to)));
  }

  /** Whether nothing is in the way in either direction. */
  public boolean joins(String one, String another) {
    return !isCut(one, another) && !isCut(another, one);
  }

  public void cut(String from, String to) {
    cut.add(new Link(from, to));
  }

  public void cutBoth(String one, String another) {
    cut(one, another);
    cut(another, one);
  }

  /** Brokers do not reach each other, though as controllers they do. */
  public void cutData(String one, String another) {
    cutData.add(new Link(one, another));
    cutData.add(new Link(another, one));
  }

  public void joinData() {
    cutData.clear();
  }

  public void slow(String from, String to, long byNs) {
    slow.put(new Link(from, to), byNs);
  }

  public void heal() {
    cut.clear();
    cutData.clear();
    slow.clear();
  }

  /** Breaks a connection at a place, if there is one. */
  public void breakOne(String place) {
    pipes.removeIf(Pipe::isOver);
    List<Pipe> its = pipes.stream().filter(pipe -> pipe.touches(place)).toList();
    if (!its.isEmpty()) {
      its.get(timeline.random().nextInt(its.size())).reset();
    }
  }

  /** All connections of a place are gone; those at their other ends hear of it, if they can. */
  void breakAll(String place) {
    pipes.removeIf(Pipe::isOver);
    List.copyOf(pipes).stream()
        .filter(pipe -> pipe.touches(place))
        .forEach(pipe -> pipe.leave(place));
  }

  /** From now on, this is who takes connections there; null for nobody. */
  public void listen(String host, int port, Listener listener) {
    listeners.put(host + ":" + port, listener);
  }

  /**
   * Connects.
   *
   * @return the near side, or null if nobody listens there
   */
  public Pipe.End connect(String from, String host, int port) {
    Listener listener = listeners.get(host + ":" + port);
    if (listener == null) {
      return null;
    }
    Pipe pipe = new Pipe(timeline, this, from, host, port);
    if (pipes.size() > 256) {
      pipes.removeIf(Pipe::isOver);
    }
    pipes.add(pipe);
    listener.accept(pipe.far());
    return pipe.near();
  }
}
