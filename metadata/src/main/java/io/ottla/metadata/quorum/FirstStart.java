package io.ottla.metadata.quorum;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What was chosen when a directory was formatted, for the first start to use: the file {@code
 * ottla-first-start.properties} in the metadata log dir. Once the log has begun, what is in the log
 * counts.
 *
 * @param voters the voters of a new cluster; empty list for a node that will be added to one; no
 *     value when the configuration lists them
 * @param features the levels a new cluster begins with, by feature
 */
public record FirstStart(Optional<List<Voter>> voters, Map<String, Short> features) {

  static final String FILE_NAME = "ottla-first-start.properties";

  /** Nothing was chosen. */
  static final FirstStart UNSAID = new FirstStart(Optional.empty(), Map.of());

  private static final String VERSION = "1";
  private static final String VOTERS = "initial.controllers";
  private static final String FEATURE_PREFIX = "feature.";

  public FirstStart {
    voters = voters.map(List::copyOf);
    features = Map.copyOf(features);
  }

  /**
   * Reads a directory's file.
   *
   * @return {@link #UNSAID} when there is none
   * @throws QuorumException if it is not what it should be
   */
  static FirstStart read(Path directory) throws IOException {
    Path file = directory.resolve(FILE_NAME);
    try {
      Properties properties = new Properties();
      properties.load(new StringReader(Files.readString(file)));
      if (!VERSION.equals(properties.getProperty("version"))) {
        throw new IllegalArgumentException(
            "its version is " + properties.getProperty("version") + ", not " + VERSION);
      }
      String voters = properties.getProperty(VOTERS);
      Map<String, Short> features = new TreeMap<>();
      for (String name : properties.stringPropertyNames()) {
        if (name.startsWith(FEATURE_PREFIX)) {
          features.put(
              name.substring(FEATURE_PREFIX.length()),
              Short.parseShort(properties.getProperty(name)));
        }
      }
      return new FirstStart(
          voters == null ? Optional.empty() : Optional.of(Voter.parseAll(voters)), features);
    } catch (NoSuchFileException e) {
      return UNSAID;
    } catch (IllegalArgumentException e) {
      throw new QuorumException(
          file + " cannot be used: " + e.getMessage() + ". Format the directories again", e);
    }
  }

  void write(Path directory) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("version=" + VERSION);
    voters.ifPresent(
        chosen ->
            lines.add(
                VOTERS
                    + "="
                    + chosen.stream().map(Voter::toString).collect(Collectors.joining(","))));
    new TreeMap<>(features)
        .forEach((name, level) -> lines.add(FEATURE_PREFIX + name + "=" + level));
    MetaProperties.writeAtomically(directory.resolve(FILE_NAME), String.join("\n", lines) + "\n");
  }
}
