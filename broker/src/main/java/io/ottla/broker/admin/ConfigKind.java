package io.ottla.broker.admin;

import io.ottla.metadata.image.ConfigResource;

/** The kinds of resource that can be configured, with their numbers on the wire. */
enum ConfigKind {
  TOPIC(2),
  BROKER(4),
  BROKER_LOGGER(8),
  CLIENT_METRICS(16),
  GROUP(32);

  private final byte id;

  ConfigKind(int id) {
    this.id = (byte) id;
  }

  byte id() {
    return id;
  }

  /** The kind of a number, or null. */
  static ConfigKind forId(int id) {
    for (ConfigKind kind : values()) {
      if (kind.id == id) {
        return kind;
      }
    }
    return null;
  }

  /** A resource of this kind in the metadata; levels of loggers are not kept there. */
  ConfigResource resource(String name) {
    return new ConfigResource(ConfigResource.Type.forId(id), name);
  }
}
