package io.ottla.broker.config;

import io.ottla.fuzz.Allocations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A properties file and, behind a zero byte, what the command line puts over it. It is a
 * configuration, or it is refused with reasons.
 */
public final class PropertiesFuzz {

  private static final long HEAP_AT_LEAST = 16L << 20;
  private static final int HEAP_PER_BYTE = 2_000;

  private static final Path FILE = file();

  private PropertiesFuzz() {}

  private static Path file() {
    try {
      Path file = Files.createTempFile("fuzz", ".properties");
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static void fuzzerTestOneInput(byte[] data) {
    int end = 0;
    while (end < data.length && data[end] != 0) {
      end++;
    }
    List<String> overrides = new ArrayList<>();
    if (end < data.length) {
      String text = new String(data, end + 1, data.length - end - 1, StandardCharsets.UTF_8);
      text.lines().forEach(overrides::add);
    }
    try {
      Files.write(FILE, Arrays.copyOf(data, end));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Allocations.within(HEAP_AT_LEAST + (long) HEAP_PER_BYTE * data.length, () -> play(overrides));
  }

  private static void play(List<String> overrides) {
    try {
      var _ = BrokerConfigReader.read(FILE, overrides, Path.of("/fuzz"));
    } catch (InvalidBrokerConfigException e) {
      if (e.getMessage().isEmpty()) {
        throw new AssertionError("refused without a reason", e);
      }
    }
  }

  /** Where the corpus began. */
  public static Map<String, byte[]> seeds() {
    Map<String, byte[]> seeds = new TreeMap<>();
    put(seeds, "empty", "");
    put(
        seeds,
        "one-node",
        "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:9093\n"
            + "listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093\n"
            + "controller.listener.names=CONTROLLER\nlog.dirs=/a,/b\n");
    put(
        seeds,
        "syntax",
        "# c\n"
            + "! c\n"
            + "log.retention.ms : 5\n"
            + "num.partitions   \\\n"
            + "  3\n"
            + "log.dir=\\u0041\\t\n"
            + "=\n"
            + "\\=x=1\n");
    put(
        seeds,
        "listeners",
        "listeners=A://:1,B://[::1]:0\nlistener.security.protocol.map=A:PLAINTEXT,B:SSL\n"
            + "advertised.listeners=A://h:1\ninter.broker.listener.name=A\n");
    put(
        seeds,
        "numbers",
        "log.retention.hours=-1\nlog.segment.bytes=14\nsocket.send.buffer.bytes=99999999999\n"
            + "max.connections.per.ip.overrides=127.0.0.1:5,::1:6\nlog.cleaner.threads=0x1\n"
            + "group.consumer.assignors=uniform,range\ncompression.type=zstd\n");
    put(seeds, "overrides", "node.id=2\n\0node.id=3\nbroken\nlog.dir = x \n");
    return seeds;
  }

  private static void put(Map<String, byte[]> seeds, String name, String text) {
    seeds.put(name, text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
