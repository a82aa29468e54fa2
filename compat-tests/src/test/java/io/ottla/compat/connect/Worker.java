package io.ottla.compat.connect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ottla.compat.broker.FreePorts;
import io.ottla.compat.broker.Script;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.connect.cli.ConnectDistributed;

/** A worker of Kafka Connect, distributed, in a process of its own. */
public final class Worker implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final int port = FreePorts.next();
  private final Path output;
  private final Process process;
  private final HttpClient http = HttpClient.newHttpClient();

  /** Starts a worker with further properties, and returns at once. */
  public Worker(Path directory, String servers, Map<String, String> more) throws IOException {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("bootstrap.servers", servers);
    properties.put("group.id", "connect");
    for (String storage : List.of("config", "offset", "status")) {
      properties.put(storage + ".storage.topic", "connect-" + storage);
      properties.put(storage + ".storage.replication.factor", "1");
    }
    properties.put("offset.storage.partitions", "3");
    properties.put("status.storage.partitions", "2");
    for (String part : List.of("key", "value")) {
      properties.put(part + ".converter", "org.apache.kafka.connect.storage.StringConverter");
    }
    properties.put("listeners", "http://127.0.0.1:" + port);
    properties.put("rest.advertised.host.name", "127.0.0.1");
    properties.put("offset.flush.interval.ms", "500");
    properties.put("session.timeout.ms", "3000");
    properties.put("heartbeat.interval.ms", "300");
    properties.put("consumer.session.timeout.ms", "3000"); // of the sinks' tasks
    properties.put("consumer.heartbeat.interval.ms", "300");
    properties.put("rebalance.timeout.ms", "10000");
    properties.put("scheduled.rebalance.max.delay.ms", "500");
    properties.put("plugin.discovery", "service_load");
    properties.putAll(more);
    Path file =
        Files.writeString(
            directory.resolve("worker-" + port + ".properties"),
            properties.entrySet().stream()
                .map(property -> property.getKey() + "=" + property.getValue() + "\n")
                .collect(Collectors.joining()));
    output = directory.resolve("worker-" + port + ".out");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-Dlog.level=WARN", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(ConnectDistributed.class.getName(), file.toString()));
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
  }

  /** Its name in the group. */
  public String id() {
    return "127.0.0.1:" + port;
  }

  /** Whether it answers requests. */
  public boolean isReady() throws IOException, InterruptedException {
    if (!process.isAlive()) {
      throw new AssertionError("The worker ended:\n" + output());
    }
    return get("/connectors") != null;
  }

  /** What it answers to GET; null if it does not, or not well. */
  public JsonNode get(String path) throws IOException, InterruptedException {
    try {
      HttpResponse<String> response =
          http.send(request(path).GET().build(), HttpResponse.BodyHandlers.ofString());
      return response.statusCode() == 200 ? JSON.readTree(response.body()) : null;
    } catch (IOException notNow) {
      return null;
    }
  }

  /** Puts the configuration of a connector; says how that went. */
  public int put(String connector, Map<String, String> config)
      throws IOException, InterruptedException {
    return http.send(
            request("/connectors/" + connector + "/config")
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(config)))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .statusCode();
  }

  /** Deletes a connector; says how that went. */
  public int delete(String connector) throws IOException, InterruptedException {
    return http.send(
            request("/connectors/" + connector).DELETE().build(),
            HttpResponse.BodyHandlers.ofString())
        .statusCode();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(Duration.ofSeconds(20));
  }

  /** What it has printed. */
  public String output() throws IOException {
    return Files.readString(output);
  }

  /** Stops the process from running (SIGSTOP) until it is resumed: it will not know. */
  public void pause() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** Lets a paused process go on (SIGCONT). */
  public void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    String pid = Long.toString(process.pid());
    Script.run(output.getParent(), Map.of(), "kill", "-s", name, pid).expectSuccess();
  }

  /** Ends it as a crash would. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
    http.close();
  }
}
