package io.ottla.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.image.NodeIds;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlacementTest {

  @Test
  void putsNoTwoReplicasOnOneBrokerAndSpreadsLeadersAndReplicas() {
    for (int size = 1; size <= 7; size++) {
      List<Integer> brokers = IntStream.range(10, 10 + size).boxed().toList();
      for (int replicas = 1; replicas <= size; replicas++) {
        for (int start = 0; start < size; start++) {
          check(brokers, replicas, start);
        }
      }
    }
  }

  private static void check(List<Integer> brokers, int replicas, int start) {
    int count = brokers.size() * Math.max(1, brokers.size() - 1);
    List<NodeIds> placed = Placement.place(brokers, count, replicas, start);
    Map<Integer, Integer> leaders = new HashMap<>();
    Map<Integer, Integer> all = new HashMap<>();
    assertThat(placed).hasSize(count);
    for (NodeIds ids : placed) {
      assertThat(new HashSet<>(ids.asList())).hasSize(replicas);
      leaders.merge(ids.at(0), 1, Integer::sum);
      ids.asList().forEach(id -> all.merge(id, 1, Integer::sum));
    }
    assertThat(leaders.keySet()).containsExactlyInAnyOrderElementsOf(brokers);
    assertEven(leaders);
    assertEven(all);
  }

  private static void assertEven(Map<Integer, Integer> counts) {
    IntSummaryStatistics statistics =
        counts.values().stream().mapToInt(Integer::intValue).summaryStatistics();
    assertThat(statistics.getMax()).isEqualTo(statistics.getMin());
  }

  @Test
  void beginsWhereItIsTold() {
    assertThat(Placement.place(List.of(1, 2, 3), 2, 1, 2))
        .containsExactly(NodeIds.of(3), NodeIds.of(1));
  }

  @Test
  void refusesMoreReplicasThanBrokers() {
    assertThatThrownBy(() -> Placement.place(List.of(1, 2), 1, 3, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
