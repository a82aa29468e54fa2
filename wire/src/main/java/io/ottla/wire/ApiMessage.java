package io.ottla.wire;

/**
 * A message of the protocol: a request, a response, a header, or a key or value of an internal
 * topic. Implementations are generated from the schema files; they are plain mutable data, owned by
 * one thread at a time.
 *
 * <p>To write: {@link #size} first (it must be called with the same version, right before), then
 * {@link #write} into a buffer with exactly that much room.
 */
public interface ApiMessage {

  /**
   * The API's key of a request or response; the record type of a key or value of an internal topic
   * (what a key starts with there); -1 of everything else.
   */
  short apiKey();

  short lowestSupportedVersion();

  short highestSupportedVersion();

  /** Exact number of bytes {@link #write} will produce, spliced records included. */
  int size(short version);

  /**
   * Writes all fields of this version.
   *
   * @throws UnsupportedVersionException if the version is outside the supported range, or a field
   *     that this version does not carry, and that may not be dropped, is set
   */
  void write(ProtocolWriter out, short version);

  /**
   * Reads all fields of this version; what the version lacks gets its default.
   *
   * @throws MalformedMessageException if the bytes are not this message
   * @throws UnsupportedVersionException if the version is outside the supported range
   */
  void read(ProtocolReader in, short version);
}
