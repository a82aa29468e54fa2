package io.ottla.metadata.takeover;

import io.netty.buffer.ByteBuf;
import io.ottla.metadata.codec.CodecException;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.wire.MalformedMessageException;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.message.KRaftVersionRecord;
import io.ottla.wire.message.VotersRecord;
import io.ottla.wire.record.ControlRecordType;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.InvalidRecordException;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of Kafka's metadata log. Reads the newest snapshot and the log behind it; one batch
 * is in memory at a time.
 *
 * <pre>
 *  __cluster_metadata-0/
 *    00000000000000000000.log                        segments, of batches
 *    00000000000000004711-0000000003.checkpoint      a snapshot: all records below offset 4711
 *    quorum-state                                    who votes, as JSON
 * </pre>
 *
 * <p>Of a quorum of one, all that is in the log is committed, up to a torn end: what lies there was
 * never acknowledged.
 */
final class KafkaMetadataLog {

  private static final Logger LOG = LoggerFactory.getLogger(KafkaMetadataLog.class);

  private static final String QUORUM_STATE = "quorum-state";
  private static final Pattern SEGMENT = Pattern.compile("(\\d{20})\\.log");
  private static final Pattern SNAPSHOT = Pattern.compile("(\\d{20})-(\\d{10})\\.checkpoint");
  private static final Pattern VOTER = Pattern.compile("\"voterId\"\\s*:\\s*(\\d+)");
  private static final DecompressionLimits LIMITS = DecompressionLimits.ofBatch(1L << 30);

  private final Path directory;
  private final Replay replay = new Replay();
  private long endOffset;
  private int epoch;
  private boolean empty = true;
  private boolean votersInLog;

  private KafkaMetadataLog(Path directory) {
    this.directory = directory;
  }

  /**
   * Reads all that Kafka wrote.
   *
   * @return nothing where Kafka never ran: no directory, or one that was merely formatted
   * @throws QuorumException if the log cannot be read, or not be understood
   */
  static Optional<KafkaMetadata> read(Path directory) {
    KafkaMetadataLog log = new KafkaMetadataLog(directory);
    try {
      return Files.isDirectory(directory) ? log.read() : Optional.empty();
    } catch (MalformedMessageException
        | InvalidRecordException
        | CodecException
        | IllegalArgumentException e) {
      throw new QuorumException(
          "Kafka's metadata in "
              + directory
              + " is not understood: "
              + e.getMessage()
              + ". Ottla takes over what Kafka 4.3 and older wrote; nothing was changed",
          e);
    } catch (IOException e) {
      throw new QuorumException("Kafka's metadata in " + directory + " cannot be read: " + e, e);
    }
  }

  private Optional<KafkaMetadata> read() throws IOException {
    SortedMap<Long, Path> segments = new TreeMap<>();
    SortedMap<Long, Path> snapshots = new TreeMap<>();
    try (Stream<Path> children = Files.list(directory)) {
      for (Path file : children.toList()) {
        collect(file, SEGMENT, segments);
        collect(file, SNAPSHOT, snapshots);
      }
    }
    if (!snapshots.isEmpty()) {
      readSnapshot(snapshots.get(snapshots.lastKey()), snapshots.lastKey());
    }
    readSegments(segments);
    if (empty) {
      return Optional.empty();
    }
    readQuorumState();
    return Optional.of(replay.end(endOffset, epoch));
  }

  private static void collect(Path file, Pattern pattern, SortedMap<Long, Path> to) {
    Matcher matcher = pattern.matcher(file.getFileName().toString());
    if (matcher.matches()) {
      to.put(Long.parseLong(matcher.group(1)), file);
    }
  }

  private void readSnapshot(Path file, long offset) throws IOException {
    Matcher name = SNAPSHOT.matcher(file.getFileName().toString());
    boolean complete = false;
    try (BatchFile batches = new BatchFile(file);
        RecordReader records = new RecordReader()) {
      for (RecordBatch batch = batches.next(); batch != null; batch = batches.next()) {
        complete |= take(batch, records, Long.MIN_VALUE);
      }
      if (!complete) {
        throw damaged(batches.flaw() == null ? file + " has no end" : batches.flaw());
      }
    }
    endOffset = offset;
    epoch = name.matches() ? Integer.parseInt(name.group(2)) : 0;
  }

  private void readSegments(SortedMap<Long, Path> segments) throws IOException {
    List<Long> bases = List.copyOf(segments.keySet());
    long snapshotEnd = endOffset;
    for (int i = 0; i < bases.size(); i++) {
      boolean last = i == bases.size() - 1;
      if (!last && bases.get(i + 1) <= snapshotEnd) {
        continue;
      }
      if (bases.get(i) > endOffset) {
        throw damaged(
            "the records from offset " + endOffset + " to " + bases.get(i) + " are missing");
      }
      try (BatchFile batches = new BatchFile(segments.get(bases.get(i)));
          RecordReader records = new RecordReader()) {
        for (RecordBatch batch = batches.next(); batch != null; batch = batches.next()) {
          if (batch.nextOffset() > endOffset) {
            boolean _ = take(batch, records, endOffset);
            endOffset = batch.nextOffset();
            epoch = batch.partitionLeaderEpoch();
          }
        }
        if (batches.flaw() != null && !last) {
          throw damaged(batches.flaw());
        }
        if (batches.flaw() != null) {
          LOG.warn(
              "Kafka's metadata log ends in the middle of a write, as after a crash, and counts up"
                  + " to offset {}: {}",
              endOffset,
              batches.flaw());
        }
      }
    }
  }

  private QuorumException damaged(String what) {
    return new QuorumException(
        "Kafka's metadata in "
            + directory
            + " is damaged: "
            + what
            + ". Restore it from a copy; nothing was changed");
  }

  /** Takes the records from an offset on; returns whether a snapshot's end was among them. */
  private boolean take(RecordBatch batch, RecordReader records, long from) {
    boolean end = false;
    records.open(batch, LIMITS);
    while (records.next()) {
      if (records.offset() < from) {
        continue;
      }
      if (batch.isControl()) {
        end |= takeControl(ControlRecordType.parse(records.key()), records.value());
      } else {
        replay.take(KafkaRecord.read(records.value()));
        empty = false;
      }
    }
    return end;
  }

  private boolean takeControl(ControlRecordType type, ByteBuf value) {
    switch (type) {
      case KRAFT_VERSION -> {
        KRaftVersionRecord version = new KRaftVersionRecord();
        version.read(new ProtocolReader(value), (short) 0);
        replay.feature("kraft.version", version.kRaftVersion());
      }
      case KRAFT_VOTERS -> {
        VotersRecord voters = new VotersRecord();
        voters.read(new ProtocolReader(value), (short) 0);
        replay.voters(voters.voters().stream().map(VotersRecord.Voter::voterId).toList());
        votersInLog = true;
      }
      default -> {}
    }
    return type == ControlRecordType.SNAPSHOT_FOOTER;
  }

  private void readQuorumState() throws IOException {
    Path file = directory.resolve(QUORUM_STATE);
    if (!votersInLog && Files.exists(file)) {
      replay.voters(
          VOTER
              .matcher(Files.readString(file))
              .results()
              .map(voter -> Integer.valueOf(voter.group(1)))
              .toList());
    }
  }
}
