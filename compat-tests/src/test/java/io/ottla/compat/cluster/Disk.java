package io.ottla.compat.cluster;

import io.ottla.compat.broker.Script;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What can be done to the disk of a node from outside. */
public final class Disk {
  private static final String BALLAST = "ballast";
  private static final int BLOCK_BYTES = 64 * 1024;

  private Disk() {}

  /** A small disk of its own, where the system lets us mount one, which takes root on Linux. */
  public static Optional<Path> mountSmall(int megabytes) {
    try {
      Path directory = Files.createTempDirectory("disk ");
      Script.Result mounted =
          Script.run(
              directory,
              Map.of(),
              "mount",
              "-t",
              "tmpfs",
              "-o",
              "size=" + megabytes + "m",
              "tmpfs",
              directory.toString());
      if (mounted.exitCode() != 0) {
        Files.delete(directory);
        return Optional.empty();
      }
      return Optional.of(directory);
    } catch (IOException | InterruptedException notHere) {
      return Optional.empty();
    }
  }

  /** A disk with a file system that can break down, where the system lets us mount one. */
  public static Optional<Path> mountFragile(int megabytes) {
    try {
      Path directory = Files.createTempDirectory("fragile disk ");
      Path image = imageOf(directory);
      try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
        file.setLength(megabytes * 1024L * 1024);
      }
      if (Files.isExecutable(Path.of("/usr/sbin/mkfs.ext4"))
          && Script.run(directory, Map.of(), "/usr/sbin/mkfs.ext4", "-q", image.toString())
                  .exitCode()
              == 0
          && mountImage(directory).exitCode() == 0) {
        if (Files.exists(breaker(directory))) {
          return Optional.of(directory);
        }
        Script.run(Path.of("/"), Map.of(), "umount", directory.toString()).expectSuccess();
      }
      Files.delete(directory);
      Files.delete(image);
      return Optional.empty();
    } catch (IOException | InterruptedException notHere) {
      return Optional.empty();
    }
  }

  private static Path imageOf(Path directory) {
    return directory.resolveSibling(directory.getFileName() + ".image");
  }

  private static Script.Result mountImage(Path directory) throws IOException, InterruptedException {
    return Script.run(
        Path.of("/"),
        Map.of(),
        "mount",
        "-o",
        "loop,errors=remount-ro",
        imageOf(directory).toString(),
        directory.toString());
  }

  /** What makes the kernel find an error in the file system. */
  private static Path breaker(Path directory) throws IOException {
    String device = Path.of(Files.getFileStore(directory).name()).getFileName().toString();
    return Path.of("/sys/fs/ext4", device, "trigger_fs_error");
  }

  /** The file system has an error: from now on it can only be read, also what is open already. */
  public static void breakDown(Path directory) throws IOException {
    Files.writeString(breaker(directory), "broken by a test");
  }

  /** Mends what {@link #breakDown} broke; nobody may use the disk meanwhile. */
  public static void repair(Path directory) throws IOException, InterruptedException {
    Script.run(Path.of("/"), Map.of(), "umount", directory.toString()).expectSuccess();
    // Says 1 when it has mended something.
    Script.run(Path.of("/"), Map.of(), "/usr/sbin/e2fsck", "-fy", imageOf(directory).toString());
    mountImage(directory).expectSuccess();
  }

  /** Takes away what {@link #mountFragile} mounted. */
  public static void unmountFragile(Path directory) throws IOException, InterruptedException {
    unmount(directory);
    Files.delete(imageOf(directory));
  }

  /** Takes a mounted disk away. */
  public static void unmount(Path directory) throws IOException, InterruptedException {
    Script.run(directory.getParent(), Map.of(), "umount", directory.toString()).expectSuccess();
    Files.delete(directory);
  }

  /** Fills a disk up, all but so many bytes. */
  public static void fill(Path directory, long leftBytes) throws IOException {
    FileStore store = Files.getFileStore(directory);
    try (FileChannel ballast =
        FileChannel.open(
            directory.resolve(BALLAST), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (store.getUsableSpace() > leftBytes) {
        long block = Math.min(BLOCK_BYTES, store.getUsableSpace() - leftBytes);
        ballast.write(ByteBuffer.allocate((int) Math.max(1, block)));
      }
    }
  }

  public static long usableBytes(Path directory) throws IOException {
    return Files.getFileStore(directory).getUsableSpace();
  }

  /** Gives the space back that {@link #fill} took. */
  public static void free(Path directory) throws IOException {
    Files.deleteIfExists(directory.resolve(BALLAST));
  }

  /**
   * From now on every write of a process beyond so many bytes of a file fails, as on a disk that
   * does not take them; -1 ends that. Needs the tool prlimit, which Linux has.
   */
  public static boolean failWritesBeyond(long bytes, long pid) throws Exception {
    if (!Files.isExecutable(Path.of("/usr/bin/prlimit"))) {
      return false;
    }
    Script.run(
            Path.of("/"),
            Map.of(),
            "/usr/bin/prlimit",
            "--pid",
            Long.toString(pid),
            "--fsize=" + (bytes < 0 ? "unlimited" : bytes + ":unlimited"))
        .expectSuccess();
    return true;
  }

  /** Cuts the last bytes off a replica's log, over as many segments as it takes. */
  public static void loseTheLast(long bytes, Path replica) throws IOException {
    long left = bytes;
    List<Path> segments = ReplicaFiles.segments(replica);
    for (Path segment : segments.reversed()) {
      long cut = Math.min(left, Files.size(segment));
      try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
        file.setLength(file.length() - cut);
      }
      left -= cut;
    }
    if (left > 0) {
      throw new IOException("There were %d bytes less than that in %s".formatted(left, replica));
    }
  }
}
