package io.ottla.metadata.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A 64-bit hash of bytes, for telling two replicas' states apart; not against an adversary. It is
 * part of the snapshot format: changing it is a new format.
 *
 * <p>Eight bytes at a time are multiplied, rotated and folded in; the finish is the usual
 * xor-shift-multiply, so that sums of hashes stay well spread.
 */
final class Hash64 {

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long FIRST_PRIME = 0x9E3779B185EBCA87L;
  private static final long SECOND_PRIME = 0xC2B2AE3D27D4EB4FL;

  private Hash64() {}

  static long of(byte[] bytes, int length) {
    long hash = SECOND_PRIME ^ (length * FIRST_PRIME);
    int at = 0;
    for (; at + Long.BYTES <= length; at += Long.BYTES) {
      hash = fold(hash, (long) LONGS.get(bytes, at));
    }
    long tail = 0;
    for (int shift = 0; at < length; at++, shift += Byte.SIZE) {
      tail |= (bytes[at] & 0xFFL) << shift;
    }
    hash = fold(hash, tail);
    hash ^= hash >>> 33;
    hash *= SECOND_PRIME;
    hash ^= hash >>> 29;
    hash *= FIRST_PRIME;
    return hash ^ (hash >>> 32);
  }

  private static long fold(long hash, long eightBytes) {
    long mixed = Long.rotateLeft(eightBytes * SECOND_PRIME, 31) * FIRST_PRIME;
    return Long.rotateLeft(hash ^ mixed, 27) * FIRST_PRIME + SECOND_PRIME;
  }
}
