package io.ottla.metadata.quorum;

import io.ottla.metadata.config.HostPort;
import java.util.concurrent.CompletableFuture;

/**
 * Carries messages of the quorum to other voters. Implemented over the network by the broker. A
 * message may be lost, come late, twice or out of order: the quorum lives with all of it. It must
 * not be changed, nor be given to another node than the one named.
 */
@FunctionalInterface
public interface QuorumTransport {

  /**
   * Sends one message. Any thread; must not block.
   *
   * @param toNodeId whom for; the receiving node must refuse what is not for it
   * @param address its controller listener
   * @param message what {@link RatisQuorum#receive} of that node is to be given; not changed later
   * @param timeoutMs after so long nobody waits for the answer any more
   * @return the answer of that node's {@code receive}; fails when there is none
   */
  CompletableFuture<byte[]> send(int toNodeId, HostPort address, byte[] message, long timeoutMs);
}
