package io.ottla.simulation;

import io.ottla.broker.SimulatedNode;
import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.config.BrokerConfig;
import io.ottla.log.LogException;
import io.ottla.log.MemoryFileSystem;
import io.ottla.metadata.controller.CommandResult;
import io.ottla.metadata.controller.ControllerStateMachine;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.quorum.MetadataQuorum;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.metadata.quorum.QuorumStateMachine;
import io.ottla.wire.Uuid;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A machine of the cluster: its disk and clocks, which stay, and its process, which comes and goes.
 */
public final class SimulatedMachine {

  private static final long NOT_YET = -1;

  private final Timeline timeline;
  private final SimulatedNetwork network;
  private final SimulatedQuorum<CommandResult> quorum;
  private final int id;
  private final BrokerConfig config;
  private final MetadataInvariants invariants;
  private final NodeClock clock;
  private final Slowness slowness = new Slowness();
  private final HeldAnswers answers = new HeldAnswers();
  private final Map<Path, Uuid> directories = new TreeMap<>();

  private MemoryFileSystem disk = new MemoryFileSystem();
  private SimulatedProcess process;
  private long actsLookedAt;
  private SimulatedNode node;
  private ControllerStateMachine metadata;
  private boolean serving;
  private boolean isFull;

  /** Whether its process could not begin, for want of room, and is to be started when there is. */
  private boolean lacksRoom;

  private boolean stopping;
  private final WrongBits wrongBits = new WrongBits();
  private EndListener onEnd = (_, _) -> {};

  /** Told of the end of each process. */
  interface EndListener {

    /**
     * @param isAllThere whether what it wrote is there
     */
    void onEnd(SimulatedNode node, boolean isAllThere);
  }

  SimulatedMachine(
      Timeline timeline,
      SimulatedNetwork network,
      SimulatedQuorum<CommandResult> quorum,
      int id,
      BrokerConfig config,
      MetadataInvariants invariants) {
    this.timeline = timeline;
    this.network = network;
    this.quorum = quorum;
    this.id = id;
    this.config = config;
    this.invariants = invariants;
    this.clock = new NodeClock(timeline);
    for (Path path : config.logDirs().dirs()) {
      directories.put(path, new Uuid(id, 1000 + directories.size()));
    }
  }

  void whenEnded(EndListener listener) {
    onEnd = listener;
  }

  public int id() {
    return id;
  }

  public String host() {
    return SimulatedCluster.host(id);
  }

  public MemoryFileSystem disk() {
    return disk;
  }

  public NodeClock clock() {
    return clock;
  }

  /** How slow its disk is. */
  Slowness slowness() {
    return slowness;
  }

  /** Which answers of controllers come late. */
  HeldAnswers answers() {
    return answers;
  }

  /** Where its logs are. */
  Set<Path> logDirectories() {
    return directories.keySet();
  }

  /** A part of its disk's room is taken by somebody else. */
  void fillUp(boolean isToTheEnd) {
    isFull = true;
    for (Path directory : directories.keySet()) {
      disk.setFull(directory, true);
      disk.setFilledUp(directory, isToTheEnd);
    }
  }

  /** There is room on its disk again; a process that found none is started again. */
  void makeRoom() {
    isFull = false;
    for (Path directory : directories.keySet()) {
      disk.setFull(directory, false);
      disk.setFilledUp(directory, false);
    }
    if (lacksRoom) {
      start();
    }
  }

  /** Whether there is no room on its disk. */
  boolean isFull() {
    return isFull;
  }

  /** Its process, as far as there is one. */
  public SimulatedNode node() {
    return node;
  }

  /** Whether there is a process that does not hang. */
  public boolean isRunning() {
    return isUp() && !process.isPaused();
  }

  public boolean isUp() {
    return process != null && process.isAlive();
  }

  /** Whether its broker has joined, and serves clients, and is not about to stop. */
  public boolean isServing() {
    return isUp() && serving && !stopping;
  }

  /** Starts a process; it ends at once if it has to begin its logs on a disk without room. */
  public void start() {
    timeline.note(host() + " starts");
    process = new SimulatedProcess(timeline, host(), this::crash, slowness);
    actsLookedAt = NOT_YET;
    lacksRoom = false;
    try {
      node = newNode();
    } catch (LogException e) {
      if (!isFull) {
        throw e;
      }
      timeline.note(host() + " does not start: " + e.getMessage());
      process.end();
      lacksRoom = true;
      return;
    }
    invariants.begins(id);
    node.tell((image, _) -> invariants.check(id, image));
    listen(SimulatedCluster.CONTROLLER_PORT, "CONTROLLER", node.controllerHandlers().orElseThrow());
    SimulatedProcess its = process;
    var _ =
        node.start(
                SimulatedCluster.BROKER_PORT,
                () -> listen(SimulatedCluster.BROKER_PORT, "PLAINTEXT", node.brokerHandlers()))
            .whenComplete(
                (_, failure) -> {
                  if (its.isAlive() && !disk.isKilled()) {
                    onStarted(failure);
                  }
                });
  }

