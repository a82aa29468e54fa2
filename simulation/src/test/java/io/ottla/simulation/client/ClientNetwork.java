package io.ottla.simulation.client;

import io.ottla.simulation.ClientLink;
import io.ottla.simulation.ClientLinks;
import io.ottla.simulation.Timeline;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.TopicPartition;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One client's connections and its sense of time: a connection for each broker and lane, given up
 * when an answer does not come in time. When it is closed nothing of its client happens any more.
 *
 * <p>Used on the timeline's thread.
 */
public final class ClientNetwork {

  /** What is asked on one lane does not wait for answers on the other. */
  public enum Lane {
    DATA,
    COORDINATOR
  }

  private record Route(int broker, Lane lane) {}

  /** One question: answered, lost or too late, whichever is first. */
  private final class Question {
    private final Consumer<ApiMessage> answered;
    private final Runnable lost;
    private Timeline.Event limit;
    private boolean isOver;

    private Question(Consumer<ApiMessage> answered, Runnable lost) {
      this.answered = answered;
      this.lost = lost;
    }

    private void onAnswer(ApiMessage answer) {
      if (end()) {
        answered.accept(answer);
      }
    }

    private void onLost() {
      if (end()) {
        lost.run();
      }
    }

    private boolean end() {
      if (isOver || isClosed) {
        return false;
      }
      isOver = true;
      limit.cancel();
      return true;
    }
  }

  private final Timeline timeline;
  private final ClientLinks links;
  private final String name;
  private final List<Integer> brokers;
  private final ClientTimes times;
  private final long wallStartMs;
  private final Map<Route, ClientLink> open = new LinkedHashMap<>();
  private boolean isClosed;

  /**
   * A client without a connection.
   *
   * @param brokers where it can ask for the others
   * @param wallStartMs what clocks on walls showed when the timeline began
   */
  public ClientNetwork(
      Timeline timeline,
      ClientLinks links,
      String name,
      List<Integer> brokers,
      ClientTimes times,
      long wallStartMs) {
    this.timeline = timeline;
    this.links = links;
    this.name = name;
    this.brokers = List.copyOf(brokers);
    this.times = times;
    this.wallStartMs = wallStartMs;
  }

  /** As {@link ClientLinks#isToldOfDamage}. */
  boolean isToldOfDamage(TopicPartition partition) {
    return links.isToldOfDamage(partition);
  }

  public String name() {
    return name;
  }

  public ClientTimes times() {
    return times;
  }

  public long nowNs() {
    return timeline.nowNs();
  }

  public long nowMs() {
    return timeline.nowMs();
  }

  /** For the timestamps of records. */
  public long wallMs() {
    return wallStartMs + timeline.nowMs();
  }

  /** A number below a bound. */
  public int chance(int bound) {
    return timeline.random().nextInt(bound);
  }

  /** Writes down what tells one history from another. */
  public void note(String what) {
    timeline.note(name + " " + what);
  }

  /** Any of the brokers it began with. */
  public int anyBroker() {
    return brokers.get(chance(brokers.size()));
  }

  /** Has something happen later, unless the client is gone by then. */
  public Timeline.Event after(long delayMs, String what, Runnable action) {
    return timeline.afterMs(
        delayMs,
        name + " " + what,
        () -> {
          if (!isClosed) {
            action.run();
          }
        });
  }

  /** As {@link #after}, when a while has passed that is not the same each time. */
  public Timeline.Event afterBackoff(String what, Runnable action) {
    return after(times.backoffMs() + chance(times.backoffMs() / 2 + 1), what, action);
  }

  /** Asks, and waits as long as for any request. */
  public void ask(
      int broker,
      Lane lane,
      ApiKey api,
      int version,
      ApiMessage request,
      Consumer<ApiMessage> answered,
      Runnable lost) {
    ask(broker, lane, api, version, request, times.requestMs(), answered, lost);
  }

  /**
   * Asks. One of the two is called, later: the second when nobody knows whether it was served.
   *
   * @param limitMs after which the connection is given up
   */
  public void ask(
      int broker,
      Lane lane,
      ApiKey api,
      int version,
      ApiMessage request,
      long limitMs,
      Consumer<ApiMessage> answered,
      Runnable lost) {
    if (isClosed) {
      return;
    }
    Route route = new Route(broker, lane);
    ClientLink link = open.get(route);
    if (link == null || !link.isOpen()) {
      link = links.connect(name, broker);
      open.put(route, link);
    }
    ClientLink used = link;
    Question question = new Question(answered, lost);
    question.limit = after(limitMs, "gives up on broker " + broker, used::close);
    var _ =
        used.send(api, (short) version, request)
            .whenComplete(
                (answer, failure) -> {
                  try {
                    onEnd(question, answer, failure);
                  } catch (RuntimeException | Error e) {
                    timeline.fail(e);
                  }
                });
  }

  private void onEnd(Question question, ApiMessage answer, Throwable failure) {
    if (isClosed) {
      return;
    }
    if (failure == null) {
      question.onAnswer(answer);
    } else if (failure instanceof ClientLink.Lost) {
      // Not at once: whoever asks may still be in the middle of it.
      after(0, "lost an answer", question::onLost);
    } else {
      after(
          0,
          "was failed by its connection",
          () -> {
            throw new IllegalStateException(name + " was failed by its connection", failure);
          });
    }
  }

  /** As a crash: forgets all that is under way, and its connections break. */
  public void close() {
    isClosed = true;
    open.values().forEach(ClientLink::close);
    open.clear();
  }

  public boolean isClosed() {
    return isClosed;
  }
}
