package io.ottla.log;

/** Where a batch comes from; decides what the log checks and what it sets. */
public enum AppendOrigin {
  /** A producer: offsets are assigned, sequences and epochs checked. */
  CLIENT,
  /** A coordinator on this broker: offsets are assigned, producer epochs checked, no sequences. */
  COORDINATOR,
  /** The partition's leader: bytes are taken as they are, offsets must go on where ours end. */
  REPLICATION
}
