package io.ottla.metadata.quorum;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;

/** Reads the configuration Ratis keeps beside its log, before Ratis is started. */
final class StoredVoters {

  private static final String FILE_NAME = "raft-meta.conf";

  private StoredVoters() {}

  /**
   * How many voters the newest configuration applied has; 0 when that is not known. May lag behind
   * the log, and damage is for Ratis to judge: this only tunes.
   */
  static int count(Path voteDirectory) throws IOException {
    try (InputStream in = Files.newInputStream(voteDirectory.resolve(FILE_NAME))) {
      return LogEntryProto.parseFrom(in).getConfigurationEntry().getPeersCount();
    } catch (NoSuchFileException | InvalidProtocolBufferException e) {
      return 0;
    }
  }
}
