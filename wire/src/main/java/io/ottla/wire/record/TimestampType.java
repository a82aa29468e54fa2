package io.ottla.wire.record;

/** Whose time a record's timestamp is (KIP-32). */
public enum TimestampType {
  /** The producer's. */
  CREATE_TIME("CreateTime"),
  /** The broker's, at the append. */
  LOG_APPEND_TIME("LogAppendTime");

  private final String configName;

  TimestampType(String configName) {
    this.configName = configName;
  }

  /** The name in {@code message.timestamp.type}. */
  public String configName() {
    return configName;
  }

  /** The type of this configuration name, or null when there is none. */
  public static TimestampType forConfigName(String name) {
    for (TimestampType type : values()) {
      if (type.configName.equals(name)) {
        return type;
      }
    }
    return null;
  }
}
