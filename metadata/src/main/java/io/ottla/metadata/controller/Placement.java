package io.ottla.metadata.controller;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Which brokers hold new partitions. Replicas of a partition go round the racks, and within a rack
 * round its brokers; each next partition begins one further. A fenced broker holds a replica only
 * where no other of its rack is left, and never the first one; a broker about to stop gets nothing.
 * No broker holds two replicas of a partition. After as many partitions as there are brokers to
 * lead them everything is shuffled, so that the same sets do not come again.
 */
final class Placement {

  /** One rack: who is in it, and whom this partition has taken already. */
  private static final class Rack {

    private final List<Integer> unfenced = new ArrayList<>();
    private final List<Integer> fenced = new ArrayList<>();
    private int first;
    private int taken;

    void begin() {
      first++;
      taken = 0;
    }

    boolean hasLeader() {
      return taken < unfenced.size();
    }

    /** The next broker that is not taken, or -1. */
    int next() {
      if (taken < unfenced.size()) {
        return at(unfenced, taken++);
      }
      int place = taken - unfenced.size();
      if (place < fenced.size()) {
        taken++;
        return at(fenced, place);
      }
      return -1;
    }

    private int at(List<Integer> brokers, int place) {
      return brokers.get(Math.floorMod(first + place, brokers.size()));
    }
  }

  private final RandomGenerator random;
  private final List<Rack> racks = new ArrayList<>();
  private int leaders;
  private int brokers;

  /**
   * @param random where to begin, and how to shuffle
   */
  Placement(MetadataImage image, RandomGenerator random) {
    this.random = random;
    Map<String, Rack> byName = new TreeMap<>(Comparator.nullsFirst(Comparator.naturalOrder()));
    for (BrokerImage broker : image.brokers().values()) {
      if (broker.inControlledShutdown()) {
        continue;
      }
      Rack rack = byName.computeIfAbsent(broker.rack(), name -> new Rack());
      (broker.fenced() ? rack.fenced : rack.unfenced).add(broker.id());
      leaders += broker.fenced() ? 0 : 1;
      brokers++;
    }
    racks.addAll(byName.values());
    racks.forEach(rack -> rack.first = random.nextInt(brokers));
  }

  /** How many brokers can hold replicas. */
  int brokers() {
    return brokers;
  }

  /** How many brokers can lead. */
  int leaders() {
    return leaders;
  }

  /**
   * @param count how many partitions
   * @param replicas how many replicas of each; at most {@link #brokers}, and some broker can lead
   */
  List<NodeIds> place(int count, int replicas) {
    if (replicas < 1 || replicas > brokers || leaders == 0) {
      throw new IllegalArgumentException(
          replicas + " replicas on " + brokers + " brokers, of which " + leaders + " can lead");
    }
    List<NodeIds> placed = new ArrayList<>(count);
    int offset = random.nextInt(racks.size());
    for (int partition = 0; partition < count; partition++) {
      if (leaders > 1 && partition > 0 && partition % leaders == 0) {
        shuffle();
      }
      placed.add(next(replicas, (offset + partition) % racks.size()));
    }
    return placed;
  }

  private NodeIds next(int replicas, int offset) {
    racks.forEach(Rack::begin);
    int leading = offset;
    while (!racks.get(leading).hasLeader()) {
      leading = (leading + 1) % racks.size();
    }
    int[] ids = new int[replicas];
    ids[0] = racks.get(leading).next();
    // The leader's rack has had its turn of the first round.
    boolean skips = true;
    int at = offset;
    for (int placed = 1; placed < replicas; at = (at + 1) % racks.size()) {
      if (skips && at == leading) {
        skips = false;
        continue;
      }
      int id = racks.get(at).next();
      if (id >= 0) {
        ids[placed++] = id;
      }
    }
    return NodeIds.of(ids);
  }

  private void shuffle() {
    shuffle(racks);
    for (Rack rack : racks) {
      shuffle(rack.unfenced);
      shuffle(rack.fenced);
    }
  }

  private <T> void shuffle(List<T> list) {
    for (int i = list.size() - 1; i > 0; i--) {
      Collections.swap(list, i, random.nextInt(i + 1));
    }
  }
}
