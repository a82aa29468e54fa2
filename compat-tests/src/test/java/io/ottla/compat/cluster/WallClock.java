package io.ottla.compat.cluster;

import io.ottla.compat.broker.BrokerConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The wall clock of one process, which can be set while it runs: with libfaketime, where it is
 * installed. The clock that only runs forward is left alone, as it is when an operator or NTP sets
 * the time.
 */
public final class WallClock {
  private final Path library;
  private final Path offset;

  private WallClock(Path library, Path offset) {
    this.library = library;
    this.offset = offset;
  }

  /** A clock that is right, if this machine has what it takes. */
  public static Optional<WallClock> find() {
    return Stream.of(
            "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
            "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
            "/usr/lib/faketime/libfaketimeMT.so.1",
            "/usr/lib64/faketime/libfaketimeMT.so.1")
        .map(Path::of)
        .filter(Files::isReadable)
        .findFirst()
        .map(
            library -> {
              try {
                Path offset = Files.createTempFile("clock", ".offset");
                offset.toFile().deleteOnExit();
                WallClock clock = new WallClock(library, offset);
                clock.set("+0");
                return clock;
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  /** A node that has this clock. */
  public BrokerConfig given(BrokerConfig config) {
    return config.withEnvironment(
        Map.of(
            "LD_PRELOAD", library.toString(),
            "FAKETIME_TIMESTAMP_FILE", offset.toString(),
            "FAKETIME_CACHE_DURATION", "1",
            "FAKETIME_DONT_FAKE_MONOTONIC", "1",
            // Otherwise timed waits of a JVM end at once.
            "FAKETIME_FORCE_MONOTONIC_FIX", "0"));
  }

  /** Sets it: +1h is an hour fast, -1h slow; takes a second. */
  public void set(String change) throws IOException {
    Files.writeString(offset, change + "\n");
  }
}
