/**
 * The bytes of what the metadata log and its snapshots hold: commands and deltas.
 *
 * <p>An encoded item is one frame:
 *
 * <pre>
 *  offset  bytes
 *       0      1  version of the frame; an unknown one is refused
 *       1      n  body
 *   1 + n      4  CRC-32C of version and body, big endian
 * </pre>
 *
 * <p>Inside a body: integers are zigzag varints, counts and lengths are unsigned varints, strings
 * are a length and UTF-8, a nullable string is a flag byte and perhaps a string, an id is sixteen
 * bytes. Everything read is checked against the bytes that are there before memory is taken for it.
 */
package io.ottla.metadata.codec;
