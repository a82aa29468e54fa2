package io.ottla.coordinator.group.assignor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.group.assignor.Scene.Place;
import io.ottla.wire.Uuid;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** What the assignors promise, over the lives of random groups; Kafka's assignors beside them. */
final class AssignorPropertiesTest {

  private static final int GROUPS = 300;
  private static final int LIFE = 8;

  private final Assignor uniform = new UniformAssignor();
  private final Assignor range = new RangeAssignor();
  private final Assignor kafkasUniform =
      new KafkaAssignor(new org.apache.kafka.coordinator.group.assignor.UniformAssignor());
  private final Assignor kafkasRange =
      new KafkaAssignor(new org.apache.kafka.coordinator.group.assignor.RangeAssignor());

  /** Leads groups through their lives; each assignment is judged before it is adopted. */
  private static void live(
      Assignor assignor,
      boolean isHomogeneous,
      BiConsumer<Scene, Map<String, MemberAssignment>> judge) {
    for (long seed = 0; seed < GROUPS; seed++) {
      Random random = new Random(seed);
      Scene scene =
          new Scene(random, isHomogeneous, 1 + random.nextInt(8), 20, 1 + random.nextInt(12));
      if (random.nextBoolean()) {
        scene.assignAtRandom();
      }
      for (int step = 0; step < LIFE; step++) {
        Map<String, MemberAssignment> result = assignor.assign(scene.group(), scene);
        try {
          judge.accept(scene, result);
        } catch (AssertionError e) {
          throw new AssertionError("seed " + seed + ", step " + step + ": " + e.getMessage(), e);
        }
        scene.adopt(result);
        scene.live();
      }
    }
  }

  private static void bothKinds(
      Assignor assignor, BiConsumer<Scene, Map<String, MemberAssignment>> judge) {
    live(assignor, true, judge);
    live(assignor, false, judge);
  }

  private static void hasOneOwnerEach(Scene scene, Map<String, MemberAssignment> result) {
    assertThat(result.keySet()).isEqualTo(scene.group().members().keySet());
    Set<Place> expected = new HashSet<>();
    scene
        .group()
        .members()
        .values()
        .forEach(
            member ->
                member
                    .topics()
                    .forEach(
                        topicId -> {
                          for (int i = 0; i < scene.partitionCount(topicId); i++) {
                            expected.add(new Place(topicId, i));
                          }
                        }));
    int sum = 0;
    for (Map.Entry<String, MemberAssignment> each : result.entrySet()) {
      sum += each.getValue().size();
      assertThat(scene.group().members().get(each.getKey()).topics())
          .containsAll(each.getValue().partitions().keySet());
      assertThat(each.getValue().partitions().values()).doesNotContain(Set.of());
    }
    assertThat(sum).isEqualTo(expected.size());
    assertThat(Scene.owners(result).keySet()).isEqualTo(expected);
  }

  @Test
  void everyPartitionOfASubscribedTopicHasOneOwnerWhoSubscribes() {
    bothKinds(uniform, AssignorPropertiesTest::hasOneOwnerEach);
    bothKinds(range, AssignorPropertiesTest::hasOneOwnerEach);
  }

  @Test
  void theOrderOfCollectionsDoesNotMatterAndTheInputStays() {
    for (Assignor assignor : List.of(uniform, range)) {
      bothKinds(
          assignor,
          (scene, result) -> {
            GroupSpec shuffled = scene.shuffledGroup();
            GroupSpec before = copy(shuffled);
            assertThat(assignor.assign(shuffled, scene)).isEqualTo(result);
            assertThat(shuffled).isEqualTo(before);
          });
    }
  }

  private static GroupSpec copy(GroupSpec group) {
    Map<String, MemberSpec> members = new HashMap<>();
    group
        .members()
        .forEach(
            (id, member) -> {
              Map<Uuid, Set<Integer>> assigned = new HashMap<>();
              member.assigned().partitions().forEach((t, p) -> assigned.put(t, Set.copyOf(p)));
              members.put(
                  id,
                  new MemberSpec(
                      member.instanceId(),
                      member.rackId(),
                      Set.copyOf(member.topics()),
                      new MemberAssignment(assigned)));
            });
    return new GroupSpec(members);
  }

