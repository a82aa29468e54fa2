package io.ottla.broker.tls;

/** Keys or certificates that cannot be used. */
public final class TlsException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String key;
  private final String value;

  /**
   * @param key the property to blame
   * @param value its value; null if it is unset or secret
   * @param reason what is wrong and what to do
   */
  TlsException(String key, String value, String reason) {
    super(reason);
    this.key = key;
    this.value = value;
  }

  public String key() {
    return key;
  }

  public String value() {
    return value;
  }
}
