package io.ottla.replication;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.log.AppendOrigin;
import io.ottla.log.AppendResult;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogFlusher;
import io.ottla.log.LogSlice;
import io.ottla.log.LogView;
import io.ottla.log.MemoryFileSystem;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.AlterPartitionRequest;
import io.ottla.wire.message.AlterPartitionResponse;
import io.ottla.wire.message.AssignReplicasToDirsRequest;
import io.ottla.wire.message.AssignReplicasToDirsResponse;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import io.ottla.wire.message.ListOffsetsRequest;
import io.ottla.wire.message.ListOffsetsResponse;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A broker of the production's classes on shards turned by hand and a disk in memory. */
final class TestBroker {

  private final int id;
  private final TestCluster cluster;
  private final MemoryFileSystem disk = new MemoryFileSystem();
  private List<ManualShard> shards = List.of();
  private final List<LogDirectory> opened = new ArrayList<>();
  private LogDirectories directories;

  /** How many log directories it is started with; those from this on cannot be opened. */
  int directoryCount = 1;

  int unusableFrom = Integer.MAX_VALUE;

  /** How many bytes a step copies of a replica that is moved to another directory. */
  int moveBytes = 300;

  /** Whether replicas are moved now. */
  boolean moves = true;

  private Partitions partitions;
  private ReplicaHost host;
  private TestFetchServer server;
  private MetadataImage known;
  private long epoch = -1;
  private int life;
  private boolean up;

  /** Whether it does not run, as under SIGSTOP. */
  boolean paused;

  TestBroker(int id, TestCluster cluster) {
    this.id = id;
    this.cluster = cluster;
  }

  int id() {
    return id;
  }

  boolean isUp() {
    return up;
  }

  long epoch() {
    return epoch;
  }

  Partitions partitions() {
    return partitions;
  }

  /**
   * Starts it, registered and not fenced.
   *
   * @param clean whether the controller is told that nothing was lost
   */
  void start(boolean clean) {
    life++;
    up = true;
    paused = false;
    shards =
        List.of(new ManualShard(0, 1000, cluster.clock), new ManualShard(1, 1000, cluster.clock));
    opened.clear();
    List<LogDirectories.Place> places = new ArrayList<>();
    List<Path> unusable = new ArrayList<>();
    for (int i = 0; i < directoryCount; i++) {
      if (i >= unusableFrom) {
        unusable.add(path(i));
        continue;
      }
      LogDirectory directory = LogDirectory.open(disk, path(i));
      opened.add(directory);
      places.add(
          new LogDirectories.Place(
              directory,
              new LogFlusher(Runnable::run, cluster.clock::wallMs),
              new Uuid(1, 1000 + 10 * id + i)));
    }
    directories = new LogDirectories(places, unusable, 1);
    partitions = new Partitions();
    server = new TestFetchServer(partitions, cluster.clock);
    int its = life;
    known = MetadataImage.empty("test");
    host =
        new ReplicaHost(
            new LocalNode(id, () -> epoch, () -> true),
            partitions,
            directories,
            new ShardMap(shards),
            (_, _) -> cluster.settings,
            Runnable::run,
            action -> cluster.network.after(0, () -> runIf(its, action)),
            cluster.clock,
            cluster.config,
            new Peers(this::connect, this::propose, this::report));
    host.moves().stepBytes(moveBytes);
    epoch = cluster.controller.register(id, clean);
    if (unusableFrom < directoryCount) {
      learn();
      // What is lost is known before it may lead.
      CompletableFuture<Void> reported = host.reported();
      cluster.until(reported::isDone);
    }
    cluster.controller.unfence(id);
    learn();
  }

  /** Wants a replica in another directory. */
  void move(int number, int directory) {
    host.moves().move(partition(number), directories.all().get(directory));
  }

  /** Goes on with moves; false if there is nothing to do. */
  boolean moveOn() {
    return host.moves().step(_ -> {});
  }

  boolean isMoving() {
    return !host.moves().isIdle();
  }

  /** What is in a directory. */
  List<String> names(int directory) {
    return disk.list(path(directory));
  }

  private void runIf(int its, Runnable action) {
    if (up && life == its) {
      action.run();
    }
  }

  static Path path(int directory) {
    return Path.of(directory == 0 ? "/logs" : "/logs" + directory);
  }

  MemoryFileSystem disk() {
    return disk;
  }

  LogDirectories logDirectories() {
    return directories;
  }

  /** The number of the directory that a partition is in. */
  int directoryOf(int number) {
    return opened.indexOf(directories.whereIs(partition(number).log()).directory());
  }

  /** Stops in order. */
  void stop() {
    host.close();
    turn();
    opened.forEach(directory -> directory.closeCleanly(epoch));
    up = false;
  }

  /** Is gone at once; of what was not forced, a part may be lost. */
  void crash(Random lossOrNull) {
    up = false;
    opened.forEach(LogDirectory::close);
    if (lossOrNull != null) {
      disk.losePower(lossOrNull);
    }
  }

  /** Takes over the controller's newest image. */
  void learn() {
    if (up && !paused && known != cluster.controller.image()) {
      MetadataImage newest = cluster.controller.image();
      MetadataImage before = known;
      known = newest;
      host.publish(newest, newest.deltasFrom(before));
    }
  }

