package io.ottla.coordinator;

import io.ottla.wire.ApiMessage;

/** The record types of one internal topic that a coordinator replays. Stateless; any thread. */
public interface CoordinatorRecordDecoder {

  /** An empty key of the type, or null if the coordinator does not know or need the type. */
  ApiMessage newKey(short type);

  /** An empty value of a type that {@link #newKey} knows. */
  ApiMessage newValue(short type);
}
