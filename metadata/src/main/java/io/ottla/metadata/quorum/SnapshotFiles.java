package io.ottla.metadata.quorum;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.util.HexFormat;
import java.util.Set;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.MD5FileUtil;

/**
 * The snapshot files of one node, named and summed as Ratis wants them. A snapshot is complete when
 * it has its final name: content, forced; MD5 file, forced; rename; directory, forced. Whatever a
 * crash leaves before that is ignored and overwritten.
 *
 * <p>Applying thread only. Files are readable by their owner alone: metadata holds credentials.
 */
final class SnapshotFiles {

  /** Writes or reads the content. */
  @FunctionalInterface
  interface Content<S> {
    void transfer(S stream) throws IOException;
  }

  private static final String OWNER_ONLY = "rw-------";

  private static final Set<StandardOpenOption> TO_WRITE =
      Set.of(
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE);

  private final SimpleStateMachineStorage storage;

  SnapshotFiles(SimpleStateMachineStorage storage) {
    this.storage = storage;
  }

  /** Writes a snapshot of the state at a place in the log. */
  void write(TermIndex at, Content<OutputStream> content) throws IOException {
    Path file = storage.getSnapshotFile(at.getTerm(), at.getIndex()).toPath();
    Path directory = file.getParent();
    Path temporary = directory.resolve(file.getFileName() + ".tmp");
    MD5Hash sum = writeContent(temporary, content);
    writeSum(directory.resolve(file.getFileName() + MD5FileUtil.MD5_SUFFIX), file, sum);
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Directories.force(directory);
    storage.updateLatestSnapshot(
        new SingleFileSnapshotInfo(new FileInfo(file, sum), at.getTerm(), at.getIndex()));
  }

  /**
   * Reads the newest snapshot, if there is any. An older one is no help when the newest is damaged:
   * the log between the two is gone.
   *
   * @return where in the log the state is, or null without a snapshot
   * @throws QuorumException if the newest snapshot is damaged
   */
  TermIndex readNewest(Content<InputStream> content) throws IOException {
    SingleFileSnapshotInfo newest = storage.loadLatestSnapshot();
    if (newest == null) {
      return null;
    }
    Path file = newest.getFile().getPath();
    MD5Hash expected = newest.getFile().getFileDigest();
    if (expected == null || !expected.equals(MD5FileUtil.computeMd5ForFile(file.toFile()))) {
      throw damaged(file, "its MD5 file is missing or does not match", null);
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      content.transfer(in);
    } catch (RuntimeException e) {
      throw damaged(file, e.getMessage(), e);
    }
    return newest.getTermIndex();
  }

  /**
   * Makes durable what Ratis wrote when the leader sent a snapshot, and closes it to others: Ratis
   * forces neither the files nor their names, and the log before the snapshot is gone.
   */
  void secureNewest() throws IOException {
    SingleFileSnapshotInfo newest = storage.loadLatestSnapshot();
    if (newest == null) {
      return;
    }
    Path file = newest.getFile().getPath();
    Path sumFile = file.resolveSibling(file.getFileName() + MD5FileUtil.MD5_SUFFIX);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(OWNER_ONLY));
    for (Path written : new Path[] {file, sumFile}) {
      if (Files.exists(written)) {
        try (FileChannel channel = FileChannel.open(written, StandardOpenOption.WRITE)) {
          channel.force(true);
        }
      }
    }
    Directories.force(file.getParent());
    Directories.force(file.getParent().getParent());
  }

  private static QuorumException damaged(Path file, String why, Throwable cause) {
    return new QuorumException(
        "the metadata snapshot "
            + file
            + " cannot be used: "
            + why
            + ". Restore the metadata directory from a copy, or, with several controllers, from"
            + " another controller",
        cause);
  }

  private static MD5Hash writeContent(Path file, Content<OutputStream> content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            TO_WRITE,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY)))) {
      DigestOutputStream digest =
          new DigestOutputStream(Channels.newOutputStream(channel), MD5FileUtil.newMD5());
      OutputStream out = new BufferedOutputStream(digest, 64 * 1024);
      content.transfer(out);
      out.flush();
      channel.force(true);
      return MD5Hash.newInstance(digest.getMessageDigest().digest());
    }
  }

  private static void writeSum(Path sumFile, Path file, MD5Hash sum) throws IOException {
    byte[] digest = new byte[MD5Hash.MD5_LENGTH];
    sum.getDigest().get(digest);
    String line = HexFormat.of().formatHex(digest) + " *" + file.getFileName() + "\n";
    try (FileChannel channel = FileChannel.open(sumFile, TO_WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }
}
