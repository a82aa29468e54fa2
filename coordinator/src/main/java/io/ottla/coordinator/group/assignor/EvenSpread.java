package io.ottla.coordinator.group.assignor;

import io.ottla.coordinator.group.assignor.Draft.Place;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * The uniform assignment of a group whose members all read the same topics. With {@code P}
 * partitions and {@code M} members everybody gets {@code P / M}, and {@code P % M} members one
 * more. Members that have more than {@code P / M} are first to get the extra one; so no assignment
 * that is as even moves fewer partitions.
 *
 * <p>What a member has too much it gives from the topics of which it has most. Partitions without
 * an owner are dealt out one by one, so that a topic's partitions are spread too; if racks are
 * known, first to members near a replica. Work: linear in partitions, members and what moves.
 */
final class EvenSpread {

  private record Surplus(int rank, int topic, int partition) {}

  private final Draft draft;
  private final TopicSpec topics;
  private final int[] quotas;

  EvenSpread(Draft draft, TopicSpec topics) {
    this.draft = draft;
    this.topics = topics;
    this.quotas = new int[draft.memberCount()];
  }

  void run() {
    setQuotas();
    for (int member = 0; member < quotas.length; member++) {
      if (draft.load(member) > quotas[member]) {
        giveBack(member);
      }
    }
    List<Place> free = withoutOwner();
    if (!free.isEmpty()) {
      deal(dealNear(free));
    }
  }

  private void setQuotas() {
    int partitions = draft.partitionCount();
    int least = partitions / quotas.length;
    int extras = partitions % quotas.length;
    Arrays.fill(quotas, least);
    for (int member = 0; member < quotas.length && extras > 0; member++) {
      if (draft.load(member) > least) {
        quotas[member]++;
        extras--;
      }
    }
    for (int member = 0; member < quotas.length && extras > 0; member++) {
      if (quotas[member] == least) {
        quotas[member]++;
        extras--;
      }
    }
  }

  /** Ranks the member's partitions within each topic, and gives those of the highest ranks. */
  private void giveBack(int member) {
    List<Surplus> held = new ArrayList<>();
    draft
        .member(member)
        .assigned()
        .partitions()
        .forEach(
            (topicId, partitions) -> {
              if (draft.member(member).topics().contains(topicId)) {
                int topic = draft.topicNumber(topicId);
                int rank = 0;
                for (int partition : partitions.stream().sorted().toList()) {
                  if (partition >= 0
                      && partition < draft.partitionCount(topic)
                      && draft.owner(topic, partition) == member) {
                    held.add(new Surplus(rank++, topic, partition));
                  }
                }
              }
            });
    held.sort(
        Comparator.comparingInt(Surplus::rank)
            .thenComparingInt(Surplus::topic)
            .thenComparingInt(Surplus::partition)
            .reversed());
    for (Surplus each : held.subList(0, draft.load(member) - quotas[member])) {
      draft.move(each.topic(), each.partition(), Draft.NOBODY);
    }
  }

  private List<Place> withoutOwner() {
    List<Place> free = new ArrayList<>();
    for (int topic = 0; topic < draft.topicCount(); topic++) {
      for (int partition = 0; partition < draft.partitionCount(topic); partition++) {
        if (draft.owner(topic, partition) == Draft.NOBODY) {
          free.add(new Place(topic, partition));
        }
      }
    }
    return free;
  }

  /** Deals to members in a rack of the partition; returns what is left. */
  private List<Place> dealNear(List<Place> free) {
    Map<String, Rack> racks = new HashMap<>();
    for (int member = 0; member < quotas.length; member++) {
      String rackId = draft.member(member).rackId();
      int room = quotas[member] - draft.load(member);
      if (rackId != null && !rackId.isEmpty() && room > 0) {
        racks.computeIfAbsent(rackId, Rack::new).add(member, room);
      }
    }
    if (racks.isEmpty()) {
      return free;
    }
    List<Place> left = new ArrayList<>();
    for (Place place : free) {
      Rack best = null;
      for (String rackId : topics.racks(draft.topic(place.topic()), place.partition())) {
        Rack rack = racks.get(rackId);
        if (rack != null && rack.room > 0 && (best == null || rack.isBefore(best))) {
          best = rack;
        }
      }
      if (best == null) {
        left.add(place);
      } else {
        best.room--;
        dealTo(best.members, place);
      }
    }
    return left;
  }

  private void deal(List<Place> free) {
    Queue<Integer> members = new ArrayDeque<>();
    for (int member = 0; member < quotas.length; member++) {
      if (draft.load(member) < quotas[member]) {
        members.add(member);
      }
    }
    for (Place place : free) {
      dealTo(members, place);
    }
  }

  private void dealTo(Queue<Integer> members, Place place) {
    int member = members.remove();
    draft.move(place.topic(), place.partition(), member);
    if (draft.load(member) < quotas[member]) {
      members.add(member);
    }
  }

  /** The members of one rack that have room, and how much they have together. */
  private static final class Rack {
    private final String id;
    private final Queue<Integer> members = new ArrayDeque<>();
    private int room;

    Rack(String id) {
      this.id = id;
    }

    void add(int member, int ofMember) {
      members.add(member);
      room += ofMember;
    }

    boolean isBefore(Rack other) {
      return room != other.room ? room > other.room : id.compareTo(other.id) < 0;
    }
  }
}
