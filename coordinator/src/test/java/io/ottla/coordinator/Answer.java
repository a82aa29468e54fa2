package io.ottla.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Consumer;

/** Waits for a response, and insists on getting no more than one. */
public final class Answer<R> implements Consumer<R> {

  private R response;

  @Override
  public void accept(R value) {
    assertThat(value).isNotNull();
    if (response != null) {
      throw new AssertionError("answered with " + response + " and then with " + value);
    }
    response = value;
  }

  public boolean hasCome() {
    return response != null;
  }

  /** The response, which must have come. */
  public R get() {
    assertThat(response).as("response").isNotNull();
    return response;
  }
}
