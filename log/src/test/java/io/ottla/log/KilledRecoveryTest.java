package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Recovery killed before each change it makes to the disk, with and without a loss of power: the
 * next one comes to the same end.
 */
class KilledRecoveryTest {

  private static final Path ROOT = Path.of("/memory");
  private static final LogConfig CONFIG =
      LogConfig.defaults().withSegmentBytes(700).withIndex(120, 240).withFileDeleteDelayMs(0);

  /** The process is gone. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void comesToTheSameEndWheneverItIsKilled() throws IOException {
    List<byte[]> expected = null;
    int changes = Integer.MAX_VALUE;
    for (int killAt = -1; killAt < changes; killAt++) {
      for (boolean powerLost : new boolean[] {false, true}) {
        MemoryFileSystem disk = new MemoryFileSystem();
        long forced = makeTorn(disk);
        MortalFileSystem mortal = new MortalFileSystem(disk, killAt);
        try {
          LogFixture first = new LogFixture(ROOT, CONFIG, mortal);
          expected = expected == null ? LogFixture.batches(first.log.view()) : expected;
          changes = mortal.changes;
          first.close();
          assertThat(killAt).isEqualTo(-1);
        } catch (Killed e) {
          // As it should be.
        }
        if (powerLost) {
          disk.losePower(new Random(killAt));
        }
        try (LogFixture second = new LogFixture(ROOT, CONFIG, disk)) {
          String what = "killed before change " + killAt + (powerLost ? ", power lost" : "");
          List<byte[]> found = LogFixture.batches(second.log.view());
          assertThat(second.log.logEndOffset()).as(what).isGreaterThanOrEqualTo(forced);
          if (!powerLost) {
            assertThat(found).as(what).hasSameSizeAs(expected);
          }
          for (int i = 0; i < found.size(); i++) {
            assertThat(found.get(i)).as(what).isEqualTo(expected.get(i));
          }
          second.append(1);
        }
      }
    }
    assertThat(changes).isGreaterThan(20);
  }

  /** A log of several segments, killed; the last one is torn. Returns up to where it is forced. */
  private static long makeTorn(MemoryFileSystem disk) throws IOException {
    LogFixture fixture = new LogFixture(ROOT, CONFIG, disk);
    fixture.directory.checkpointRecoveryPoints();
    for (int i = 0; i < 40; i++) {
      fixture.leaderEpoch = i / 9;
      fixture.append(
          i % 3 == 0
              ? TestBatches.idempotent(4, 0, i / 3, 1, fixture.nowMs + i)
              : TestBatches.records(fixture.nowMs + i, 1));
      if (i == 12) {
        LogFlusherTest.force(fixture.log);
        fixture.directory.checkpointRecoveryPoints();
      }
    }
    long forced = fixture.log.recoveryPoint();
    Path last = fixture.log.view().segments().active().path(SegmentFiles.LOG);
    fixture.crash();
    byte[] content = disk.readAll(last);
    disk.writeAll(last, Arrays.copyOf(content, content.length - 7), false);
    return forced;
  }

  /** Dies before a change. */
  private static final class MortalFileSystem implements LogFileSystem {
    private final LogFileSystem disk;
    private final int killAt;
    private int changes;

    MortalFileSystem(LogFileSystem disk, int killAt) {
      this.disk = disk;
      this.killAt = killAt;
    }

    private void change() {
      if (changes++ == killAt) {
        throw new Killed();
      }
    }

    @Override
    public LogFile open(Path file) throws IOException {
      if (!disk.exists(file)) {
        change();
      }
      return new MortalFile(disk.open(file));
    }

    @Override
    public LogFile openExisting(Path file) throws IOException {
      return new MortalFile(disk.openExisting(file));
    }

    @Override
    public boolean exists(Path path) throws IOException {
      return disk.exists(path);
    }

    @Override
    public long sizeInBytes(Path file) throws IOException {
      return disk.sizeInBytes(file);
    }

    @Override
    public long lastModifiedMs(Path file) throws IOException {
      return disk.lastModifiedMs(file);
    }

    @Override
    public void lastModified(Path file, long timestampMs) throws IOException {
      disk.lastModified(file, timestampMs);
    }

    @Override
    public byte[] readAll(Path file) throws IOException {
      return disk.readAll(file);
    }

    @Override
    public void writeAll(Path file, byte[] bytes, boolean force) throws IOException {
      change();
      disk.writeAll(file, bytes, force);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
      return disk.list(directory);
    }

    @Override
    public boolean isDirectory(Path path) throws IOException {
      return disk.isDirectory(path);
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
      disk.createDirectory(directory);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      change();
      disk.rename(from, to);
    }

    @Override
    public boolean deleteIfExists(Path path) throws IOException {
      if (disk.exists(path)) {
        change();
      }
      return disk.deleteIfExists(path);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
      change();
      disk.forceDirectory(directory);
    }

    @Override
    public long usableBytes(Path path) throws IOException {
      return disk.usableBytes(path);
    }

    @Override
    public AutoCloseable tryLock(Path file) throws IOException {
      return disk.tryLock(file);
    }

    private final class MortalFile implements LogFile {
      private final LogFile file;

      MortalFile(LogFile file) {
        this.file = file;
      }

      @Override
      public long sizeInBytes() throws IOException {
        return file.sizeInBytes();
      }

      @Override
      public int write(ByteBuffer bytes) throws IOException {
        change();
        return file.write(bytes);
      }

      @Override
      public long write(ByteBuffer[] bytes) throws IOException {
        change();
        return file.write(bytes);
      }

      @Override
      public void appendAt(long position) throws IOException {
        file.appendAt(position);
      }

      @Override
      public int read(ByteBuffer into, long position) throws IOException {
        return file.read(into, position);
      }

      @Override
      public void truncate(long sizeInBytes) throws IOException {
        change();
        file.truncate(sizeInBytes);
      }

      @Override
      public void extend(long sizeInBytes) throws IOException {
        change();
        file.extend(sizeInBytes);
      }

      @Override
      public void force() throws IOException {
        change();
        file.force();
      }

      @Override
      public MemorySegment map(long sizeInBytes, Arena arena) throws IOException {
        change();
        return file.map(sizeInBytes, arena);
      }

      @Override
      public FileChannel fileChannel() {
        return file.fileChannel();
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    }
  }
}
