package io.ottla.coordinator.group.assignor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.wire.Uuid;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class UniformAssignorTest {

  private static final Uuid A = new Uuid(1, 1);
  private static final Uuid B = new Uuid(2, 2);

  private final Map<Uuid, Integer> counts = new HashMap<>();
  private final Map<Integer, Set<String>> racks = new HashMap<>();
  private final Map<String, MemberSpec> members = new TreeMap<>();

  private final TopicSpec topics =
      new TopicSpec() {
        @Override
        public int partitionCount(Uuid topicId) {
          return counts.getOrDefault(topicId, -1);
        }

        @Override
        public Set<String> racks(Uuid topicId, int partition) {
          return racks.getOrDefault(partition, Set.of());
        }
      };

  private void member(String id, String instanceId, String rackId, Set<Uuid> reads, Object... had) {
    Map<Uuid, Set<Integer>> assigned = new HashMap<>();
    for (int i = 0; i < had.length; i += 2) {
      assigned.computeIfAbsent((Uuid) had[i], ignored -> new HashSet<>()).add((Integer) had[i + 1]);
    }
    members.put(id, new MemberSpec(instanceId, rackId, reads, new MemberAssignment(assigned)));
  }

  private Map<String, MemberAssignment> assign() {
    return new UniformAssignor().assign(new GroupSpec(members), topics);
  }

  private static Map<Uuid, Set<Integer>> all(Uuid topic, int from, int to) {
    return Map.of(topic, IntStream.range(from, to).boxed().collect(Collectors.toSet()));
  }

  @Test
  void aGroupWithoutMembersHasNoAssignment() {
    assertThat(assign()).isEmpty();
  }

  @Test
  void aMemberThatReadsNothingGetsNothing() {
    member("a", null, null, Set.of(), A, 0);
    counts.put(A, 1);

    assertThat(assign()).isEqualTo(Map.of("a", MemberAssignment.EMPTY));
  }

  @Test
  void aTopicThatIsNoneIsRefused() {
    member("a", null, null, Set.of(A));

    assertThatThrownBy(this::assign)
        .isInstanceOf(AssignorException.class)
        .hasMessageContaining(A.toString());
    member("b", null, null, Set.of());
    assertThatThrownBy(this::assign).isInstanceOf(AssignorException.class);
  }

  @Test
  void aNewMemberGetsItsShareAndNobodyElseGetsAny() {
    counts.put(A, 7);
    member("a", null, null, Set.of(A), A, 0, A, 1, A, 2, A, 3);
    member("b", null, null, Set.of(A), A, 4, A, 5, A, 6);
    member("c", null, null, Set.of(A));

    Map<String, MemberAssignment> result = assign();

    assertThat(result.get("a").partitions()).isEqualTo(all(A, 0, 3));
    assertThat(result.get("b").partitions()).isEqualTo(all(A, 4, 6));
    assertThat(result.get("c").partitions()).isEqualTo(Map.of(A, Set.of(3, 6)));
  }

  @Test
  void topicsAreSpreadToo() {
    counts.put(A, 4);
    counts.put(B, 4);
    for (String id : List.of("a", "b", "c", "d")) {
      member(id, null, null, Set.of(A, B));
    }

    assertThat(assign().values())
        .allSatisfy(each -> assertThat(each.partitions()).containsOnlyKeys(A, B));
  }

  @Test
  void staticMembersKeepTheirPlaceUnderANewId() {
    counts.put(A, 3);
    member("z", "one", null, Set.of(A));
    member("b", null, null, Set.of(A));
    MemberAssignment first = assign().get("z");

    members.remove("z");
    member("c", "one", null, Set.of(A));

    assertThat(assign().get("c")).isEqualTo(first);
  }

  @Test
  void partitionsThatNeedAnOwnerAreReadNearby() {
    counts.put(A, 6);
    for (int partition = 0; partition < 6; partition++) {
      racks.put(partition, Set.of(partition < 3 ? "north" : "south"));
    }
    member("a", null, "south", Set.of(A));
    member("b", null, "north", Set.of(A));

    assertThat(assign().get("a").partitions()).isEqualTo(all(A, 3, 6));
    assertThat(assign().get("b").partitions()).isEqualTo(all(A, 0, 3));
  }

  @Test
  void racksMoveNothing() {
    counts.put(A, 2);
    racks.put(0, Set.of("north"));
    racks.put(1, Set.of("south"));
    member("a", null, "south", Set.of(A), A, 0);
    member("b", null, "north", Set.of(A), A, 1);

    assertThat(assign().get("a").partitions()).isEqualTo(all(A, 0, 1));
  }

  @Test
  void loadsAreLevelledThroughAMemberInBetween() {
    counts.put(A, 19);
    counts.put(B, 11);
    member("a", null, null, Set.of(A));
    member("b", null, null, Set.of(A, B));
    member("c", null, null, Set.of(B));
    members.replaceAll(
        (id, member) ->
            new MemberSpec(
                null,
                null,
                member.topics(),
                new MemberAssignment(
                    switch (id) {
                      case "a" -> all(A, 0, 9);
                      case "b" -> all(A, 9, 19);
                      default -> all(B, 0, 11);
                    })));

    Map<String, MemberAssignment> result = assign();

    assertThat(result.values()).extracting(MemberAssignment::size).containsExactly(10, 10, 10);
    assertThat(result.get("a").partitions().get(A)).containsAll(all(A, 0, 9).get(A));
    assertThat(result.get("c").partitions().get(B)).hasSize(10);
  }

  @Test
  void aPartitionWithTwoOwnersIsLeftToOne() {
    counts.put(A, 2);
    member("a", null, null, Set.of(A), A, 0, A, 1);
    member("b", null, null, Set.of(A), A, 0, A, 1, A, 7);

    assertThat(assign().values()).extracting(MemberAssignment::size).containsExactly(1, 1);
    assertThat(Scene.owners(assign())).hasSize(2);
  }

  /** Nothing short cuts through a long line of members; the work is bounded all the same. */
  @Test
  void aLineOfTwoThousandMembersEnds() {
    int length = 2_000;
    for (int i = 0; i <= length; i++) {
      counts.put(new Uuid(9, i), i == 0 ? 4_000 : 1);
    }
    for (int i = 0; i < length; i++) {
      member("m%05d".formatted(i), null, null, Set.of(new Uuid(9, i), new Uuid(9, i + 1)));
    }

    assertThat(Scene.owners(assign())).hasSize(6_000);
  }
}
