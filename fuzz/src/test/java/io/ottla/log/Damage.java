package io.ottla.log;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Files of a log, spoiled by a script of five bytes for each step: which file, where in it (two
 * bytes), what is done, and with which value.
 */
final class Damage {

  private static final int STEP = 5;
  private static final int MAX_STEPS = 16;
  private static final int CRC_INDEX = 17;
  private static final int CRC_FROM = 21;

  private static final int[] EXTREMES = {
    -1, 0, 1, 11, 12, 60, 61, 127, 255, 0x7fff, 0xffff, Integer.MAX_VALUE, Integer.MIN_VALUE
  };

  private final Map<Path, byte[]> files;
  private boolean segments;
  private boolean checkpoints;
  private boolean forged;

  Damage(Map<Path, byte[]> whole, byte[] script, int from) {
    this.files = new TreeMap<>(whole);
    List<Path> names = new ArrayList<>(whole.keySet());
    int steps = 0;
    for (int at = from; at + STEP <= script.length && steps < MAX_STEPS; at += STEP, steps++) {
      Path file = names.get((script[at] & 0xff) % names.size());
      int place = (script[at + 1] & 0xff) << 8 | (script[at + 2] & 0xff);
      byte[] content = files.get(file);
      if (content != null) {
        byte[] spoiled = spoil(content, place, script[at + 3] & 0xff, script[at + 4] & 0xff, names);
        put(file, spoiled);
      }
    }
  }

  /** What there is now. */
  Map<Path, byte[]> files() {
    return files;
  }

  /** Whether a file with records is not as it was. */
  boolean touchesSegments() {
    return segments;
  }

  /** Whether what is written down of offsets, and of how the process ended, is as it was. */
  boolean checkpointsAreWhole() {
    return !checkpoints;
  }

  /** Whether a checksum was made right. */
  boolean isForged() {
    return forged;
  }

  private void put(Path file, byte[] content) {
    if (content == null) {
      files.remove(file);
    } else {
      files.put(file, content);
    }
    String name = file.getFileName().toString();
    segments |= name.endsWith(".log");
    checkpoints |= !name.contains(".") || name.startsWith(".") || name.startsWith("partition");
  }

  private byte[] spoil(byte[] content, int place, int what, int value, List<Path> names) {
    int at = content.length == 0 ? 0 : place % content.length;
    byte[] changed = content.clone();
    switch (what % 10) {
      case 0 -> {
        if (changed.length > 0) {
          changed[at] = (byte) value;
        }
      }
      case 1 -> {
        if (changed.length > 0) {
          changed[at] ^= (byte) (1 << (value & 7));
        }
      }
      case 2 -> {
        return Arrays.copyOf(content, at);
      }
      case 3 -> Arrays.fill(changed, at, Math.min(changed.length, at + 4 * value), (byte) 0);
      case 4 -> {
        return null;
      }
      case 5 -> {
        if (changed.length - at >= Integer.BYTES) {
          ByteBuffer.wrap(changed).putInt(at, EXTREMES[value % EXTREMES.length]);
        }
      }
      case 6 -> {
        byte[] longer = Arrays.copyOf(content, content.length + value);
        System.arraycopy(content, at, longer, at + value, content.length - at);
        return longer;
      }
      case 7 -> forge(changed, at);
      case 8 -> {
        byte[] other = files.get(names.get(value % names.size()));
        return other == null ? changed : other.clone();
      }
      default -> {
        int count = Math.min(value, changed.length - at);
        int to = Math.max(0, at - count);
        System.arraycopy(content, at, changed, to, count);
      }
    }
    return changed;
  }

  /** Makes the checksum right of the batch that lies around a place. */
  private void forge(byte[] content, int place) {
    ByteBuffer bytes = ByteBuffer.wrap(content);
    int at = 0;
    while (content.length - at > CRC_FROM) {
      long size = 12L + bytes.getInt(at + 8);
      if (size <= CRC_FROM || size > content.length - at) {
        return;
      }
      if (place < at + size) {
        CRC32C crc = new CRC32C();
        crc.update(content, at + CRC_FROM, (int) size - CRC_FROM);
        bytes.putInt(at + CRC_INDEX, (int) crc.getValue());
        forged = true;
        return;
      }
      at += (int) size;
    }
  }
}
