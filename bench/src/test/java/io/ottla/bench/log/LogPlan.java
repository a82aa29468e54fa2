package io.ottla.bench.log;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Map;

/**
 * What one load JVM does with one broker.
 *
 * @param bootstrap where the broker listens
 * @param brokerPids whose CPU time is counted
 * @param steps done one after the other
 */
record LogPlan(String bootstrap, List<Long> brokerPids, List<Step> steps) {

  /** Ample for what is fixed: the start of the JVM, topics, the end. */
  private static final int BASE_SECONDS = 60;

  /** The slowest that records may be written and read, in MB/s; slower than any disk today. */
  private static final int SLOWEST = 20;

  /** The longest that steps which work may take. */
  int limitSeconds() {
    return BASE_SECONDS + steps.stream().mapToInt(Step::limitSeconds).sum();
  }

  /** One thing to do. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
  @JsonSubTypes({
    @JsonSubTypes.Type(Fill.class),
    @JsonSubTypes.Type(ReadAll.class),
    @JsonSubTypes.Type(ReadCompacted.class),
    @JsonSubTypes.Type(TwoSegments.class),
    @JsonSubTypes.Type(Touch.class),
    @JsonSubTypes.Type(Forced.class),
    @JsonSubTypes.Type(Tail.class),
    @JsonSubTypes.Type(ReadHistory.class)
  })
  sealed interface Step {

    /** The longest that it may take. */
    int limitSeconds();
  }

  /**
   * Makes a topic and writes to it as fast as one client with its defaults can. The records are
   * numbered from 0.
   *
   * @param keys so many different ones come in random order; 0 for records without a key
   * @param config of the topic
   */
  record Fill(
      String topic,
      int partitions,
      long records,
      int valueBytes,
      int keys,
      Map<String, String> config)
      implements Step {

    @Override
    public int limitSeconds() {
      return secondsFor(records, valueBytes);
    }
  }

  /** Reads all that a {@link Fill} without keys wrote, and holds it against that. */
  record ReadAll(String topic, int partitions, long records, int valueBytes) implements Step {

    @Override
    public int limitSeconds() {
      return secondsFor(records, valueBytes);
    }
  }

  /**
   * Reads what compaction left of a {@link Fill} with keys to one partition, and holds it against
   * what had to stay and what had to go.
   *
   * @param compactedTo offset below which no record may be left that a later one replaced there
   */
  record ReadCompacted(String topic, long records, int valueBytes, int keys, long compactedTo)
      implements Step {

    @Override
    public int limitSeconds() {
      return secondsFor(records, valueBytes);
    }
  }

  /**
   * Makes topics and writes two records to each partition, the second into a segment of its own.
   */
  record TwoSegments(List<TopicOfMany> topics) implements Step {

    @Override
    public int limitSeconds() {
      return 300;
    }
  }

  /**
   * Writes one more record to each partition of topics, and reads it.
   *
   * @param expectedEnds where the log of each partition has to end before that
   */
  record Touch(List<TopicOfMany> topics, long expectedEnds) implements Step {

    @Override
    public int limitSeconds() {
      return 180;
    }
  }

  /**
   * Producers that each send one record when the one before was acknowledged, to a topic with
   * {@code flush.messages=1}.
   *
   * @param name what the report calls it
   * @param dataDirectory of the broker: the disk whose writes are counted
   */
  record Forced(
      String name,
      String topic,
      int partitions,
      int producers,
      int valueBytes,
      int warmUpSeconds,
      int seconds,
      String dataDirectory)
      implements Step {

    @Override
    public int limitSeconds() {
      return 2 * (warmUpSeconds + seconds) + 120;
    }
  }

  /**
   * Records sent on a schedule that waits for nothing, read by a consumer at once, until it is told
   * to stop.
   *
   * @param directory where it says that it has begun, is told to stop, and leaves what it found
   */
  record Tail(
      String topic,
      int partitions,
      int valueBytes,
      int ratePerSecond,
      int limitSeconds,
      String directory)
      implements Step {}

  /**
   * Reads as {@link ReadAll}.
   *
   * @param windowFile where it leaves from when to when it read
   */
  record ReadHistory(ReadAll history, String windowFile) implements Step {

    @Override
    public int limitSeconds() {
      return history.limitSeconds();
    }
  }

  /** A topic of many. */
  record TopicOfMany(String topic, int partitions) {}

  private static int secondsFor(long records, int valueBytes) {
    return 60 + (int) (records * valueBytes / (SLOWEST * 1_000_000L));
  }
}
