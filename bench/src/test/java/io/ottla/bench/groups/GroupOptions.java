package io.ottla.bench.groups;

import io.ottla.bench.FigureOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Option;

/**
 * The command line of {@code run.sh --groups}. Unset numbers take a default that depends on {@code
 * --quick}.
 */
final class GroupOptions extends FigureOptions {

  static final int IDLE_GROUP_SIZE = 50;

  @Option(names = "--groups", required = true, description = "measure consumer groups")
  boolean groups;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "figure",
      description = "measure only these: settle, idle, commit")
  List<GroupFigure> only = new ArrayList<>();

  @Option(
      names = "--protocols",
      split = ",",
      paramLabel = "protocol",
      description =
          "to settle and to idle with: classic, consumer, and cooperative, which settle alone has"
              + " (classic,consumer)")
  List<Protocol> protocols = new ArrayList<>(List.of(Protocol.CLASSIC, Protocol.CONSUMER));

  @Option(
      names = "--rounds",
      description =
          "each on a fresh broker of each side (commit 2, settle and idle 1; quick: 1 of all)")
  Integer rounds;

  @Option(
      names = "--repeats",
      description = "of settle in a round, each with a new group (3; quick: 1)")
  Integer repeats;

  @Option(names = "--members", description = "that join (50; quick: 20)")
  Integer members;

  @Option(names = "--partitions", description = "that they share (200; quick: 40)")
  Integer partitions;

  @Option(names = "--leaving", description = "members that leave at once (10; quick: 4)")
  Integer leaving;

  @Option(names = "--committers", description = "consumers that commit (64; quick: 16)")
  Integer committers;

  @Option(
      names = "--commit-seconds",
      description = "measured, of each kind, after as many to warm up (8; quick: 3)")
  Integer commitSeconds;

  @Option(
      names = "--idle-groups",
      description = "of 50 members that have nothing to do (40; quick: 4)")
  Integer idleGroups;

  @Option(
      names = "--heartbeats",
      description = "per second, of all idle members together (1000; quick: 200)")
  Integer heartbeatsPerSecond;

  @Option(
      names = "--idle",
      description =
          "seconds to count idle CPU, after three quarters of that to warm up (20; quick: 6)")
  Integer idleSeconds;

  GroupOptions() {
    super(12);
  }

  /**
   * @param full how many a figure needs to be worth something
   */
  int rounds(int full) {
    return choose(rounds, full, 1);
  }

  int repeats() {
    return choose(repeats, 3, 1);
  }

  int members() {
    return choose(members, 50, 20);
  }

  int partitions() {
    return choose(partitions, 200, 40);
  }

  int leaving() {
    return choose(leaving, 10, 4);
  }

  int committers() {
    return choose(committers, 64, 16);
  }

  int commitSeconds() {
    return choose(commitSeconds, 8, 3);
  }

  int idleGroups() {
    return choose(idleGroups, 40, 4);
  }

  int idleMembers() {
    return idleGroups() * IDLE_GROUP_SIZE;
  }

  int heartbeatsPerSecond() {
    return choose(heartbeatsPerSecond, 1000, 200);
  }

  int idleSeconds() {
    return choose(idleSeconds, 20, 6);
  }

  /** What to measure, in the order in which it is measured. */
  List<GroupFigure> figures() {
    return chosen(only, GroupFigure.values());
  }

  /** Those asked for, without those that the figure is not about. */
  List<Protocol> protocols(Protocol... all) {
    return Arrays.stream(all).filter(protocols::contains).toList();
  }
}
