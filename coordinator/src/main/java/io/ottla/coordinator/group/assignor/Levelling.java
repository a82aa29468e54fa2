package io.ottla.coordinator.group.assignor;

import io.ottla.wire.Uuid;
import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * The uniform assignment of a group whose members read different topics: what kept its owner stays,
 * what has none goes to the subscriber with least, then partitions move where that levels loads,
 * and at last those that moved for nothing go home. Loads within reach of each other end as level
 * as the subscriptions allow.
 *
 * <p>Loads are levelled topic by topic first, which does nearly all; what needs a chain of moves is
 * left to {@link Chains}. Partitions that nobody keeps anyway are the first to move.
 */
final class Levelling {

  /** Topic by topic converges quickly; should it not, chains do the rest. */
  private static final int MAX_SWEEPS = 16;

  private final Draft draft;

  /** By topic: its subscribers in order. */
  private final int[][] subscribers;

  Levelling(Draft draft) {
    this.draft = draft;
    this.subscribers = subscribers(draft);
  }

  private static int[][] subscribers(Draft draft) {
    int[] counts = new int[draft.topicCount()];
    for (int member = 0; member < draft.memberCount(); member++) {
      for (Uuid topicId : draft.member(member).topics()) {
        counts[draft.topicNumber(topicId)]++;
      }
    }
    int[][] result = new int[counts.length][];
    for (int topic = 0; topic < counts.length; topic++) {
      result[topic] = new int[counts[topic]];
    }
    int[] filled = new int[counts.length];
    for (int member = 0; member < draft.memberCount(); member++) {
      for (Uuid topicId : draft.member(member).topics()) {
        int topic = draft.topicNumber(topicId);
        result[topic][filled[topic]++] = member;
      }
    }
    return result;
  }

  void run() {
    int[] order = byFreedom();
    for (int topic : order) {
      place(topic);
    }
    for (int sweep = 0; sweep < MAX_SWEEPS; sweep++) {
      boolean hasMoved = false;
      for (int topic : order) {
        hasMoved |= subscribers[topic].length > 1 && level(topic);
      }
      if (!hasMoved) {
        break;
      }
    }
    new Chains(draft, subscribers).run();
    new Homecoming(draft, subscribers).run();
  }

  /** Topics that few members can take come first: what many can take evens out the rest. */
  private int[] byFreedom() {
    long[] keys = new long[subscribers.length];
    for (int topic = 0; topic < keys.length; topic++) {
      keys[topic] = key(subscribers[topic].length, topic);
    }
    Arrays.sort(keys);
    return Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
  }

  private void place(int topic) {
    PriorityQueue<Long> receivers = null;
    for (int partition = 0; partition < draft.partitionCount(topic); partition++) {
      if (draft.owner(topic, partition) != Draft.NOBODY) {
        continue;
      }
      if (receivers == null) {
        receivers = receivers(topic);
      }
      int member = leastLoaded(receivers);
      draft.move(topic, partition, member);
    }
  }

  /** Moves partitions of the topic to subscribers that have less by two at least. */
  private boolean level(int topic) {
    if (isLevel(topic)) {
      return false;
    }
    Holdings holdings = new Holdings(draft, topic);
    PriorityQueue<Long> receivers = receivers(topic);
    PriorityQueue<Long> donors = new PriorityQueue<>();
    for (int member : subscribers[topic]) {
      if (holdings.has(member)) {
        donors.add(donorKey(topic, member, holdings));
      }
    }
    boolean hasMoved = false;
    while (!donors.isEmpty()) {
      int donor = Integer.MAX_VALUE - (int) (long) donors.remove();
      int receiver = leastLoaded(receivers);
      if (draft.load(donor) - draft.load(receiver) < 2) {
        break;
      }
      draft.move(topic, holdings.take(donor), receiver);
      hasMoved = true;
      if (holdings.has(donor)) {
        donors.add(donorKey(topic, donor, holdings));
      }
    }
    return hasMoved;
  }

  private boolean isLevel(int topic) {
    int least = Integer.MAX_VALUE;
    int most = 0;
    for (int member : subscribers[topic]) {
      least = Math.min(least, draft.load(member));
      most = Math.max(most, draft.load(member));
    }
    return most - least < 2;
  }

  private PriorityQueue<Long> receivers(int topic) {
    PriorityQueue<Long> receivers = new PriorityQueue<>(subscribers[topic].length);
    for (int member : subscribers[topic]) {
      receivers.add(key(draft.load(member), member));
    }
    return receivers;
  }

  /** Entries may be older than their member's load; they are put right when they come up. */
  private int leastLoaded(PriorityQueue<Long> receivers) {
    while (true) {
      long entry = receivers.peek();
      int member = (int) entry;
      if (entry == key(draft.load(member), member)) {
        return member;
      }
      receivers.remove();
      receivers.add(key(draft.load(member), member));
    }
  }

  /** Sorts the most loaded first; among equals, who can give without breaking a habit. */
  private long donorKey(int topic, int member, Holdings holdings) {
    int isKept = draft.isKept(topic, holdings.next(member)) ? 1 : 0;
    return key(-(2 * draft.load(member)) + isKept, Integer.MAX_VALUE - member);
  }

  private static long key(int high, int low) {
    return (long) high << Integer.SIZE | low;
  }
}
