package io.ottla.broker.config;

import io.ottla.metadata.config.BrokerKeys;
import io.ottla.metadata.config.ConfigDefinition;
import io.ottla.metadata.config.ConfigProblem;
import io.ottla.metadata.config.ConfigSynonyms;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What Ottla makes of each of Kafka's broker keys; the table is {@code key-support.txt}. */
final class KeySupport {

  /** The sections of the table. */
  enum Support {
    /** Does what it does in Kafka. */
    USED,
    /** Has no effect and needs none: Ottla does the same by other means. */
    REPLACED,
    /** Has no effect yet; a value other than the default is worth a warning. */
    UNSUPPORTED,
    /** Has no effect yet, and to ignore it would be unsafe: other than the default, no start. */
    REFUSED
  }

  private record Entry(Support support, String remark) {}

  private static final String TABLE = "key-support.txt";

  private static final Map<String, Entry> ENTRIES = read();

  private KeySupport() {}

  private static Map<String, Entry> read() {
    Map<String, Entry> entries = new HashMap<>();
    try (InputStream in = KeySupport.class.getResourceAsStream(TABLE);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      Support section = null;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("[")) {
          String name = line.substring(1, line.length() - 1);
          section = Support.valueOf(name.toUpperCase(Locale.ROOT));
        } else if (!line.isBlank() && !line.startsWith("#")) {
          int colon = line.indexOf(": ");
          String key = colon < 0 ? line : line.substring(0, colon);
          String remark = colon < 0 ? "" : line.substring(colon + 2);
          if (entries.put(key, new Entry(section, remark)) != null) {
            throw new IllegalStateException(key + " is listed twice in " + TABLE);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Map.copyOf(entries);
  }

  static Map<String, Support> all() {
    Map<String, Support> all = new TreeMap<>();
    ENTRIES.forEach((key, entry) -> all.put(key, entry.support()));
    return all;
  }

  /**
   * Says what becomes of a key that a file sets.
   *
   * @param value fits the key's type
   * @param problems takes a reason not to start
   * @param notes takes what else there is to tell
   */
  static void judge(
      String key, String value, List<ConfigProblem> problems, List<ConfigNote> notes) {
    String base = ConfigSynonyms.withoutListener(key).orElse(key);
    Entry entry = ENTRIES.get(base);
    ConfigDefinition definition = BrokerKeys.find(base).orElse(null);
    boolean isOttlas = definition != null && entry == null && base.equals(key);
    if (isOttlas) {
      return;
    }
    if (definition == null || entry == null) {
      notes.add(new ConfigNote(ConfigNote.Level.WARNING, key + " is not a known key; ignored"));
    } else {
      boolean isDefault = definition.parse(value).equals(definition.defaultValue());
      judge(
          key,
          value,
          base.equals(key) ? entry : perListener(base, entry),
          isDefault,
          problems,
          notes);
    }
  }

  /** But for TLS, a key that works for all listeners together does not for one of them. */
  private static Entry perListener(String base, Entry entry) {
    return entry.support() == Support.USED && !base.startsWith("ssl.")
        ? new Entry(Support.UNSUPPORTED, "listeners have no values of their own")
        : entry;
  }

  private static void judge(
      String key,
      String value,
      Entry entry,
      boolean isDefault,
      List<ConfigProblem> problems,
      List<ConfigNote> notes) {
    switch (entry.support()) {
      case USED -> {}
      case REPLACED ->
          notes.add(
              new ConfigNote(ConfigNote.Level.INFO, key + " has no effect: " + entry.remark()));
      case UNSUPPORTED -> {
        if (isDefault) {
          notes.add(
              new ConfigNote(
                  ConfigNote.Level.INFO, key + " is not supported yet: " + entry.remark()));
        } else {
          notes.add(
              new ConfigNote(
                  ConfigNote.Level.WARNING,
                  shown(key, value) + " is not supported yet and ignored: " + entry.remark()));
        }
      }
      case REFUSED -> {
        if (!isDefault) {
          problems.add(
              ConfigProblem.of(
                  key,
                  BrokerKeys.isSecret(key) ? ConfigProblem.HIDDEN : value,
                  "not supported yet, and unsafe to ignore: " + entry.remark()));
        }
      }
    }
  }

  private static String shown(String key, String value) {
    return key + "=" + (BrokerKeys.isSecret(key) ? ConfigProblem.HIDDEN : value);
  }
}
