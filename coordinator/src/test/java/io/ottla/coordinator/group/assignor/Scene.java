package io.ottla.coordinator.group.assignor;

import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A random group that lives: members come, go and change their minds, topics grow. */
final class Scene implements TopicSpec {

  private static final List<String> RACKS = List.of("a", "b", "c");

  /** A partition. */
  record Place(Uuid topicId, int partition) {}

  private final Random random;
  private final boolean isHomogeneous;
  private final Map<Uuid, Integer> topics = new TreeMap<>();
  private final Map<Place, Set<String>> racks = new HashMap<>();
  private final Map<String, MemberSpec> members = new TreeMap<>();
  private Set<Uuid> common = Set.of();
  private int names;

  Scene(Random random, boolean isHomogeneous, int topicCount, int maxPartitions, int memberCount) {
    this.random = random;
    this.isHomogeneous = isHomogeneous;
    for (int i = 0; i < topicCount; i++) {
      topics.put(new Uuid(random.nextLong(), random.nextLong()), random.nextInt(maxPartitions + 1));
    }
    common = someTopics();
    for (int i = 0; i < memberCount; i++) {
      join();
    }
  }

  private Set<Uuid> someTopics() {
    Set<Uuid> some = new HashSet<>();
    int share = 1 + random.nextInt(4);
    for (Uuid topicId : topics.keySet()) {
      if (random.nextInt(4) < share) {
        some.add(topicId);
      }
    }
    return some;
  }

  private void join() {
    String name = "%c-member-%d".formatted('a' + random.nextInt(26), names++);
    members.put(
        name,
        new MemberSpec(
            random.nextInt(4) == 0 ? "instance-" + names : null,
            random.nextInt(3) == 0 ? null : RACKS.get(random.nextInt(RACKS.size())),
            isHomogeneous ? common : someTopics(),
            MemberAssignment.EMPTY));
  }

  /** One to three things happen. */
  void live() {
    for (int i = random.nextInt(3); i >= 0; i--) {
      List<String> ids = List.copyOf(members.keySet());
      String any = ids.get(random.nextInt(ids.size()));
      switch (random.nextInt(6)) {
        case 0, 1 -> join();
        case 2 -> {
          if (members.size() > 1) {
            members.remove(any);
          }
        }
        case 3 -> comeBack(any);
        case 4 -> {
          List<Uuid> topicIds = List.copyOf(topics.keySet());
          topics.merge(
              topicIds.get(random.nextInt(topicIds.size())), 1 + random.nextInt(4), Integer::sum);
        }
        default -> changeMind(any);
      }
    }
  }

  /** A static member under a new id takes over what it had. */
  private void comeBack(String id) {
    MemberSpec member = members.get(id);
    if (member.instanceId() != null) {
      members.remove(id);
      members.put("%c-member-%d".formatted('a' + random.nextInt(26), names++), member);
    }
  }

  private void changeMind(String id) {
    Set<Uuid> topicIds = someTopics();
    if (isHomogeneous) {
      common = topicIds;
      members.replaceAll((ignored, member) -> subscribed(member, common));
    } else {
      members.computeIfPresent(id, (ignored, member) -> subscribed(member, topicIds));
    }
  }

  private static MemberSpec subscribed(MemberSpec member, Set<Uuid> topicIds) {
    return new MemberSpec(member.instanceId(), member.rackId(), topicIds, member.assigned());
  }

  /** All that can be owned is owned by anybody who may. */
  void assignAtRandom() {
    Map<String, Map<Uuid, Set<Integer>>> assigned = new HashMap<>();
    members.keySet().forEach(id -> assigned.put(id, new HashMap<>()));
    topics.forEach(
        (topicId, count) -> {
          List<String> able =
              members.keySet().stream()
                  .filter(id -> members.get(id).topics().contains(topicId))
                  .toList();
          for (int partition = 0; partition < count && !able.isEmpty(); partition++) {
            if (random.nextInt(5) > 0) {
              // Some get much more than others.
              int chosen = random.nextInt(1 + random.nextInt(able.size()));
              assigned
                  .get(able.get(chosen))
                  .computeIfAbsent(topicId, ignored -> new HashSet<>())
                  .add(partition);
            }
          }
        });
    adopt(
        assigned.entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, each -> new MemberAssignment(each.getValue()))));
  }

  void adopt(Map<String, MemberAssignment> assignment) {
    members.replaceAll(
        (id, member) ->
            new MemberSpec(
                member.instanceId(), member.rackId(), member.topics(), assignment.get(id)));
  }

  GroupSpec group() {
    return new GroupSpec(Collections.unmodifiableMap(new LinkedHashMap<>(members)));
  }

  /** The same in another order, in other collections. */
  GroupSpec shuffledGroup() {
    List<String> ids = new ArrayList<>(members.keySet());
    Collections.shuffle(ids, random);
    Map<String, MemberSpec> shuffled = new LinkedHashMap<>();
    for (String id : ids) {
      MemberSpec member = members.get(id);
      Map<Uuid, Set<Integer>> assigned = new TreeMap<>(Collections.reverseOrder());
      member
          .assigned()
          .partitions()
          .forEach((topicId, partitions) -> assigned.put(topicId, shuffled(partitions)));
      shuffled.put(
          id,
          new MemberSpec(
              member.instanceId(),
              member.rackId(),
              shuffled(member.topics()),
              new MemberAssignment(assigned)));
    }
    return new GroupSpec(shuffled);
  }

  private <T> Set<T> shuffled(Set<T> set) {
    List<T> list = new ArrayList<>(set);
    Collections.shuffle(list, random);
    return new LinkedHashSet<>(list);
  }

  Map<Uuid, Integer> topics() {
    return topics;
  }

  @Override
  public int partitionCount(Uuid topicId) {
    return topics.getOrDefault(topicId, -1);
  }

  @Override
  public Set<String> racks(Uuid topicId, int partition) {
    return racks.computeIfAbsent(
        new Place(topicId, partition),
        ignored ->
            IntStream.range(0, random.nextInt(3))
                .mapToObj(i -> RACKS.get(random.nextInt(RACKS.size())))
                .collect(Collectors.toSet()));
  }

  /** The owners of all partitions. */
  static Map<Place, String> owners(Map<String, MemberAssignment> assignment) {
    Map<Place, String> owners = new HashMap<>();
    assignment.forEach(
        (id, member) ->
            member
                .partitions()
                .forEach(
                    (topicId, partitions) ->
                        partitions.forEach(
                            partition -> owners.put(new Place(topicId, partition), id))));
    return owners;
  }

  /** How many partitions a member had and may have still, and does not. */
  int moved(Map<String, MemberAssignment> assignment) {
    Map<Place, String> owners = owners(assignment);
    int[] moved = {0};
    members.forEach(
        (id, member) ->
            member
                .assigned()
                .partitions()
                .forEach(
                    (topicId, partitions) -> {
                      if (member.topics().contains(topicId)) {
                        for (int partition : partitions) {
                          if (!id.equals(owners.get(new Place(topicId, partition)))) {
                            moved[0]++;
                          }
                        }
                      }
                    }));
    return moved[0];
  }
}