  @Test
  void whatIsAssignedWellStaysAsItIs() {
    for (Assignor assignor : List.of(uniform, range)) {
      bothKinds(
          assignor,
          (scene, result) -> {
            scene.adopt(result);
            assignor
                .assign(scene.group(), scene)
                .forEach((id, again) -> assertThat(again).isSameAs(result.get(id)));
          });
    }
  }

  @Test
  void uniformIsExactIfAllReadTheSame() {
    live(
        uniform,
        true,
        (scene, result) -> {
          List<Integer> loads = result.values().stream().map(MemberAssignment::size).toList();
          assertThat(Collections.max(loads) - Collections.min(loads)).isLessThanOrEqualTo(1);
          assertThat(scene.moved(result)).isEqualTo(leastMoves(scene, loads));
          assertThat(scene.moved(result))
              .isLessThanOrEqualTo(scene.moved(kafkasUniform.assign(scene.group(), scene)));
        });
  }

  /** Of any assignment with these loads: those with most keep most. */
  private static int leastMoves(Scene scene, List<Integer> loads) {
    List<Integer> quotas = loads.stream().sorted(Collections.reverseOrder()).toList();
    List<Integer> had =
        scene.group().members().values().stream()
            .map(AssignorPropertiesTest::stillReads)
            .sorted(Collections.reverseOrder())
            .toList();
    int moves = 0;
    for (int i = 0; i < had.size(); i++) {
      moves += Math.max(0, had.get(i) - quotas.get(i));
    }
    return moves;
  }

  private static int stillReads(MemberSpec member) {
    return member.assigned().partitions().entrySet().stream()
        .filter(each -> member.topics().contains(each.getKey()))
        .mapToInt(each -> each.getValue().size())
        .sum();
  }

  @Test
  void uniformIsAsLevelAsSubscriptionsAllow() {
    live(
        uniform,
        false,
        (scene, result) -> {
          assertThat(chainThatLevels(scene.group(), result)).isNull();
          assertThat(unevenness(result))
              .isLessThanOrEqualTo(unevenness(kafkasUniform.assign(scene.group(), scene)));
        });
  }

  @Test
  void uniformMovesNoMoreThanKafkasWhereItIsNotMoreLevel() {
    int[] compared = {0};
    live(
        uniform,
        false,
        (scene, result) -> {
          Map<String, MemberAssignment> theirs = kafkasUniform.assign(scene.group(), scene);
          if (unevenness(result) == unevenness(theirs)) {
            assertThat(scene.moved(result)).isLessThanOrEqualTo(scene.moved(theirs));
            compared[0]++;
          }
        });
    assertThat(compared[0]).isGreaterThan(GROUPS);
  }

  private static long unevenness(Map<String, MemberAssignment> assignment) {
    return assignment.values().stream().mapToLong(each -> (long) each.size() * each.size()).sum();
  }

  /** A member from which a chain of moves leads to one with less by two, or null. */
  private static String chainThatLevels(GroupSpec group, Map<String, MemberAssignment> assignment) {
    for (String from : assignment.keySet()) {
      Deque<String> open = new ArrayDeque<>(List.of(from));
      Set<String> seen = new HashSet<>(open);
      while (!open.isEmpty()) {
        String giver = open.remove();
        if (assignment.get(from).size() - assignment.get(giver).size() > 1) {
          return from;
        }
        group
            .members()
            .forEach(
                (id, member) -> {
                  if (!Collections.disjoint(
                          member.topics(), assignment.get(giver).partitions().keySet())
                      && seen.add(id)) {
                    open.add(id);
                  }
                });
      }
    }
    return null;
  }

  @Test
  void rangeIsKafkas() {
    bothKinds(
        range,
        (scene, result) -> assertThat(result).isEqualTo(kafkasRange.assign(scene.group(), scene)));
  }
}
