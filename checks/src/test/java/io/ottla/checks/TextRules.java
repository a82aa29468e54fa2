package io.ottla.checks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Rules on the text of single files. Each returns what it finds as {@code file:line: what}. */
final class TextRules {

  static final int MAX_LINES = 500;

  /** Spelled so that this file does not find itself. */
  private static final Pattern UNFINISHED = Pattern.compile("\\b(TO" + "DO|FIX" + "ME)\\b");

  /** Directories that every machine has: a path in them tells nothing. */
  private static final Set<Path> SHARED =
      Set.of(
          Path.of("/tmp"),
          Path.of("/var/tmp"),
          Path.of("/opt"),
          Path.of("/srv"),
          Path.of("/usr/src"));

  private static final String HOMES = "/(?:home|root|Users)/|[A-Z]:\\\\Users\\\\";

  /** Their order is another in each process, so that a seed would have several histories. */
  private static final Pattern WALKS_IN_NO_ORDER =
      Pattern.compile("for \\(.* : (Set|Map)\\.(of|copyOf)\\(");

  private TextRules() {}

  static List<String> tabs(Path file, String text) {
    return lines(file, text, Pattern.compile("\t"), "a tab");
  }

  static List<String> walksInNoOrder(Path file, String text) {
    return lines(file, text, WALKS_IN_NO_ORDER, "a walk in an order that changes from run to run");
  }

  static List<String> unfinished(Path file, String text) {
    return lines(file, text, UNFINISHED, "a note of unfinished work");
  }

  /**
   * Paths that exist on one machine only: home directories, and the directory that this work tree
   * lies in.
   */
  static List<String> machinePaths(Path file, String text, Path root) {
    Path parent = root.getParent();
    boolean telling = parent != null && parent.getParent() != null && !SHARED.contains(parent);
    String places = telling ? HOMES + "|" + Pattern.quote(parent + "/") : HOMES;
    // "/" and a name are a path of this machine only where no other path goes before them.
    return lines(
        file, text, Pattern.compile("(?<![\\w.}$)-])(?:" + places + ")"), "a machine's path");
  }

  /**
   * Files over {@link #MAX_LINES} that are not listed, and entries of the list that could be lower:
   * the list can only shrink.
   */
  static List<String> tooLong(Map<String, Integer> lengths, Map<String, Integer> listed) {
    List<String> found = new ArrayList<>();
    new TreeMap<>(lengths)
        .forEach(
            (file, length) -> {
              int allowed = listed.getOrDefault(file, MAX_LINES);
              if (length > allowed) {
                found.add(file + ": " + length + " lines, " + allowed + " allowed");
              }
            });
    new TreeMap<>(listed)
        .forEach(
            (file, allowed) -> {
              int length = lengths.getOrDefault(file, 0);
              if (length <= MAX_LINES) {
                found.add(file + ": is listed and need not be; take it off the list");
              } else if (length < allowed) {
                found.add(file + ": listed with " + allowed + " lines; lower it to " + length);
              }
            });
    return found;
  }

  private static List<String> lines(Path file, String text, Pattern pattern, String what) {
    List<String> found = new ArrayList<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (pattern.matcher(line).find()) {
        found.add(file + ":" + number + ": " + what + ": " + line.strip());
      }
    }
    return found;
  }
}
