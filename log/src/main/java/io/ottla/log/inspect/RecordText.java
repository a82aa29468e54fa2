package io.ottla.log.inspect;

import io.netty.buffer.ByteBuf;

/** What records of an internal topic mean, in words. */
@FunctionalInterface
public interface RecordText {

  /** Shows keys and values as text or as bytes. */
  RecordText PLAIN = (topic, key, value) -> null;

  /**
   * Says what a record means; any exception means that it does not say.
   *
   * @param topic of the partition the file belongs to, by its directory's name
   * @param key null if the record has none
   * @param value null if the record has none
   * @return null for a record of an ordinary topic
   */
  String of(String topic, ByteBuf key, ByteBuf value);
}
