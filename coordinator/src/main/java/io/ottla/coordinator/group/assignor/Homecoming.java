package io.ottla.coordinator.group.assignor;

import io.ottla.coordinator.group.assignor.Draft.Place;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * Takes back moves that did not matter, loads staying as level as they are: of all assignments with
 * the same loads, whoever has which, it leaves one that moved fewest.
 *
 * <p>It looks for rings. In a ring each member passes a partition to the next one; or the next one
 * has just one more and passes instead of it, so that the two change places. A partition that goes
 * home saves one move, one that leaves its home costs one, others cost nothing. A ring that saves
 * is one of negative cost, found as in the algorithm of Bellman and Ford; when there is none, no
 * assignment is better.
 *
 * <pre>
 *  member --0--> partition it has gained --0--> its topic --0--> each subscriber
 *                        \-------------- -1 ----> the member that had it
 *  member --1--> topic of which it has kept a partition
 *  member --0--> load one above its own --0--> each member with that load
 * </pre>
 *
 * <p>Bounded by steps as {@link Chains} is.
 */
final class Homecoming {

  private static final long MAX_STEPS = 5_000_000;

  private static final int NONE = -1;

  private final Draft draft;
  private final int[][] subscribers;

  /** By member: topics of which it had partitions, and how many of these it keeps. */
  private final int[][] topicsBefore;

  private final int[][] keptCounts;

  /** What its owner did not have before. A place that has come home stays in, out of use. */
  private final List<Place> gained = new ArrayList<>();

  private final Map<Place, Integer> gainedIndexes = new HashMap<>();

  /** By member: numbers in {@link #gained}. */
  private final List<List<Integer>> gainedBy = new ArrayList<>();

  private final int memberCount;
  private final int firstTopic;
  private final int firstLoad;
  private final int firstGained;
  private final List<List<Integer>> membersByLoad = new ArrayList<>();
  private int[] costs;
  private int[] parents;
  private boolean[] isQueued;
  private Queue<Integer> queue;
  private long steps;

  Homecoming(Draft draft, int[][] subscribers) {
    this.draft = draft;
    this.subscribers = subscribers;
    memberCount = draft.memberCount();
    topicsBefore = new int[memberCount][];
    keptCounts = new int[memberCount][];
    int mostLoad = 0;
    for (int member = 0; member < memberCount; member++) {
      mostLoad = Math.max(mostLoad, draft.load(member));
      gainedBy.add(new ArrayList<>());
    }
    firstTopic = memberCount;
    firstLoad = firstTopic + draft.topicCount();
    firstGained = firstLoad + mostLoad + 2;
    for (int load = 0; load < mostLoad + 2; load++) {
      membersByLoad.add(new ArrayList<>());
    }
  }

  void run() {
    if (!hasLosses()) {
      return;
    }
    collect();
    while (steps < MAX_STEPS) {
      List<Integer> ring = findRing();
      if (ring.isEmpty()) {
        return;
      }
      turn(ring);
    }
  }

  private boolean hasLosses() {
    for (int topic = 0; topic < draft.topicCount(); topic++) {
      for (int partition = 0; partition < draft.partitionCount(topic); partition++) {
        if (draft.ownerBefore(topic, partition) != draft.owner(topic, partition)
            && draft.ownerBefore(topic, partition) != Draft.NOBODY) {
          return true;
        }
      }
    }
    return false;
  }

  private void collect() {
    for (int member = 0; member < memberCount; member++) {
      topicsBefore[member] = draft.topicsBefore(member);
      keptCounts[member] = new int[topicsBefore[member].length];
    }
    for (int topic = 0; topic < draft.topicCount(); topic++) {
      for (int partition = 0; partition < draft.partitionCount(topic); partition++) {
        Place place = new Place(topic, partition);
        int owner = draft.owner(place);
        if (draft.isKept(place)) {
          keptCounts[owner][indexOf(owner, topic)]++;
        } else if (owner != Draft.NOBODY) {
          gainedBy.get(owner).add(gainedIndex(place));
        }
      }
    }
  }

  private int indexOf(int member, int topic) {
    return Arrays.binarySearch(topicsBefore[member], topic);
  }

