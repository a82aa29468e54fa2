package io.ottla.metadata.quorum;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Makes names in a directory durable. */
final class Directories {

  private Directories() {}

  /** Forces a directory: a file created or renamed in it keeps its name over a power loss. */
  static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
