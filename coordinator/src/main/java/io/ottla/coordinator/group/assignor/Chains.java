package io.ottla.coordinator.group.assignor;

import java.util.Arrays;

/**
 * Levels loads by chains of moves: a member with many gives a partition to one that reads its topic
 * too, that one gives another of another topic on, until one with few has got one more.
 *
 * <p>Loads cannot be more level when no chain leads from a member to one that has less by two or
 * more. The search goes backwards from all members with the least load at once, through the topics
 * they read to the members that own partitions of these; of the members it reaches, the one with
 * most gives. If all that were reached are level, no later chain can pass them: they are done, and
 * the search goes on with the least loaded of the rest. So a group that is level is looked through
 * once.
 *
 * <p>The work is bounded by a number of steps, not by time, to stay deterministic. Where chains are
 * very many and long, loads may end less level than could be.
 */
final class Chains {

  private static final long MAX_STEPS = 5_000_000;

  private final Draft draft;

  /** By member: the topics it reads, in order. */
  private final int[][] topics;

  private final boolean[] isMemberDone;
  private final boolean[] isTopicDone;

  /** Members in the order in which the search came to them. */
  private final int[] reached;

  private final boolean[] isReached;
  private final boolean[] isTopicReached;

  /** How the search came to a member: of this topic it can give a partition to the next member. */
  private final int[] topicToGive;

  private final int[] receiver;

  /** Where the member's chain ends. */
  private final int[] end;

  /** By end: the member with most whose chain ends there. */
  private final int[] richest;

  private long steps;

  Chains(Draft draft, int[][] subscribers) {
    this.draft = draft;
    this.topics = topicsOf(draft.memberCount(), subscribers);
    int members = draft.memberCount();
    isMemberDone = new boolean[members];
    isTopicDone = new boolean[subscribers.length];
    reached = new int[members];
    isReached = new boolean[members];
    isTopicReached = new boolean[subscribers.length];
    topicToGive = new int[members];
    receiver = new int[members];
    end = new int[members];
    richest = new int[members];
  }

  private static int[][] topicsOf(int members, int[][] subscribers) {
    int[] counts = new int[members];
    for (int[] ofTopic : subscribers) {
      for (int member : ofTopic) {
        counts[member]++;
      }
    }
    int[][] result = new int[members][];
    for (int member = 0; member < members; member++) {
      result[member] = new int[counts[member]];
    }
    Arrays.fill(counts, 0);
    for (int topic = 0; topic < subscribers.length; topic++) {
      for (int member : subscribers[topic]) {
        result[member][counts[member]++] = topic;
      }
    }
    return result;
  }

  void run() {
    while (steps < MAX_STEPS) {
      int least = leastLoad();
      if (least == Integer.MAX_VALUE) {
        return;
      }
      int count = search(least);
      if (!shorten(least, count)) {
        finish(count);
      }
    }
  }

  private int leastLoad() {
    int least = Integer.MAX_VALUE;
    for (int member = 0; member < isMemberDone.length; member++) {
      if (!isMemberDone[member]) {
        least = Math.min(least, draft.load(member));
      }
    }
    steps += isMemberDone.length;
    return least;
  }

  /** Returns how many members were reached. */
  private int search(int least) {
    Arrays.fill(isReached, false);
    Arrays.fill(isTopicReached, false);
    int count = 0;
    for (int member = 0; member < isMemberDone.length; member++) {
      if (!isMemberDone[member] && draft.load(member) == least) {
        end[member] = member;
        richest[member] = member;
        isReached[member] = true;
        reached[count++] = member;
      }
    }
    for (int next = 0; next < count; next++) {
      int member = reached[next];
      for (int topic : topics[member]) {
        steps++;
        if (!isTopicReached[topic] && !isTopicDone[topic]) {
          isTopicReached[topic] = true;
          count = reachOwners(topic, member, count);
        }
      }
    }
    return count;
  }

  private int reachOwners(int topic, int from, int before) {
    int count = before;
    int partitions = draft.partitionCount(topic);
    steps += partitions;
    for (int partition = 0; partition < partitions; partition++) {
      int owner = draft.owner(topic, partition);
      if (owner == Draft.NOBODY || isReached[owner] || isMemberDone[owner]) {
        continue;
      }
      isReached[owner] = true;
      topicToGive[owner] = topic;
      receiver[owner] = from;
      end[owner] = end[from];
      if (draft.load(owner) > draft.load(richest[end[owner]])) {
        richest[end[owner]] = owner;
      }
      reached[count++] = owner;
    }
    return count;
  }

  /** Moves along one chain per end; no two chains have a member or a topic in common. */
  private boolean shorten(int least, int count) {
    boolean hasMoved = false;
    for (int i = 0; i < count && end[reached[i]] == reached[i]; i++) {
      int giver = richest[reached[i]];
      if (draft.load(giver) - least < 2) {
        continue;
      }
      hasMoved = true;
      while (giver != reached[i]) {
        int topic = topicToGive[giver];
        draft.move(topic, toGive(topic, giver), receiver[giver]);
        giver = receiver[giver];
      }
    }
    return hasMoved;
  }

  /** A partition the member did not have before, best one the receiver had; else any. */
  private int toGive(int topic, int giver) {
    int best = -1;
    int bestRank = -1;
    for (int partition = 0; partition < draft.partitionCount(topic); partition++) {
      if (draft.owner(topic, partition) == giver) {
        int rank = 1;
        if (draft.isKept(topic, partition)) {
          rank = 0;
        } else if (draft.ownerBefore(topic, partition) == receiver[giver]) {
          rank = 2;
        }
        if (rank >= bestRank) {
          best = partition;
          bestRank = rank;
        }
      }
    }
    steps += draft.partitionCount(topic);
    return best;
  }

  private void finish(int count) {
    for (int i = 0; i < count; i++) {
      isMemberDone[reached[i]] = true;
    }
    for (int topic = 0; topic < isTopicReached.length; topic++) {
      isTopicDone[topic] |= isTopicReached[topic];
    }
  }
}
