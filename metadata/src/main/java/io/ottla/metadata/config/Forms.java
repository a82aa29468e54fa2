package io.ottla.metadata.config;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The few values whose form takes a parser to check. */
final class Forms {

  static final ConfigValidator VOTERS =
      new ConfigValidator.Form(
          value -> entriesMatch(value, entry -> QuorumVoter.parse(entry).isPresent()),
          "a list of id@host:port");

  static final ConfigValidator SERVERS =
      new ConfigValidator.Form(
          value -> entriesMatch(value, entry -> HostPort.parse(entry).isPresent()),
          "a list of host:port");

  /** KIP-73. */
  static final ConfigValidator THROTTLED_REPLICAS =
      new ConfigValidator.Form(
          Forms::isReplicaList, "* or a list of partition:broker, both as numbers");

  /** KIP-932. */
  static final ConfigValidator OFFSET_RESET =
      new ConfigValidator.Form(
          Forms::isOffsetReset,
          "earliest, latest, or by_duration: and a duration of ISO 8601 that is not negative");

  private static final Pattern REPLICA = Pattern.compile("([0-9]+:[0-9]+)?");
  private static final String BY_DURATION = "by_duration:";

  private Forms() {}

  private static boolean entriesMatch(Object value, Predicate<String> predicate) {
    return value instanceof List<?> entries
        && entries.stream().map(Object::toString).allMatch(predicate);
  }

  private static boolean isReplicaList(Object value) {
    return entriesMatch(value, entry -> REPLICA.matcher(entry.trim()).matches())
        || (value instanceof List<?> entries && joined(entries).equals("*"));
  }

  private static String joined(List<?> entries) {
    return entries.stream().map(entry -> entry.toString().trim()).collect(Collectors.joining());
  }

  private static boolean isOffsetReset(Object value) {
    if (!(value instanceof String text)) {
      return false;
    }
    return text.equals("earliest")
        || text.equals("latest")
        || (text.startsWith(BY_DURATION) && isDuration(text.substring(BY_DURATION.length())));
  }

  private static boolean isDuration(String text) {
    try {
      return !Duration.parse(text).isNegative();
    } catch (DateTimeParseException e) {
      return false;
    }
  }
}
