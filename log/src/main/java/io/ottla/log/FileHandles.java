package io.ottla.log;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;

/**
 * How many files and connections this process may have open at a time ({@code ulimit -n}), and how
 * it is told that there are no more. Any thread.
 */
public final class FileHandles {

  private static final int UNKNOWN = Integer.MAX_VALUE;
  private static final int LIMIT = readLimit();

  private FileHandles() {}

  /** The limit as it was when the process started; very large if the system does not say. */
  public static int limit() {
    return LIMIT;
  }

  /** How many are in use now. Counts them, which takes longer the more there are; 0 if unknown. */
  public static int inUse() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? (int) unix.getOpenFileDescriptorCount()
        : 0;
  }

  private static int readLimit() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? (int) Math.clamp(unix.getMaxFileDescriptorCount(), 1, UNKNOWN)
        : UNKNOWN;
  }

  /**
   * Whether something failed because the process, or the machine, had as many open as it may:
   * EMFILE or ENFILE, of which Java keeps the words alone.
   */
  static boolean wereUsedUp(Throwable cause) {
    for (Throwable it = cause; it != null; it = it.getCause()) {
      if (it instanceof IOException
          && String.valueOf(it.getMessage()).contains("Too many open files")) {
        return true;
      }
    }
    return false;
  }
}
