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
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/**
 * A connector each of whose tasks counts from the number its offset says, into the topic {@code
 * topic}: {@code 0:1, 0:2, ...}.
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
        .define("topic", ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "Where to count to.");
  }

  @Override
  public String version() {
    return "1";
  }

  /** Counts. */
  public static final class CountingTask extends SourceTask {
    private Map<String, String> partition;
    private String topic;
    private long next;

    @Override
    public String version() {
      return "1";
    }

    @Override
    public void start(Map<String, String> properties) {
      topic = properties.get("topic");
      partition = Map.of("task", properties.get("task.number"));
      Map<String, Object> offset = context.offsetStorageReader().offset(partition);
      next = offset == null ? 1 : (long) offset.get("count") + 1;
    }

    @Override
    public List<SourceRecord> poll() {
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
      List<SourceRecord> records = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        String value = partition.get("task") + ":" + next;
        Map<String, Long> offset = Map.of("count", next++);
        records.add(
            new SourceRecord(
                partition, offset, topic, null, null, null, Schema.STRING_SCHEMA, value));
      }
      return records;
    }

    @Override
    public void stop() {}
  }
}
