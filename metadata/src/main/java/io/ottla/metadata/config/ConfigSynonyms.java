package io.ottla.metadata.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which keys of a broker say the same thing as which others, or as a key of a topic or group. */
public final class ConfigSynonyms {

  /** A key of the broker and the unit of its value; milliseconds for what is not a time too. */
  record BrokerKey(String name, TimeUnit unit) {

    /** A value of this key in the unit of the topic's. */
    Object convert(Object value) {
      return unit == TimeUnit.MILLISECONDS ? value : unit.toMillis(((Number) value).longValue());
    }

    /** The same of a value's text. */
    String convert(String text) {
      return unit == TimeUnit.MILLISECONDS
          ? text
          : Long.toString(unit.toMillis(Long.parseLong(text.trim())));
    }
  }

  private static final Pattern LISTENER_KEY = Pattern.compile("listener\\.name\\.[^.]*\\.(.*)");

  /**
   * Keys that a listener may have once per SASL mechanism: listener.name.x.plain.sasl.jaas.config.
   */
  private static final List<String> MECHANISM_KEYS =
      List.of(
          "sasl.jaas.config",
          "sasl.login.callback.handler.class",
          "sasl.login.class",
          "sasl.server.callback.handler.class",
          "connections.max.reauth.ms");

  private static final List<BrokerKey> ROLL =
      List.of(millis("log.roll.ms"), new BrokerKey("log.roll.hours", TimeUnit.HOURS));
  private static final List<BrokerKey> ROLL_JITTER =
      List.of(millis("log.roll.jitter.ms"), new BrokerKey("log.roll.jitter.hours", TimeUnit.HOURS));
  private static final List<BrokerKey> RETENTION =
      List.of(
          millis("log.retention.ms"),
          new BrokerKey("log.retention.minutes", TimeUnit.MINUTES),
          new BrokerKey("log.retention.hours", TimeUnit.HOURS));
  private static final List<BrokerKey> FLUSH =
      List.of(millis("log.flush.interval.ms"), millis("log.flush.scheduler.interval.ms"));

  /** The broker's keys behind each key of a topic, the one that goes first at the front. */
  private static final Map<String, List<BrokerKey>> TOPIC_KEYS = topicKeys();

  private static final Map<String, String> GROUP_KEYS = groupKeys();

  private ConfigSynonyms() {}

  private static BrokerKey millis(String name) {
    return new BrokerKey(name, TimeUnit.MILLISECONDS);
  }

  private static Map<String, List<BrokerKey>> topicKeys() {
    Map<String, List<BrokerKey>> keys = new HashMap<>();
    keys.put("segment.ms", ROLL);
    keys.put("segment.jitter.ms", ROLL_JITTER);
    keys.put("retention.ms", RETENTION);
    keys.put("flush.ms", FLUSH);
    Map.of(
            "segment.index.bytes", "log.index.size.max.bytes",
            "flush.messages", "log.flush.interval.messages",
            "max.message.bytes", "message.max.bytes",
            "file.delete.delay.ms", "log.segment.delete.delay.ms",
            "min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio")
        .forEach((topicKey, brokerKey) -> keys.put(topicKey, List.of(millis(brokerKey))));
    for (String key :
        List.of(
            "segment.bytes",
            "retention.bytes",
            "index.interval.bytes",
            "cleanup.policy",
            "preallocate",
            "message.timestamp.type",
            "message.timestamp.before.max.ms",
            "message.timestamp.after.max.ms",
            "local.retention.ms",
            "local.retention.bytes")) {
      keys.put(key, List.of(millis("log." + key)));
    }
    for (String key :
        List.of("delete.retention.ms", "min.compaction.lag.ms", "max.compaction.lag.ms")) {
      keys.put(key, List.of(millis("log.cleaner." + key)));
    }
    for (String key :
        List.of(
            "unclean.leader.election.enable",
            "min.insync.replicas",
            "compression.type",
            "compression.gzip.level",
            "compression.lz4.level",
            "compression.zstd.level")) {
      keys.put(key, List.of(millis(key)));
    }
    return Map.copyOf(keys);
  }

  private static Map<String, String> groupKeys() {
    List<String> withoutBrokerKey =
        List.of(
            "share.auto.offset.reset", "share.isolation.level", "share.renew.acknowledge.enable");
    Map<String, String> keys = new HashMap<>();
    for (ConfigDefinition definition : ConfigCatalog.GROUP.definitions()) {
      if (!withoutBrokerKey.contains(definition.name())) {
        keys.put(definition.name(), "group." + definition.name());
      }
    }
    return Map.copyOf(keys);
  }

  /** The broker's keys that a topic's key falls back to, in order; empty if there is none. */
  static List<BrokerKey> ofTopicKey(String topicKey) {
    return TOPIC_KEYS.getOrDefault(topicKey, List.of());
  }

  /** The first of the broker's keys that a topic's key falls back to. */
  public static Optional<String> brokerKeyOfTopicKey(String topicKey) {
    return ofTopicKey(topicKey).stream().map(BrokerKey::name).findFirst();
  }

  /** The broker's key that a group's key falls back to. */
  public static Optional<String> brokerKeyOfGroupKey(String groupKey) {
    return Optional.ofNullable(GROUP_KEYS.get(groupKey));
  }

  /**
   * The names a broker's value may be found under, in order of precedence.
   *
   * @param withListenerKeys whether a key of one listener falls back to the key without listener
   */
  static List<String> ofBrokerKey(String name, boolean withListenerKeys) {
    for (List<BrokerKey> family : List.of(ROLL, ROLL_JITTER, RETENTION)) {
      if (family.stream().anyMatch(key -> key.name().equals(name))) {
        return names(family);
      }
    }
    if (name.equals("log.flush.interval.ms")) {
      // Not the other way round: the scheduler's interval has a meaning of its own.
      return names(FLUSH);
    }
    Optional<String> base = withListenerKeys ? withoutListener(name) : Optional.empty();
    return base.map(key -> List.of(name, withoutMechanism(key))).orElse(List.of(name));
  }

  private static List<String> names(List<BrokerKey> family) {
    return family.stream().map(BrokerKey::name).toList();
  }

  /** What follows listener.name.x. in a key of one listener. */
  public static Optional<String> withoutListener(String name) {
    Matcher matcher = LISTENER_KEY.matcher(name);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private static String withoutMechanism(String key) {
    return MECHANISM_KEYS.stream().filter(key::endsWith).findFirst().orElse(key);
  }
}
