package io.ottla.compat.connect;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/**
 * A connector each of whose tasks counts from the number its offset says, into the topic {@code
 * topic}: {@code 0:1, 0:2, ...}, so many {@code at.once} after each {@code pause.ms}; with {@code
 * own.partitions}, into the partition with the task's number. It is fit for exactly once: what is
 * counted depends on the offset alone.
 */
public final class CountingSource extends SourceConnector {
  private Map<String, String> config;

  @Override
  public void start(Map<String, String> properties) {
    config = properties;
  }

  @Override
  public Class<? extends Task> taskClass() {
    return CountingTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return IntStream.range(0, maxTasks)
        .mapToObj(
            task -> {
              Map<String, String> one = new HashMap<>(config);
              one.put("task.number", Integer.toString(task));
              return one;
            })
        .toList();
  }

  @Override
  public void stop() {}

  @Override
  public ConfigDef config() {
    return new ConfigDef()
        .define("topic", ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "Where to count to.")
        .define("at.once", ConfigDef.Type.INT, 5, ConfigDef.Importance.LOW, "Numbers in a poll.")
        .define("pause.ms", ConfigDef.Type.INT, 100, ConfigDef.Importance.LOW, "Before a poll.")
        .define(
            "own.partitions",
            ConfigDef.Type.BOOLEAN,
            false,
            ConfigDef.Importance.LOW,
            "A partition for each task.");
  }

  @Override
  public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> properties) {
    return ExactlyOnceSupport.SUPPORTED;
  }

  @Override
  public String version() {
    return "1";
  }

  /** Counts. */
  public static final class CountingTask extends SourceTask {
    private Map<String, String> partition;
    private String topic;
    private Integer ownPartition;
    private int atOnce;
    private Duration pause;
    private long next;

    @Override
    public String version() {
      return "1";
    }

    @Override
    public void start(Map<String, String> properties) {
      topic = properties.get("topic");
      String task = properties.get("task.number");
      boolean isOwn = Boolean.parseBoolean(properties.get("own.partitions"));
      ownPartition = isOwn ? Integer.valueOf(task) : null;
      atOnce = Integer.parseInt(properties.getOrDefault("at.once", "5"));
      pause = Duration.ofMillis(Long.parseLong(properties.getOrDefault("pause.ms", "100")));
      partition = Map.of("task", task);
      Map<String, Object> offset = context.offsetStorageReader().offset(partition);
      next = offset == null ? 1 : (long) offset.get("count") + 1;
    }

    @Override
    public List<SourceRecord> poll() {
      LockSupport.parkNanos(pause.toNanos());
      List<SourceRecord> records = new ArrayList<>();
      for (int i = 0; i < atOnce; i++) {
        String value = partition.get("task") + ":" + next;
        Map<String, Long> offset = Map.of("count", next++);
        records.add(
            new SourceRecord(
                partition, offset, topic, ownPartition, null, null, Schema.STRING_SCHEMA, value));
      }
      return records;
    }

    @Override
    public void stop() {}
  }
}
