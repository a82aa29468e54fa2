package io.ottla.compat.faults;

import static io.ottla.compat.faults.Cell.Load.GROUPS;
import static io.ottla.compat.faults.Cell.Load.KEYS;
import static io.ottla.compat.faults.Cell.Load.QUEUE;
import static io.ottla.compat.faults.Cell.Load.TRANSACTIONS;
import static io.ottla.compat.faults.Cell.Trait.REQUESTS_DISTURBED;
import static io.ottla.compat.faults.FaultSet.CHANGE;
import static io.ottla.compat.faults.FaultSet.NIGHTLY;
import static io.ottla.compat.faults.FaultSet.SHORT;

import io.ottla.compat.cluster.DynamicVoters;
import java.util.List;

/** The table of all cells. */
final class Cells {
  /** All there are, those that cannot be run included. */
  static final List<Cell> ALL =
      List.of(
          Cell.of(SHORT, "R-01", "baseline", Kills::none, QUEUE, TRANSACTIONS, GROUPS)
              .inShortWithout(TRANSACTIONS),
          Cell.of(SHORT, "R-02", "kill leader", Kills::leaders, QUEUE),
          Cell.of(CHANGE, "R-03", "kill all", Kills::all, QUEUE),
          Cell.of(CHANGE, "R-04", "pause leader", Pauses::leaderAndAll, QUEUE),
          Cell.of(CHANGE, "R-05", "isolate leader", Cuts::leader, QUEUE).behindProxies(),
          Cell.of(
              CHANGE,
              "R-06",
              "kill transaction coordinator",
              Kills::transactionCoordinators,
              TRANSACTIONS),
          Cell.of(CHANGE, "R-07", "copy bounce", Kills::bounce, TRANSACTIONS),
          Cell.of(SHORT, "R-08", "single node crash", Kills::theOnlyNode, QUEUE, TRANSACTIONS)
              .onNodes(1),
          Cell.of(NIGHTLY, "R-10", "ISR collapse", InSyncReplicas::collapse, QUEUE)
              .withItsOwnController()
              .behindProxies(),
          Cell.of(NIGHTLY, "R-11", "last replica standing", InSyncReplicas::lastReplica, QUEUE)
              .withItsOwnController(),
          Cell.absent(
              "R-12",
              "stale epoch join",
              "not built: AlterPartition would have to be held between nodes; left to the"
                  + " simulation"),
          Cell.of(NIGHTLY, "R-13", "fast fail-overs", Kills::fastFailOvers, QUEUE),
          Cell.absent(
              "R-14",
              "power loss",
              "what is not synced cannot be taken from a process; left to the simulation"),
          Cell.of(NIGHTLY, "R-15", "pause and kill storm", Kills::storm, QUEUE),
          Cell.of(NIGHTLY, "R-16", "mix", Mix::rotation, TRANSACTIONS).behindProxies(),
          Cell.of(NIGHTLY, "R-17", "delayed EndTxn", Requests::heldEndTxn, TRANSACTIONS)
              .behindProxies()
              .being(REQUESTS_DISTURBED),
          Cell.of(NIGHTLY, "R-18", "lost answer, request twice", Requests::lostAnswers, QUEUE)
              .behindProxies()
              .being(REQUESTS_DISTURBED),
          Cell.of(NIGHTLY, "R-19", "zombie producer", OpenTransactions::zombies, TRANSACTIONS),
          Cell.absent(
              "R-20",
              "bank",
              "not built: a torn transaction would show in R-06, R-16 and R-19 too"),
          Cell.of(
              NIGHTLY, "R-21", "hanging transaction", OpenTransactions::abandoned, TRANSACTIONS),
          Cell.of(NIGHTLY, "R-22", "group churn", GroupChurn::comeAndGo, QUEUE, GROUPS),
          Cell.absent(
              "R-23",
              "offsets, expiry and compaction",
              "not built: needs offsets that expire, and compaction at will"),
          Cell.of(NIGHTLY, "R-24", "compaction under faults", Compaction::underFaults, KEYS)
              .with("log.cleaner.backoff.ms", "100")
              .with("log.cleaner.io.max.bytes.per.second", "400000"),
          Cell.of(CHANGE, "R-25", "active controller", Controllers::active, QUEUE).behindProxies(),
          Cell.of(
                  NIGHTLY,
                  "R-26",
                  "broker without controller",
                  InSyncReplicas::withoutController,
                  QUEUE)
              .withItsOwnController()
              .behindProxies(),
          Cell.of(NIGHTLY, "R-27", "raft snapshot and membership", Voters::comeAndGo, QUEUE)
              .onNodesLike(DynamicVoters::config),
          Cell.of(NIGHTLY, "R-28", "wiped voter", VoterFiles::wiped, QUEUE),
          Cell.of(NIGHTLY, "R-29", "raft log rot", VoterFiles::rot, QUEUE),
          Cell.of(NIGHTLY, "R-30", "data rot, minority", Rot::minority, QUEUE),
          Cell.absent("R-31", "disk full", "DiskIT and FullDiskIT, with every build"),
          Cell.absent(
              "R-32",
              "fsync error, slow disk",
              "needs a hook in the broker; left to the simulation"),
          Cell.absent("R-33", "read-only directory", "LogDirectoryIT, with every build"),
          Cell.of(CHANGE, "R-34", "clock skew", Mix::clock, QUEUE)
              .onTopicWith("retention.ms", "7200000")
              .onTopicWith("segment.ms", "2000"),
          Cell.of(NIGHTLY, "R-35", "rolling restart", Kills::roll, QUEUE, TRANSACTIONS, GROUPS),
          Cell.absent("R-36", "rolling upgrade", "there is no earlier release"),
          Cell.of(NIGHTLY, "R-37", "reassignment 3-1-3 and kill", Topics::reassignment, QUEUE)
              .onNodes(5)
              .onTopicWith("min.insync.replicas", "1"),
          Cell.of(NIGHTLY, "R-38", "ring and swizzle-clog", Mix::ring, QUEUE)
              .onNodes(5)
              .behindProxies(),
          Cell.of(NIGHTLY, "R-39", "degraded links", Mix::slowLinks, QUEUE).behindProxies(),
          Cell.of(NIGHTLY, "R-40", "few resources", FewResources::idleConnections, QUEUE)
              .onNodesLike(FewResources::few),
          Cell.of(NIGHTLY, "R-41", "ends only rise", Topics::ends, QUEUE),
          Cell.of(NIGHTLY, "R-42", "unclean election", Topics::uncleanElection, QUEUE)
              .withItsOwnController()
              .behindProxies(),
          Cell.of(NIGHTLY, "R-43", "topic made anew", Topics::madeAnew, QUEUE),
          Cell.absent("R-44", "soak", "not built: R-16 for hours"));

  private Cells() {}
}
