package io.ottla.metadata.image;

import io.ottla.metadata.codec.CodecException;
import io.ottla.metadata.codec.FrameReader;
import io.ottla.metadata.codec.FrameWriter;
import java.util.Objects;

/**
 * Something that has settings of its own.
 *
 * @param type what kind of thing
 * @param name its name: a topic's, a broker's id in digits, a group's id, a client-metrics
 *     subscription's; empty for the default of all brokers
 */
public record ConfigResource(Type type, String name) implements Comparable<ConfigResource> {

  /** The kinds of resource, with their ids on the wire. */
  public enum Type {
    TOPIC(2),
    BROKER(4),
    CLIENT_METRICS(16),
    GROUP(32),
    /** What was taken over from Kafka and has no other place; unknown to the protocol. */
    KAFKA(100);

    private final byte id;

    Type(int id) {
      this.id = (byte) id;
    }

    /** The id the protocol gives it. */
    public byte id() {
      return id;
    }

    /** The type of an id; null for one that has no stored settings. */
    public static Type forId(int id) {
      for (Type type : values()) {
        if (type.id == id) {
          return type;
        }
      }
      return null;
    }
  }

  public ConfigResource {
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(name, "name");
  }

  public static ConfigResource topic(String name) {
    return new ConfigResource(Type.TOPIC, name);
  }

  /** One broker's settings. */
  public static ConfigResource broker(int id) {
    return new ConfigResource(Type.BROKER, Integer.toString(id));
  }

  /** The default of all brokers. */
  public static ConfigResource defaultBroker() {
    return new ConfigResource(Type.BROKER, "");
  }

  /** Writes it into a command or a delta. */
  public void write(FrameWriter out) {
    out.writeByte(type.id());
    out.writeString(name);
  }

  /** Reads what {@link #write} wrote. */
  public static ConfigResource read(FrameReader in) {
    int typeId = in.readByte();
    Type type = Type.forId(typeId);
    if (type == null) {
      throw new CodecException("resource type " + typeId + " is not known here");
    }
    return new ConfigResource(type, in.readString());
  }

  @Override
  public int compareTo(ConfigResource other) {
    int byType = type.compareTo(other.type);
    return byType != 0 ? byType : name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return type + ":" + name;
  }
}
