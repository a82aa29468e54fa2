package io.ottla.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.MetadataDelta.BrokerRegistered;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.metadata.placement.ClusterDescriber;
import org.apache.kafka.metadata.placement.PlacementSpec;
import org.apache.kafka.metadata.placement.StripedReplicaPlacer;
import org.apache.kafka.metadata.placement.UsableBroker;
import org.junit.jupiter.api.Test;

class PlacementTest {

  private MetadataImage image = MetadataImage.empty("cluster");

  private PlacementTest broker(int id, String rack, boolean fenced, boolean stopping) {
    image =
        image.with(
            new BrokerRegistered(
                new BrokerImage(
                    id,
                    id,
                    new Uuid(1, id),
                    List.of(),
                    rack,
                    new TreeMap<>(),
                    List.of(new Uuid(2, id)),
                    fenced,
                    stopping)));
    return this;
  }

  private PlacementTest broker(int id, String rack) {
    return broker(id, rack, false, false);
  }

  private List<NodeIds> place(int count, int replicas, long seed) {
    return new Placement(image, new Random(seed)).place(count, replicas);
  }

  @Test
  void putsNoTwoReplicasOnOneBrokerAndSpreadsLeadersAndReplicas() {
    for (int size = 1; size <= 7; size++) {
      broker(10 + size, null);
      for (int replicas = 1; replicas <= size; replicas++) {
        for (long seed = 0; seed < 20; seed++) {
          check(place(size, replicas, seed), size, replicas);
        }
      }
    }
  }

  private static void check(List<NodeIds> placed, int size, int replicas) {
    Map<Integer, Integer> leaders = new HashMap<>();
    Map<Integer, Integer> all = new HashMap<>();
    assertThat(placed).hasSize(size);
    for (NodeIds ids : placed) {
      assertThat(new HashSet<>(ids.asList())).hasSize(replicas);
      leaders.merge(ids.at(0), 1, Integer::sum);
      ids.asList().forEach(id -> all.merge(id, 1, Integer::sum));
    }
    assertThat(leaders).hasSize(size);
    assertThat(all).hasSize(size);
    IntSummaryStatistics counts = all.values().stream().mapToInt(i -> i).summaryStatistics();
    assertThat(counts.getMax()).isEqualTo(counts.getMin());
  }

  @Test
  void putsOneReplicaInEachRackBeforeASecondInAny() {
    Map<Integer, String> racks = new HashMap<>();
    for (int id = 0; id < 9; id++) {
      racks.put(id, "rack-" + id % 3);
      broker(id, racks.get(id));
    }
    for (long seed = 0; seed < 30; seed++) {
      for (NodeIds ids : place(30, 3, seed)) {
        assertThat(ids.asList().stream().map(racks::get)).doesNotHaveDuplicates();
      }
      for (NodeIds ids : place(30, 5, seed)) {
        assertThat(ids.asList().stream().map(racks::get).distinct()).hasSize(3);
      }
    }
  }

  @Test
  void neverPutsTheFirstReplicaOnAFencedBrokerAndTakesOneOnlyWhereItMust() {
    broker(1, "a").broker(2, "a").broker(3, "b").broker(4, "b", true, false);
    for (long seed = 0; seed < 30; seed++) {
      for (NodeIds ids : place(20, 2, seed)) {
        assertThat(ids.contains(4)).isFalse();
      }
      for (NodeIds ids : place(20, 4, seed)) {
        assertThat(ids.at(0)).isNotEqualTo(4);
        assertThat(ids.contains(4)).isTrue();
      }
    }
  }

  @Test
  void givesNothingToABrokerThatIsAboutToStop() {
    broker(1, null).broker(2, null).broker(3, null, false, true);
    for (NodeIds ids : place(20, 2, 5)) {
      assertThat(ids.contains(3)).isFalse();
    }
    assertThatThrownBy(() -> place(1, 3, 5)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void placesOnOneBrokerAsOftenAsAsked() {
    broker(1, "a");
    assertThat(place(5, 1, 3)).hasSize(5).containsOnly(NodeIds.of(1));
  }

  @Test
  void usesEachBrokerAndRackAsOftenAsKafkasPlacerDoes() {
    long seed = System.nanoTime();
    System.out.println("PlacementTest seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      image = MetadataImage.empty("cluster");
      int size = 1 + random.nextInt(8);
      int racks = 1 + random.nextInt(4);
      List<UsableBroker> usable = new ArrayList<>();
      for (int id = 0; id < size; id++) {
        String rack = "rack-" + random.nextInt(racks);
        boolean fenced = id > 0 && random.nextInt(4) == 0;
        broker(id, rack, fenced, false);
        usable.add(new UsableBroker(id, Optional.of(rack), fenced));
      }
      int replicas = 1 + random.nextInt(size);
      int count = 1 + random.nextInt(20);
      List<NodeIds> ours = place(count, replicas, random.nextLong());
      List<NodeIds> theirs = kafkas(usable, count, replicas, random.nextLong());
      for (int i = 0; i < count; i++) {
        assertThat(racksOf(ours.get(i))).hasSize(racksOf(theirs.get(i)).size());
        assertThat(fencedOf(ours.get(i))).isBetween(0L, (long) replicas - 1);
        assertThat(image.isActive(ours.get(i).at(0))).isTrue();
      }
    }
  }

  private HashSet<String> racksOf(NodeIds ids) {
    HashSet<String> racks = new HashSet<>();
    ids.asList().forEach(id -> racks.add(image.broker(id).rack()));
    return racks;
  }

  private long fencedOf(NodeIds ids) {
    return ids.asList().stream().filter(id -> image.broker(id).fenced()).count();
  }

  private static List<NodeIds> kafkas(
      List<UsableBroker> usable, int count, int replicas, long seed) {
    ClusterDescriber cluster =
        new ClusterDescriber() {
          @Override
          public java.util.Iterator<UsableBroker> usableBrokers() {
            return usable.iterator();
          }

          @Override
          public org.apache.kafka.common.Uuid defaultDir(int brokerId) {
            return org.apache.kafka.common.Uuid.ZERO_UUID;
          }
        };
    return new StripedReplicaPlacer(new Random(seed))
        .place(new PlacementSpec(0, count, (short) replicas), cluster).assignments().stream()
            .map(assignment -> NodeIds.of(assignment.replicas()))
            .toList();
  }
}
