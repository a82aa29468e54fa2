package io.ottla.compat.broker;

import java.nio.file.Path;

/** Where the tree under test lies; set by the build as the system property {@code ottla.home}. */
public final class OttlaHome {
  private OttlaHome() {}

  /** The root of the source tree. */
  public static Path path() {
    return Path.of(System.getProperty("ottla.home", "..")).toAbsolutePath().normalize();
  }

  /** {@code bin/ottla-server-start.sh}. */
  public static Path startScript() {
    return path().resolve("bin/ottla-server-start.sh");
  }

  /** {@code bin/ottla-server-stop.sh}. */
  public static Path stopScript() {
    return path().resolve("bin/ottla-server-stop.sh");
  }

  /** {@code bin/ottla-storage.sh}. */
  public static Path storageScript() {
    return path().resolve("bin/ottla-storage.sh");
  }

  /** {@code bin/ottla-log.sh}. */
  public static Path logScript() {
    return path().resolve("bin/ottla-log.sh");
  }
}
