package io.ottla.metadata.controller;

/** Which topic names are legal. */
public final class TopicNames {

  /** A directory's name is the topic's, a dash, the partition and perhaps a suffix: this fits. */
  public static final int MAX_LENGTH = 249;

  /** Kafka's own name for its metadata, which nobody may take. */
  public static final String CLUSTER_METADATA = "__cluster_metadata";

  private TopicNames() {}

  /** Why a name is not legal; null when it is. */
  public static String flaw(String name) {
    if (name.isEmpty()) {
      return "Topic name is invalid: it is empty";
    }
    if (name.equals(".") || name.equals("..")) {
      return "Topic name is invalid: '" + name + "' is not allowed";
    }
    if (name.length() > MAX_LENGTH) {
      return "Topic name is invalid: its "
          + name.length()
          + " characters are more than the "
          + MAX_LENGTH
          + " allowed";
    }
    for (int i = 0; i < name.length(); i++) {
      if (!isLegal(name.charAt(i))) {
        return "Topic name is invalid: '"
            + name
            + "' has a character that is not an ASCII letter or digit, '.', '_' or '-'";
      }
    }
    return null;
  }

  private static boolean isLegal(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }
}
