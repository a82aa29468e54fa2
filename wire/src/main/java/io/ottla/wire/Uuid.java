package io.ottla.wire;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.UUID;

/**
 * A 128-bit identifier as the protocol carries it (topic ids, directory ids, incarnations). Its
 * text form is unpadded URL-safe base64, 22 characters.
 *
 * <p>Immutable. Random ids are made by whoever may be non-deterministic (the active controller, a
 * starting broker) and passed down.
 *
 * @param mostSignificantBits first eight bytes on the wire
 * @param leastSignificantBits last eight bytes on the wire
 */
public record Uuid(long mostSignificantBits, long leastSignificantBits)
    implements Comparable<Uuid> {

  /** "No id": what the protocol sends where an id is absent. */
  public static final Uuid ZERO = new Uuid(0L, 0L);

  /** Reserved: the id Kafka gives its metadata topic; never handed to a user's topic. */
  public static final Uuid ONE = new Uuid(0L, 1L);

  private static final int TEXT_LENGTH = 22;

  public static Uuid of(UUID id) {
    return new Uuid(id.getMostSignificantBits(), id.getLeastSignificantBits());
  }

  /** A random id that is not reserved and whose text does not start with a dash, as Kafka's. */
  public static Uuid random() {
    while (true) {
      Uuid id = of(UUID.randomUUID());
      if (!id.equals(ZERO) && !id.equals(ONE) && id.toString().charAt(0) != '-') {
        return id;
      }
    }
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException if the text is not 22 characters of URL-safe base64
   */
  public static Uuid parse(String text) {
    if (text.length() != TEXT_LENGTH) {
      throw new IllegalArgumentException(
          "'" + text + "' is not an id: expected " + TEXT_LENGTH + " characters of base64");
    }
    ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
    return new Uuid(bytes.getLong(), bytes.getLong());
  }

  public boolean isZero() {
    return mostSignificantBits == 0L && leastSignificantBits == 0L;
  }

  @Override
  public int compareTo(Uuid other) {
    int high = Long.compare(mostSignificantBits, other.mostSignificantBits);
    return high != 0 ? high : Long.compare(leastSignificantBits, other.leastSignificantBits);
  }

  @Override
  public String toString() {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * 2);
    bytes.putLong(mostSignificantBits).putLong(leastSignificantBits);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }
}
