package io.ottla.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.controller.PartitionChangeBuilder;
import org.apache.kafka.metadata.LeaderRecoveryState;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.junit.jupiter.api.RepeatedTest;

/** Random steps of a partition, each made by Kafka's own controller code too. */
class KafkaTransitionTest {

  private static final Uuid TOPIC = new Uuid(5, 5);

  private record Step(
      NodeIds isr,
      int crashed,
      PartitionTransition.Election election,
      NodeIds replicas,
      NodeIds adding,
      NodeIds removing) {}

  private Random random;
  private final Set<Integer> active = new HashSet<>(Set.of(1, 2, 3, 4, 5));

  @RepeatedTest(20)
  void stepsAsKafkaDoes() {
    long seed = System.nanoTime();
    System.out.println("KafkaTransitionTest seed " + seed);
    random = new Random(seed);
    int minInsyncReplicas = 1 + random.nextInt(2);
    boolean eligibleLeaders = random.nextInt(4) != 0;
    PartitionImage state = PartitionImage.created(NodeIds.of(1, 2, 3), NodeIds.of(1, 2, 3));
    int changes = 0;
    for (int i = 0; i < 2000; i++) {
      Step step = step(state);
      PartitionImage ours = ours(state, step, minInsyncReplicas, eligibleLeaders);
      PartitionImage kafkas = kafkas(state, step, minInsyncReplicas, eligibleLeaders);
      assertThat(canonical(ours)).as("%s by %s", state, step).isEqualTo(canonical(kafkas));
      changes += ours.equals(state) ? 0 : 1;
      // In Kafka's order, which would count as a change if it were another.
      state = canonical(ours);
    }
    assertThat(changes).isGreaterThan(200);
  }

  private Step step(PartitionImage state) {
    NodeIds isr = state.isr();
    NodeIds replicas = state.replicas();
    NodeIds adding = state.addingReplicas();
    NodeIds removing = state.removingReplicas();
    int crashed = -1;
    PartitionTransition.Election election =
        random.nextInt(6) == 0
            ? PartitionTransition.Election.UNCLEAN
            : PartitionTransition.Election.CLEAN;
    int id = 1 + random.nextInt(5);
    switch (random.nextInt(7)) {
      case 0 -> {
        active.remove(id);
        isr = isr.without(id);
      }
      case 1 -> {
        active.remove(id);
        isr = isr.without(id);
        crashed = id;
      }
      case 2, 3 -> active.add(id);
      case 4 -> election = PartitionTransition.Election.PREFERRED;
      case 5 -> {
        // The leader's own wish.
        if (state.hasLeader() && id != state.leader() && replicas.contains(id)) {
          isr = isr.contains(id) || !active.contains(id) ? isr.without(id) : isr.with(id);
        }
      }
      default -> {
        if (!state.isReassigning()) {
          List<Integer> all = new ArrayList<>(List.of(1, 2, 3, 4, 5));
          Collections.shuffle(all, random);
          NodeIds target = NodeIds.of(all.subList(0, 2 + random.nextInt(3)));
          removing = replicas.withoutAll(target);
          adding = target.withoutAll(replicas);
          replicas = target.withAll(removing);
        }
      }
    }
    return new Step(isr, crashed, election, replicas, adding, removing);
  }

  private PartitionImage ours(
      PartitionImage state, Step step, int minInsyncReplicas, boolean eligibleLeaders) {
    PartitionTransition transition =
        new PartitionTransition(state, active::contains, minInsyncReplicas, eligibleLeaders)
            .isr(step.isr())
            .election(step.election())
            .assignment(step.replicas(), step.adding(), step.removing());
    if (step.crashed() >= 0) {
      transition = transition.crashed(step.crashed());
    }
    return transition.result();
  }

  private PartitionImage kafkas(
      PartitionImage state, Step step, int minInsyncReplicas, boolean eligibleLeaders) {
    PartitionRegistration before = registration(state);
    PartitionChangeBuilder builder =
        new PartitionChangeBuilder(
            before,
            TOPIC,
            0,
            active::contains,
            MetadataVersion.latestProduction(),
            minInsyncReplicas,
            eligibleLeaders);
    builder
        .setTargetIsr(step.isr().asList())
        .setElection(
            switch (step.election()) {
              case CLEAN -> PartitionChangeBuilder.Election.ONLINE;
              case PREFERRED -> PartitionChangeBuilder.Election.PREFERRED;
              case UNCLEAN -> PartitionChangeBuilder.Election.UNCLEAN;
            })
        .setTargetReplicas(step.replicas().asList())
        .setTargetAdding(step.adding().asList())
        .setTargetRemoving(step.removing().asList())
        .setDefaultDirProvider(KafkaTransitionTest::directory);
    if (step.crashed() >= 0) {
      builder.setUncleanShutdownReplicas(List.of(step.crashed()));
    }
    Optional<ApiMessageAndVersion> record = builder.build();
    if (record.isEmpty()) {
      return state;
    }
    return image(before.merge((PartitionChangeRecord) record.get().message()));
  }

  private static Uuid directory(int brokerId) {
    return new Uuid(1, 1000 + brokerId);
  }

  private static PartitionRegistration registration(PartitionImage state) {
    return new PartitionRegistration.Builder()
        .setReplicas(ints(state.replicas()))
        .setDirectories(
            state.replicas().asList().stream()
                .map(KafkaTransitionTest::directory)
                .toArray(Uuid[]::new))
        .setIsr(ints(state.isr()))
        .setElr(ints(state.elr()))
        .setLastKnownElr(ints(state.lastKnownElr()))
        .setAddingReplicas(ints(state.addingReplicas()))
        .setRemovingReplicas(ints(state.removingReplicas()))
        .setLeader(state.leader())
        .setLeaderRecoveryState(LeaderRecoveryState.of(state.recovery().id()))
        .setLeaderEpoch(state.leaderEpoch())
        .setPartitionEpoch(state.partitionEpoch())
        .build();
  }

  private static PartitionImage image(PartitionRegistration state) {
    return new PartitionImage(
        NodeIds.of(state.replicas),
        NodeIds.of(state.isr),
        NodeIds.of(state.elr),
        NodeIds.of(state.lastKnownElr),
        NodeIds.of(state.addingReplicas),
        NodeIds.of(state.removingReplicas),
        state.leader,
        io.ottla.metadata.image.LeaderRecoveryState.forId(state.leaderRecoveryState.value()),
        state.leaderEpoch,
        state.partitionEpoch);
  }

  /**
   * The order of eligible replicas means nothing; and those that are no replicas any more, which
   * Kafka may keep, are eligible for nothing.
   */
  private static PartitionImage canonical(PartitionImage state) {
    int[] elr = ints(state.elr().within(state.replicas()));
    Arrays.sort(elr);
    return new PartitionImage(
        state.replicas(),
        state.isr(),
        NodeIds.of(elr),
        state.lastKnownElr(),
        state.addingReplicas(),
        state.removingReplicas(),
        state.leader(),
        state.recovery(),
        state.leaderEpoch(),
        state.partitionEpoch());
  }

  private static int[] ints(NodeIds ids) {
    return ids.asList().stream().mapToInt(Integer::intValue).toArray();
  }
}
