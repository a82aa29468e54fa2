package io.ottla.simulation;

import io.ottla.wire.TopicPartition;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;

/**
 * Replicas whose forced records have a wrong bit. A log that was forced is believed until somebody
 * reads it. Who does finds the wrong checksum and says so; or else somebody who verifies the files
 * finds it one day. Then the replica is taken away, as soon as others have all of it.
 */
final class SpoiltReplicas {

  private static final int READ_BEFORE_MS = 10_000;
  private static final int RETRY_MS = 1_000;

  private final Timeline timeline;
  private final List<SimulatedMachine> machines;
  private final Map<String, Long> replacedNs = new HashMap<>();
  private int told;

  SpoiltReplicas(Timeline timeline, List<SimulatedMachine> machines) {
    this.timeline = timeline;
    this.machines = machines;
  }

  /** How often somebody has told of one. */
  int told() {
    return told;
  }

  /**
   * A machine's process is gone, and a replica of it is spoilt.
   *
   * @param mayLose whether it can be done without what the machine has
   */
  void spoil(SimulatedMachine machine, Random random, Predicate<SimulatedMachine> mayLose) {
    machine.rotForced(random);
    replaceLater(machine, 5_000 + random.nextInt(20_000), mayLose);
  }

  private void replaceLater(
      SimulatedMachine machine, int afterMs, Predicate<SimulatedMachine> mayLose) {
    Path replica = machine.wrongBits().spoiltReplica();
    timeline.afterMs(
        afterMs,
        "verify",
        () -> {
          if (replica == null || !replica.equals(machine.wrongBits().spoiltReplica())) {
            return;
          }
          if (!mayLose.test(machine)) {
            replaceLater(machine, RETRY_MS, mayLose);
            return;
          }
          replacedNs.put(replica.getFileName().toString(), timeline.nowNs());
          machine.replaceSpoiltReplica();
        });
  }

  boolean areNone() {
    return machines.stream().allMatch(machine -> machine.wrongBits().spoiltReplica() == null);
  }

  /** Whether what a node has of a partition is not what it was. */
  boolean isSpoilt(int nodeId, TopicPartition partition) {
    return machines.stream()
        .anyMatch(
            machine ->
                machine.id() == nodeId && isOf(machine.wrongBits().spoiltReplica(), partition));
  }

  /** Somebody was given damaged records; returns whether there are some, or were just before. */
  boolean isTold(TopicPartition partition) {
    Long replaced = replacedNs.get(partition.toString());
    boolean isSpoilt =
        machines.stream().anyMatch(it -> isOf(it.wrongBits().spoiltReplica(), partition))
            || (replaced != null && timeline.nowNs() - replaced < READ_BEFORE_MS * 1_000_000L);
    told += isSpoilt ? 1 : 0;
    return isSpoilt;
  }

  /** Something was logged as an error; returns whether it is what has to be said of one. */
  boolean isTold(String line) {
    for (SimulatedMachine machine : machines) {
      Path replica = machine.wrongBits().spoiltReplica();
      if (replica != null
          && line.contains(replica.getFileName().toString())
          && (line.contains("cannot be opened") || line.startsWith("Loading "))) {
        told++;
        return true;
      }
    }
    return false;
  }

  private static boolean isOf(Path replica, TopicPartition partition) {
    return replica != null && replica.getFileName().toString().equals(partition.toString());
  }
}
