package io.ottla.compat.member;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.tools.consumer.ConsoleConsumer;

/**
 * A member in a process of its own, so that it can die without a word: the stock console consumer.
 */
public final class MemberProcess implements AutoCloseable {
  private final Process process;
  private final Path output;

  /** Starts one with these consumer properties, and returns at once. */
  public MemberProcess(String servers, String topic, String group, Map<String, String> properties)
      throws IOException {
    output = Files.createTempFile("member", ".out");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(ConsoleConsumer.class.getName());
    command.addAll(List.of("--bootstrap-server", servers, "--topic", topic, "--group", group));
    properties.forEach(
        (key, value) -> command.addAll(List.of("--command-property", key + "=" + value)));
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
  }

  /** Ends it as a crash would. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** What it has printed. */
  public String output() throws IOException {
    return Files.readString(output);
  }

  @Override
  public void close() throws Exception {
    kill();
    Files.deleteIfExists(output);
  }
}
