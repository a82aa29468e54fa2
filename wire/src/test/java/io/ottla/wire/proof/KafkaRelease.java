package io.ottla.wire.proof;

import com.fasterxml.jackson.core.TreeNode;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.ottla.wire.compiler.MessageSchema;
import io.ottla.wire.compiler.MessageSchema.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.slf4j.Logger;

/**
 * One release of Kafka: its official definitions and its message classes, apart from all others.
 */
final class KafkaRelease {

  static final KafkaRelease V4_3 = new KafkaRelease("4.3.1");
  static final KafkaRelease V4_4 = new KafkaRelease("4.4.0");

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_JAVA_COMMENTS).build();

  /** Where in the jars the classes of internal topics' records are, in the order of the search. */
  private static final List<String> RECORD_PACKAGES =
      List.of(
          "org.apache.kafka.coordinator.group.generated.",
          "org.apache.kafka.coordinator.share.generated.",
          "org.apache.kafka.coordinator.transaction.generated.");

  private final List<Path> jars;
  private final ClassLoader classes;

  private KafkaRelease(String version) {
    Path directory = Path.of(System.getProperty("basedir", "."), "target", "kafka", version);
    try (Stream<Path> files = Files.list(directory)) {
      jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
      List<URL> urls = new ArrayList<>();
      for (Class<?> needed : List.of(Logger.class, JsonNode.class, TreeNode.class)) {
        urls.add(needed.getProtectionDomain().getCodeSource().getLocation());
      }
      for (Path jar : jars) {
        urls.add(jar.toUri().toURL());
      }
      classes = new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
    } catch (MalformedURLException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All official definitions of messages that have a version, by name. */
  Map<String, JsonNode> definitions() {
    return definitions("common/message/");
  }

  /** The official definitions of the metadata log's records, by name. */
  Map<String, JsonNode> metadataDefinitions() {
    return definitions("common/metadata/");
  }

  private Map<String, JsonNode> definitions(String folder) {
    Map<String, JsonNode> definitions = new TreeMap<>();
    for (Path jar : jars) {
      try (ZipFile zip = new ZipFile(jar.toFile())) {
        for (ZipEntry entry : zip.stream().toList()) {
          if (entry.getName().startsWith(folder) && entry.getName().endsWith(".json")) {
            try (InputStream in = zip.getInputStream(entry)) {
              JsonNode definition = JSON.readTree(in);
              if (!definition.get("validVersions").asText().equals("none")) {
                definitions.put(definition.get("name").asText(), definition);
              }
            }
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return definitions;
  }

  Class<?> load(String name) {
    try {
      return classes.loadClass(name);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The class Kafka generated for a message. */
  Class<?> messageClass(MessageSchema message) {
    if (message.kind() == Kind.COORDINATOR_KEY || message.kind() == Kind.COORDINATOR_VALUE) {
      for (String recordPackage : RECORD_PACKAGES) {
        String name = recordPackage + message.name();
        if (classes.getResource(name.replace('.', '/') + ".class") != null) {
          return load(name);
        }
      }
      throw new IllegalStateException("no class for " + message.name());
    }
    if (message.kind() == Kind.METADATA) {
      return load("org.apache.kafka.common.metadata." + message.name());
    }
    String suffix = message.kind() == Kind.DATA ? "" : "Data";
    return load("org.apache.kafka.common.message." + message.name() + suffix);
  }
}
