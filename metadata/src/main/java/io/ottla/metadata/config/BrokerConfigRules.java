package io.ottla.metadata.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Rules between keys of a broker: those that no key can check by itself. Listeners and the quorum
 * have theirs where they are parsed.
 */
public final class BrokerConfigRules {

  private static final long MIN_DEDUPE_BYTES_PER_THREAD = 1024 * 1024;

  private final ConfigValues values;
  private final List<ConfigProblem> problems = new ArrayList<>();

  private BrokerConfigRules(ConfigValues values) {
    this.values = values;
  }

  /** What is wrong with values each of which is fine by itself. */
  public static List<ConfigProblem> problems(ConfigValues values) {
    BrokerConfigRules rules = new BrokerConfigRules(values);
    rules.checkLogs();
    rules.checkReplication();
    rules.checkSockets();
    rules.checkGroups("consumer");
    rules.checkGroups("share");
    rules.checkGroups("streams");
    rules.checkShareGroups();
    rules.checkProtocols();
    return rules.problems;
  }

  private void checkLogs() {
    ConfigValues topic = TopicConfigs.values(Map.of(), values);
    atLeast("log.roll.ms", topic.longValue("segment.ms"), 1);
    atLeast("log.roll.jitter.ms", topic.longValue("segment.jitter.ms"), 0);
    if (topic.longValue("retention.ms") == 0) {
      problem("log.retention.ms", "0", "must be at least 1, or -1 for no limit");
    }
    int cleaners = values.intValue("log.cleaner.threads");
    long dedupeBytes = values.longValue("log.cleaner.dedupe.buffer.size");
    atLeast("log.cleaner.threads", cleaners, 1);
    if (cleaners > 0 && dedupeBytes / cleaners <= MIN_DEDUPE_BYTES_PER_THREAD) {
      problem(
          "log.cleaner.dedupe.buffer.size",
          Long.toString(dedupeBytes),
          "must be more than " + MIN_DEDUPE_BYTES_PER_THREAD + " for each of log.cleaner.threads");
    }
    problems.addAll(TopicConfigs.compactionLagProblems(values, "log.cleaner."));
  }

  private void checkReplication() {
    atMost("replica.fetch.wait.max.ms", "replica.socket.timeout.ms");
    atMost("replica.fetch.wait.max.ms", "replica.lag.time.max.ms");
  }

  private void checkSockets() {
    long queuedBytes = values.longValue("queued.max.request.bytes");
    long maxRequest = values.longValue("socket.request.max.bytes");
    if (queuedBytes > 0 && queuedBytes < maxRequest) {
      problem(
          "queued.max.request.bytes",
          Long.toString(queuedBytes),
          "must be at least socket.request.max.bytes=" + maxRequest + ", or not positive");
    }
    ConnectionOverrides overrides =
        ConnectionOverrides.parse(values.text("max.connections.per.ip.overrides"));
    problems.addAll(overrides.problems());
    if (values.intValue("max.connections.per.ip") == 0
        && overrides.perHost().isEmpty()
        && overrides.problems().isEmpty()) {
      problem(
          "max.connections.per.ip",
          "0",
          "refuses everybody; may be 0 only with max.connections.per.ip.overrides");
    }
    long idleMs = values.longValue("connections.max.idle.ms");
    long delayMs = values.longValue("connection.failed.authentication.delay.ms");
    if (idleMs >= 0 && delayMs >= idleMs) {
      problem(
          "connection.failed.authentication.delay.ms",
          Long.toString(delayMs),
          "must be less than connections.max.idle.ms=" + idleMs);
    }
  }

  private void checkGroups(String kind) {
    String group = "group." + kind + ".";
    within(group, "heartbeat.interval.ms");
    within(group, "session.timeout.ms");
    within(group, "assignment.interval.ms");
    long heartbeatMs = values.longValue(group + "heartbeat.interval.ms");
    long sessionMs = values.longValue(group + "session.timeout.ms");
    if (heartbeatMs >= sessionMs) {
      problem(
          group + "heartbeat.interval.ms",
          Long.toString(heartbeatMs),
          "must be less than " + group + "session.timeout.ms=" + sessionMs);
    }
  }

  private void within(String group, String key) {
    atMost(group + "min." + key, group + "max." + key);
    atMost(group + "min." + key, group + key);
    atMost(group + key, group + "max." + key);
  }

  private void checkShareGroups() {
    String share = "group.share.";
    for (String key :
        List.of("delivery.count.limit", "partition.max.record.locks", "record.lock.duration.ms")) {
      atMost(share + "min." + key, share + key);
      atMost(share + key, share + "max." + key);
    }
    atMost(share + "max.size", share + "max.share.sessions");
    int assignors = values.list(share + "assignors").size();
    if (assignors != 1) {
      problem(
          share + "assignors",
          String.join(",", values.list(share + "assignors")),
          "must be one assignor");
    }
    atMost("group.streams.num.standby.replicas", "group.streams.max.standby.replicas");
  }

  private void checkProtocols() {
    String key = "group.coordinator.rebalance.protocols";
    if (!values.list(key).contains("classic")) {
      problem(key, String.join(",", values.list(key)), "must contain classic");
    }
  }

  private void atLeast(String key, long value, long min) {
    if (value < min) {
      problem(key, Long.toString(value), "must be at least " + min);
    }
  }

  private void atMost(String lesser, String greater) {
    long lesserValue = values.longValue(lesser);
    long greaterValue = values.longValue(greater);
    if (lesserValue > greaterValue) {
      problem(
          lesser, Long.toString(lesserValue), "must be at most " + greater + "=" + greaterValue);
    }
  }

  private void problem(String key, String value, String reason) {
    problems.add(ConfigProblem.of(key, value, reason));
  }
}
