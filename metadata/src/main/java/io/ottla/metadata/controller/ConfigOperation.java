package io.ottla.metadata.controller;

/**
 * One change of one setting.
 *
 * @param type what to do
 * @param key the setting
 * @param value the value; not used to delete
 */
public record ConfigOperation(Type type, String key, String value) {

  /** What can be done to a setting, by the protocol's ids. */
  public enum Type {
    SET,
    DELETE,
    APPEND,
    SUBTRACT;

    /** The type of a protocol id, or null. */
    public static Type forId(int id) {
      return id >= 0 && id < values().length ? values()[id] : null;
    }
  }
}
