package io.ottla.broker.admin;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;

/** What every request that changes the voters has to get right (KIP-853). Any thread. */
final class VoterChecks {

  private VoterChecks() {}

  /**
   * What is wrong with a request, or null.
   *
   * @param what the request's name, for the client
   * @param clusterId this cluster's
   * @param givenClusterId the request's, or null
   */
  static RefusedException flaw(
      String what, String clusterId, String givenClusterId, int voterId, Uuid directoryId) {
    if (givenClusterId != null && !givenClusterId.equals(clusterId)) {
      return new RefusedException(
          ErrorCode.INCONSISTENT_CLUSTER_ID,
          "The given id \""
              + givenClusterId
              + "\" doesn't match the cluster id \""
              + clusterId
              + "\"");
    }
    if (voterId < 0 || directoryId.equals(Uuid.ZERO)) {
      return new RefusedException(
          ErrorCode.INVALID_REQUEST, what + " request didn't include a valid voter");
    }
    return null;
  }
}
