package io.ottla.replication;

import io.ottla.log.DiskFileSystem;
import io.ottla.log.LogConfig;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogFlusher;
import io.ottla.log.PartitionLog;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * The metadata changes the in-sync replicas of a partition that this broker is said to lead, but
 * the broker has fenced itself; a fetch asks what the broker is. All states share one partition.
 */
@JCStressTest
@Description("A broker that has fenced itself is at no moment seen as leader")
@Outcome(id = "false, false", expect = Expect.ACCEPTABLE, desc = "Is not, and was not")
@State
public class RoleRace {

  private static final int SELF = 1;
  private static final NodeIds BOTH = NodeIds.of(SELF, 2);

  /** The partition, and the epoch of its newest state. Only one thread changes it at a time. */
  private static final class Fenced {

    final Partition partition = open();
    private int epoch;

    Fenced() {
      partition.fenceSelf(true);
      change();
    }

    private static Partition open() {
      ManualClock clock = new ManualClock(1_000_000);
      ManualShard shard = new ManualShard(clock);
      TopicPartition name = new TopicPartition("orders", 0);
      LogConfig config = LogConfig.defaults();
      PartitionLog log =
          PartitionLog.open(
              LogDirectory.open(DiskFileSystem.INSTANCE, directory()), name, Uuid.ONE, config, 0);
      ReplicaContext context =
          new ReplicaContext(
              SELF,
              () -> true,
              new KnownBrokers(),
              new IsrChanges(shard, SELF, () -> 1, _ -> new CompletableFuture<>()),
              30_000,
              (_, _) -> {});
      TopicSettings settings =
          new TopicSettings(config, null, 1, ThrottledReplicas.NONE, ThrottledReplicas.NONE);
      LogFlusher flusher = new LogFlusher(_ -> {}, clock::wallMs);
      return new Partition(name, Uuid.ONE, shard, log, flusher, settings, context);
    }

    private static Path directory() {
      try {
        Path directory = Files.createTempDirectory("races");
        directory.toFile().deleteOnExit();
        return directory;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    synchronized void change() {
      epoch++;
      PartitionImage created = PartitionImage.created(BOTH, BOTH);
      partition.become(
          new PartitionImage(
              BOTH,
              epoch % 2 == 0 ? BOTH : NodeIds.of(SELF),
              created.elr(),
              created.lastKnownElr(),
              NodeIds.EMPTY,
              NodeIds.EMPTY,
              NodeIds.EMPTY,
              SELF,
              created.recovery(),
              1,
              epoch));
    }
  }

  private static final Fenced FENCED = new Fenced();

  @Actor
  public void hearsOfTheMetadata() {
    FENCED.change();
  }

  @Actor
  public void fetches(ZZ_Result result) {
    result.r1 = FENCED.partition.role().isLeader();
    result.r2 = FENCED.partition.role().isLeader();
  }
}