  /** Returns the nodes of a ring that saves moves, or none. */
  private List<Integer> findRing() {
    int nodes = firstGained + gained.size();
    costs = new int[nodes];
    parents = new int[nodes];
    isQueued = new boolean[nodes];
    queue = new ArrayDeque<>();
    Arrays.fill(parents, NONE);
    membersByLoad.forEach(List::clear);
    for (int member = 0; member < memberCount; member++) {
      membersByLoad.get(draft.load(member)).add(member);
    }
    for (int i = 0; i < gained.size(); i++) {
      Place place = gained.get(i);
      if (!draft.isKept(place) && draft.ownerBefore(place) != Draft.NOBODY) {
        queue.add(firstGained + i);
        isQueued[firstGained + i] = true;
      }
    }
    steps += nodes;
    long nextCheck = steps + nodes;
    while (!queue.isEmpty() && steps < MAX_STEPS) {
      int node = queue.remove();
      isQueued[node] = false;
      follow(node);
      if (steps > nextCheck || queue.isEmpty()) {
        nextCheck = steps + nodes;
        List<Integer> ring = ringOfParents();
        if (!ring.isEmpty()) {
          return ring;
        }
      }
    }
    return List.of();
  }

  private void follow(int node) {
    steps++;
    if (node < firstTopic) {
      for (int index = 0; index < topicsBefore[node].length; index++) {
        if (keptCounts[node][index] > 0) {
          relax(node, firstTopic + topicsBefore[node][index], 1);
        }
      }
      for (int index : gainedBy.get(node)) {
        relax(node, firstGained + index, 0);
      }
      relax(node, firstLoad + draft.load(node) + 1, 0);
    } else if (node < firstLoad) {
      for (int member : subscribers[node - firstTopic]) {
        relax(node, member, 0);
      }
    } else if (node < firstGained) {
      for (int member : membersByLoad.get(node - firstLoad)) {
        relax(node, member, 0);
      }
    } else {
      Place place = gained.get(node - firstGained);
      if (draft.ownerBefore(place) != Draft.NOBODY) {
        relax(node, draft.ownerBefore(place), -1);
      }
      relax(node, firstTopic + place.topic(), 0);
    }
  }

  private void relax(int from, int to, int cost) {
    steps++;
    if (costs[from] + cost < costs[to]) {
      costs[to] = costs[from] + cost;
      parents[to] = from;
      if (!isQueued[to]) {
        isQueued[to] = true;
        queue.add(to);
      }
    }
  }

  /** Parents that lead back to where they began are a ring of negative cost. */
  private List<Integer> ringOfParents() {
    int[] visitedFrom = new int[parents.length];
    Arrays.fill(visitedFrom, NONE);
    for (int start = 0; start < parents.length; start++) {
      int node = start;
      while (node != NONE && visitedFrom[node] == NONE) {
        visitedFrom[node] = start;
        node = parents[node];
      }
      if (node != NONE && visitedFrom[node] == start) {
        List<Integer> ring = new ArrayList<>();
        int each = node;
        do {
          ring.add(each);
          each = parents[each];
        } while (each != node);
        Collections.reverse(ring);
        return ring;
      }
    }
    return List.of();
  }

  private void turn(List<Integer> ring) {
    int first = 0;
    while (ring.get(first) >= firstTopic) {
      first++;
    }
    Collections.rotate(ring, -first);
    int giver = ring.getFirst();
    Place given = null;
    List<Runnable> moves = new ArrayList<>();
    for (int i = 1; i <= ring.size(); i++) {
      int node = ring.get(i % ring.size());
      if (node >= firstGained) {
        given = gained.get(node - firstGained);
      } else if (node >= firstLoad) {
        // Nothing is given: who takes the giver's place gives instead.
        given = null;
      } else if (node >= firstTopic) {
        given = given == null ? anyKept(giver, node - firstTopic) : given;
      } else {
        if (given != null) {
          Place place = given;
          moves.add(() -> move(place, node));
        }
        giver = node;
        given = null;
      }
    }
    moves.forEach(Runnable::run);
  }

  private Place anyKept(int member, int topic) {
    steps += draft.partitionCount(topic);
    for (int partition = draft.partitionCount(topic) - 1; partition >= 0; partition--) {
      if (draft.owner(topic, partition) == member && draft.isKept(topic, partition)) {
        return new Place(topic, partition);
      }
    }
    throw new IllegalStateException("A member has given what it has not");
  }

  private void move(Place place, int to) {
    int from = draft.owner(place);
    if (draft.isKept(place)) {
      keptCounts[from][indexOf(from, place.topic())]--;
    } else {
      gainedBy.get(from).remove((Integer) gainedIndex(place));
    }
    draft.move(place.topic(), place.partition(), to);
    if (draft.isKept(place)) {
      keptCounts[to][indexOf(to, place.topic())]++;
    } else {
      gainedBy.get(to).add(gainedIndex(place));
    }
  }

  private int gainedIndex(Place place) {
    Integer known = gainedIndexes.putIfAbsent(place, gained.size());
    if (known != null) {
      return known;
    }
    gained.add(place);
    return gained.size() - 1;
  }
}