  private SimulatedNode newNode() {
    SimulatedPeers peers = new SimulatedPeers(process, network, host(), answers);
    return new SimulatedNode(
        config,
        new SimulatedNode.Machine(
            process, clock, disk, peers, timeline.random(), Optional.of(this::vote)),
        SimulatedCluster.CLUSTER_ID,
        directories,
        failure -> {
          if (!disk.isKilled()) {
            throw new AssertionError(host() + " cannot go on: " + failure, failure);
          }
        });
  }

  private MetadataQuorum<CommandResult> vote(
      QuorumStateMachine<CommandResult> machine, Consumer<QuorumException> onFailure) {
    metadata = (ControllerStateMachine) machine;
    return quorum.join(id, machine, onFailure);
  }

  /** What its vote has applied. */
  MetadataImage applied() {
    return metadata.image();
  }

  private void onStarted(Throwable failure) {
    if (failure != null) {
      timeline.fail(new AssertionError(host() + " did not start", failure));
      return;
    }
    serving = true;
    timeline.note(host() + " serves");
  }

  private void listen(int port, String listener, HandlerTable handlers) {
    SimulatedProcess its = process;
    network.listen(host(), port, end -> new ServedConnection(its, end, listener, handlers));
  }

  private void close(int port) {
    network.listen(host(), port, null);
  }

  /** It dies before one of the next steps that change something on its disk. */
  void killInWriting(int steps) {
    timeline.note(host() + " will die in writing");
    disk.killBefore(disk.steps() + steps);
  }

  /**
   * Looks at what its process has done since the last time, and whether it has died of it.
   *
   * @return whether it has done something, and lives
   */
  boolean look() {
    if (!isUp() || process.acts() == actsLookedAt) {
      return false;
    }
    actsLookedAt = process.acts();
    if (disk.isKilled()) {
      crash();
      return false;
    }
    return true;
  }

  /** The process is gone at once; what it wrote is there. */
  public void crash() {
    timeline.note(host() + " crashes");
    gone(true);
    quorum.crash(id);
  }

  /** Its process is gone, and a bit of something on its disk that can be spared is another one. */
  void rot(Random random) {
    gone(false);
    quorum.crash(id);
    noteWrongBit(wrongBits.flipWhatCanBeSpared(disk, random));
  }

  /** Its process is gone, and a bit of records that were on its disk is another one. */
  void rotForced(Random random) {
    gone(false);
    quorum.crash(id);
    noteWrongBit(wrongBits.flipForced(disk, random));
  }

  private void noteWrongBit(Path file) {
    if (file != null) {
      timeline.note(host() + " has a wrong bit in " + file);
    }
  }

  /** What has become of its bits. */
  WrongBits wrongBits() {
    return wrongBits;
  }

  /** Somebody has read which replica is spoilt, and takes it away; its process is started anew. */
  void replaceSpoiltReplica() {
    Path replica = wrongBits.spoiltReplica();
    if (replica == null) {
      return;
    }
    timeline.note(host() + " starts without " + replica);
    if (isUp()) {
      gone(false);
      quorum.crash(id);
    }
    disk.forget(replica);
    wrongBits.replaced();
    start();
  }

  /** The machine is without power: of what was not forced, a part is lost. */
  public void losePower() {
    timeline.note(host() + " loses power");
    gone(false);
    quorum.crash(id);
    disk.losePower(timeline.random());
  }

  /** It comes back with an empty disk for its logs. */
  public void loseDisk() {
    timeline.note(host() + " loses its disk");
    gone(false);
    quorum.crash(id);
    disk = new MemoryFileSystem();
    isFull = false;
    lacksRoom = false;
    wrongBits.replaced();
  }

  private void gone(boolean isAllThere) {
    onEnd.onEnd(node, isAllThere);
    process.end();
    disk.revive();
    serving = false;
    stopping = false;
    close(SimulatedCluster.BROKER_PORT);
    close(SimulatedCluster.CONTROLLER_PORT);
    network.breakAll(host());
  }

  /** As under SIGSTOP. */
  public void pause() {
    timeline.note(host() + " is paused");
    process.pause();
  }

  public void resume() {
    timeline.note(host() + " goes on");
    process.resume();
  }

  /** Stops in order; takes a while. */
  public void stop() {
    timeline.note(host() + " is to stop");
    stopping = true;
    actsLookedAt = NOT_YET;
    SimulatedProcess its = process;
    var _ =
        node.stop(() -> close(SimulatedCluster.BROKER_PORT))
            .whenComplete(
                (_, failure) -> {
                  if (!its.isAlive() || disk.isKilled()) {
                    return;
                  }
                  if (failure != null) {
                    timeline.fail(new AssertionError(host() + " did not stop", failure));
                  } else {
                    timeline.note(host() + " has stopped");
                    gone(true);
                  }
                });
  }
}