  boolean turn() {
    int ran = 0;
    if (up && !paused) {
      for (ManualShard shard : shards) {
        ran += shard.turn();
      }
      if (moves && moveOn()) {
        ran++;
      }
      server.look();
    }
    return ran > 0;
  }

  Partition partition(int number) {
    return partitions.get(cluster.controller.topicId(), number);
  }

  List<String> directories() {
    return disk.list(Path.of("/logs"));
  }

  void checkpoint() {
    for (LogDirectory directory : opened) {
      directory.checkpointHighWatermarks();
      directory.checkpointRecoveryPoints();
    }
  }

  /** Appends one record; the listener is told when it is committed. */
  AppendResult append(int number, String value, CommitListener listener) {
    return append(number, TestCluster.batch(value), listener);
  }

  AppendResult append(int number, ByteBuf batch, CommitListener listener) {
    Partition partition = partition(number);
    AppendResult result = partition.append(batch, AppendOrigin.CLIENT, (short) -1);
    partition.whenCommitted(result.lastOffset() + 1, 5_000, listener);
    return result;
  }

  /** What is in a log below an offset: one line for each batch. */
  List<String> lines(int number, long upTo) {
    LogView view = partition(number).view();
    List<String> lines = new ArrayList<>();
    long at = view.logStartOffset();
    RecordBatch batch = new RecordBatch();
    while (at < upTo) {
      LogSlice slice = view.read(at, 1 << 20, true, upTo);
      if (slice.isEmpty()) {
        break;
      }
      ByteBuf bytes = Unpooled.buffer();
      try {
        slice.copyTo(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        slice.release();
      }
      for (int position = 0; position < bytes.writerIndex(); position += batch.sizeInBytes()) {
        batch.wrap(bytes, position);
        lines.add(
            batch.baseOffset()
                + "-"
                + batch.lastOffset()
                + " epoch "
                + batch.partitionLeaderEpoch()
                + " crc "
                + Integer.toHexString(batch.crc())
                + " "
                + TestCluster.valueOf(batch));
        at = batch.nextOffset();
      }
    }
    return lines;
  }

  private LeaderConnection connect(int leaderId, String host, int port, int fetcherId) {
    int its = life;
    return new LeaderConnection() {
      @Override
      public CompletableFuture<PeerAnswer<FetchResponse>> fetch(FetchRequest request) {
        return ask(leaderId, its, (server, answer) -> server.fetch(request, answer));
      }

      @Override
      public CompletableFuture<PeerAnswer<ListOffsetsResponse>> listOffsets(
          ListOffsetsRequest request) {
        return ask(leaderId, its, (server, answer) -> answer.accept(server.listOffsets(request)));
      }

      @Override
      public void close() {}
    };
  }

  private interface Question<R> {

    void put(TestFetchServer server, Consumer<R> answer);
  }

  private <R> CompletableFuture<PeerAnswer<R>> ask(int leaderId, int its, Question<R> question) {
    CompletableFuture<PeerAnswer<R>> future = new CompletableFuture<>();
    Runnable lost =
        () -> future.completeExceptionally(new IllegalStateException("connection lost"));
    // Who is paused or gone never answers; the connection is given up after a while.
    cluster.network.after(2_000, lost);
    TestBroker leader = cluster.broker(leaderId);
    int leadersLife = leader.life;
    cluster.network.send(
        id,
        leaderId,
        () ->
            cluster.whenRunning(
                leader,
                leadersLife,
                () ->
                    question.put(
                        leader.server,
                        answer ->
                            cluster.network.send(
                                leaderId,
                                id,
                                () ->
                                    cluster.whenRunning(
                                        this,
                                        its,
                                        () -> future.complete(new PeerAnswer<>(answer, () -> {})),
                                        () -> {}),
                                lost)),
                lost),
        lost);
    return future;
  }

  private CompletableFuture<AlterPartitionResponse> propose(AlterPartitionRequest request) {
    CompletableFuture<AlterPartitionResponse> future = new CompletableFuture<>();
    int its = life;
    Runnable lost = () -> future.completeExceptionally(new IllegalStateException("timed out"));
    cluster.network.send(
        id,
        TestNetwork.CONTROLLER,
        () -> {
          var answer = cluster.controller.alter(request);
          cluster.network.send(
              TestNetwork.CONTROLLER,
              id,
              () -> cluster.whenRunning(this, its, () -> future.complete(answer), () -> {}),
              lost);
        },
        lost);
    return future;
  }

  private CompletableFuture<AssignReplicasToDirsResponse> report(
      AssignReplicasToDirsRequest request) {
    CompletableFuture<AssignReplicasToDirsResponse> future = new CompletableFuture<>();
    int its = life;
    Runnable lost = () -> future.completeExceptionally(new IllegalStateException("timed out"));
    cluster.network.send(
        id,
        TestNetwork.CONTROLLER,
        () -> {
          var answer = cluster.controller.assignReplicas(request);
          cluster.network.send(
              TestNetwork.CONTROLLER,
              id,
              () -> cluster.whenRunning(this, its, () -> future.complete(answer), () -> {}),
              lost);
        },
        lost);
    return future;
  }

  int life() {
    return life;
  }
}
