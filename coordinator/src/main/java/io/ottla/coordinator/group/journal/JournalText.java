package io.ottla.coordinator.group.journal;

/** Texts from outside, in the length and on the one line that a journal and a log can bear. */
final class JournalText {

  private static final int MAX_NAME_LENGTH = 160;
  private static final int NAME_END_LENGTH = 40;

  /** What clients cut their reasons to (KIP-800); others need not be believed. */
  private static final int MAX_REASON_LENGTH = 255;

  private JournalText() {}

  static String name(String name) {
    String kept =
        name.length() <= MAX_NAME_LENGTH
            ? name
            : name.substring(0, MAX_NAME_LENGTH - NAME_END_LENGTH - 3)
                + "..."
                + name.substring(name.length() - NAME_END_LENGTH);
    return inOneLine(kept);
  }

  /** Empty if none was given. */
  static String reason(String reason) {
    return reason == null
        ? ""
        : inOneLine(reason.substring(0, Math.min(reason.length(), MAX_REASON_LENGTH)));
  }

  private static String inOneLine(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        return text.replaceAll("\\p{Cntrl}", " ");
      }
    }
    return text;
  }
}
