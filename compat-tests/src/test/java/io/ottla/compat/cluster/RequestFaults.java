package io.ottla.compat.cluster;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What happens to single requests of clients on their way to a node: now and then the connection
 * breaks when the request was served but before the client has heard of it, or the request arrives
 * twice, at once or after many others, or late. Nothing happens until it is asked for. Any thread
 * may use it.
 */
public final class RequestFaults {
  /** What can happen to a request. */
  enum Fate {
    /** Nothing. */
    PASSES,
    /** It is served, and then the connection is reset instead of answered. */
    ANSWER_LOST,
    /** It arrives twice. */
    TWICE,
    /** It arrives again when many others have come after it. */
    AGAIN_LATER,
    /** It arrives seconds late, and with it what comes after it. */
    HELD
  }

  private record Chances(double lost, double twice, double later, double held) {}

  private static final Chances NONE = new Chances(0, 0, 0, 0);

  private final Random random;
  private final Map<Integer, Chances> chances = new HashMap<>();
  private final Map<Fate, AtomicLong> happened = new HashMap<>();

  RequestFaults(long seed) {
    this.random = new Random(seed);
    for (Fate fate : Fate.values()) {
      happened.put(fate, new AtomicLong());
    }
  }

  /** From now on requests of this API lose their answers, or arrive twice, with these chances. */
  public synchronized void disturb(int apiKey, double lost, double twice, double later) {
    chances.put(apiKey, new Chances(lost, twice, later, 0));
  }

  /** From now on requests of this API are held for two to five seconds with this chance. */
  public synchronized void hold(int apiKey, double held) {
    chances.put(apiKey, new Chances(0, 0, 0, held));
  }

  /** Nothing happens any more. */
  public synchronized void stop() {
    chances.clear();
  }

  synchronized Fate fateOf(int apiKey) {
    Chances some = chances.getOrDefault(apiKey, NONE);
    double drawn = random.nextDouble();
    if ((drawn -= some.lost) < 0) {
      return Fate.ANSWER_LOST;
    }
    if ((drawn -= some.twice) < 0) {
      return Fate.TWICE;
    }
    if ((drawn -= some.later) < 0) {
      return Fate.AGAIN_LATER;
    }
    return drawn - some.held < 0 ? Fate.HELD : Fate.PASSES;
  }

  synchronized int drawHeldMs() {
    return 2_000 + random.nextInt(3_000);
  }

  /** One request has met its fate. */
  void count(Fate fate) {
    happened.get(fate).incrementAndGet();
  }

  /** How many answers to requests that were served never came. */
  public long answersLost() {
    return happened.get(Fate.ANSWER_LOST).get();
  }

  /** How many requests were served twice, one after the other. */
  public long twice() {
    return happened.get(Fate.TWICE).get();
  }

  /** How many requests were served again after many others. */
  public long againLater() {
    return happened.get(Fate.AGAIN_LATER).get();
  }

  /** How many requests came late. */
  public long held() {
    return happened.get(Fate.HELD).get();
  }
}
