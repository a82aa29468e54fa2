package io.ottla.broker.peer;

import io.ottla.wire.ApiKey;

/**
 * A client's request was on its way to the active controller when this node became it. Nothing was
 * done: who sent it can have it carried out here.
 */
public final class ActiveHereException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  public ActiveHereException(ApiKey api) {
    super("this node is the active controller now, " + api + " was not sent");
  }
}
