package io.ottla.metadata.config;

import java.util.List;
import java.util.Optional;

/**
 * What is known of one key.
 *
 * @param defaultValue parsed; null if the key is unset by default, or required
 * @param required whether there is no default at all
 * @param internal for tests and tuning: works, but is only described where it is set
 * @param documentation one or two sentences for people
 */
public record ConfigDefinition(
    String name,
    ConfigType type,
    Object defaultValue,
    boolean required,
    ConfigValidator validator,
    Importance importance,
    UpdateMode updateMode,
    boolean internal,
    String documentation) {

  public boolean isSecret() {
    return type.isSecret();
  }

  /** Whether the value may change at run time. */
  public boolean isDynamic() {
    return updateMode != UpdateMode.READ_ONLY;
  }

  /** The default as text; null if there is none. */
  public String defaultText() {
    return type.format(defaultValue);
  }

  /** What is wrong with a value written as text, if anything. */
  public Optional<ConfigProblem> problem(String text) {
    Object value;
    try {
      value = parse(text);
    } catch (IllegalArgumentException wrongType) {
      return Optional.of(problem(text, type.description()));
    }
    return validator.accepts(value)
        ? Optional.empty()
        : Optional.of(problem(text, validator.allowed()));
  }

  private ConfigProblem problem(String text, String allowed) {
    return ConfigProblem.of(name, isSecret() ? ConfigProblem.HIDDEN : text, "must be " + allowed);
  }

  /**
   * Reads a value that {@link #problem} found nothing wrong with.
   *
   * @throws IllegalArgumentException if the text is not of this key's type
   */
  public Object parse(String text) {
    Object value = type.parse(text);
    boolean isSet = validator instanceof ConfigValidator.Entries;
    return isSet ? ((List<?>) value).stream().distinct().toList() : value;
  }

  /** Whether append and subtract make sense for this key. */
  public boolean isList() {
    return type == ConfigType.LIST;
  }
}
