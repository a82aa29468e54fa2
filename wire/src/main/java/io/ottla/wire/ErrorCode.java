package io.ottla.wire;

/**
 * The error codes of the Kafka protocol, by their Kafka names, up to those of Kafka 4.4. The codes
 * are part of the protocol and never change; the messages are ours and may.
 *
 * <p>Immutable; any thread.
 */
public enum ErrorCode {
  UNKNOWN_SERVER_ERROR(-1, "The broker failed in a way it did not foresee."),
  NONE(0, "No error."),
  OFFSET_OUT_OF_RANGE(1, "The partition holds no such offset."),
  CORRUPT_MESSAGE(2, "The record batch is damaged: its checksum or its size is wrong.", Retry.YES),
  UNKNOWN_TOPIC_OR_PARTITION(3, "This broker knows no such topic or partition.", Retry.YES),
  INVALID_FETCH_SIZE(4, "The fetch size is not valid."),
  LEADER_NOT_AVAILABLE(5, "The partition has no leader at the moment.", Retry.YES),
  NOT_LEADER_OR_FOLLOWER(
      6, "This broker is not the partition's leader, or holds no replica of it.", Retry.YES),
  REQUEST_TIMED_OUT(7, "The request was not done within its time.", Retry.YES),
  BROKER_NOT_AVAILABLE(8, "The broker is not available."),
  REPLICA_NOT_AVAILABLE(9, "The replica is not available.", Retry.YES),
  MESSAGE_TOO_LARGE(10, "The record batch is larger than this topic takes."),
  STALE_CONTROLLER_EPOCH(11, "The controller has moved on to a newer epoch."),
  OFFSET_METADATA_TOO_LARGE(12, "The metadata text of the committed offset is too long."),
  NETWORK_EXCEPTION(13, "The connection ended before the response came.", Retry.YES),
  COORDINATOR_LOAD_IN_PROGRESS(14, "The coordinator is still loading its state.", Retry.YES),
  COORDINATOR_NOT_AVAILABLE(15, "The coordinator is not available.", Retry.YES),
  NOT_COORDINATOR(16, "This broker is not the coordinator asked for.", Retry.YES),
  INVALID_TOPIC_EXCEPTION(
      17, "The topic's name is not valid, or the topic may not be used this way."),
  RECORD_LIST_TOO_LARGE(18, "The record batch is larger than a log segment."),
  NOT_ENOUGH_REPLICAS(19, "Too few replicas are in sync to take the records.", Retry.YES),
  NOT_ENOUGH_REPLICAS_AFTER_APPEND(
      20, "The records were written, but too few replicas in sync have them.", Retry.YES),
  INVALID_REQUIRED_ACKS(21, "The acks of the produce request must be -1, 0 or 1."),
  ILLEGAL_GENERATION(22, "The group is in another generation."),
  INCONSISTENT_GROUP_PROTOCOL(23, "The member's protocols do not fit those of the group."),
  INVALID_GROUP_ID(24, "The group id is not valid."),
  UNKNOWN_MEMBER_ID(25, "The group has no such member."),
  INVALID_SESSION_TIMEOUT(26, "The session timeout lies outside the bounds set on the broker."),
  REBALANCE_IN_PROGRESS(27, "The group is rebalancing; the member has to rejoin."),
  INVALID_COMMIT_OFFSET_SIZE(28, "The offset commit is too large."),
  TOPIC_AUTHORIZATION_FAILED(29, "Not authorized to use the topic."),
  GROUP_AUTHORIZATION_FAILED(30, "Not authorized to use the group."),
  CLUSTER_AUTHORIZATION_FAILED(31, "Not authorized to do this on the cluster."),
  INVALID_TIMESTAMP(32, "A record's timestamp is not acceptable to this topic."),
  UNSUPPORTED_SASL_MECHANISM(33, "The SASL mechanism is not enabled here."),
  ILLEGAL_SASL_STATE(34, "The request does not fit the state of the authentication."),
  UNSUPPORTED_VERSION(35, "The broker does not speak this version of the API."),
  TOPIC_ALREADY_EXISTS(36, "There is a topic of this name already."),
  INVALID_PARTITIONS(37, "The number of partitions is not valid."),
  INVALID_REPLICATION_FACTOR(
      38, "The replication factor is below one or above the number of usable brokers."),
  INVALID_REPLICA_ASSIGNMENT(39, "The assignment of replicas is not valid."),
  INVALID_CONFIG(40, "The configuration is not valid."),
  NOT_CONTROLLER(41, "This node is not the active controller.", Retry.YES),
  INVALID_REQUEST(42, "The request contradicts itself or breaks a rule of its API."),
  UNSUPPORTED_FOR_MESSAGE_FORMAT(43, "The record format does not support the request."),
  POLICY_VIOLATION(44, "The request breaks a policy of this cluster."),
  OUT_OF_ORDER_SEQUENCE_NUMBER(45, "The producer's sequence number does not follow the last one."),
  DUPLICATE_SEQUENCE_NUMBER(46, "The producer's sequence number has been written already."),
  INVALID_PRODUCER_EPOCH(47, "The producer's epoch is older than the one known here."),
  INVALID_TXN_STATE(48, "The state of the transaction does not allow the operation."),
  INVALID_PRODUCER_ID_MAPPING(49, "The producer id does not belong to the transactional id."),
  INVALID_TRANSACTION_TIMEOUT(50, "The transaction timeout is longer than the broker allows."),
  CONCURRENT_TRANSACTIONS(
      51, "Another operation on the same transaction is still under way.", Retry.YES),
  TRANSACTION_COORDINATOR_FENCED(
      52, "The sender is no longer the coordinator of this transaction."),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED(53, "Not authorized to use the transactional id."),
  SECURITY_DISABLED(54, "Security is not enabled on this cluster."),
  OPERATION_NOT_ATTEMPTED(
      55, "The operation was not tried, because another one in the same request failed."),
  KAFKA_STORAGE_ERROR(56, "The disk that holds the log failed.", Retry.YES),
  LOG_DIR_NOT_FOUND(57, "The broker has no such log directory."),
  SASL_AUTHENTICATION_FAILED(58, "Authentication failed."),
  UNKNOWN_PRODUCER_ID(59, "Nothing is known here of this producer id."),
  REASSIGNMENT_IN_PROGRESS(60, "The partition is being reassigned."),
  DELEGATION_TOKEN_AUTH_DISABLED(61, "Delegation tokens are not enabled."),
  DELEGATION_TOKEN_NOT_FOUND(62, "There is no such delegation token."),
  DELEGATION_TOKEN_OWNER_MISMATCH(
      63, "The principal neither owns nor may renew the delegation token."),
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED(
      64, "Delegation tokens cannot be asked for over this kind of connection."),
  DELEGATION_TOKEN_AUTHORIZATION_FAILED(65, "Not authorized to use the delegation token."),
  DELEGATION_TOKEN_EXPIRED(66, "The delegation token has expired."),
  INVALID_PRINCIPAL_TYPE(67, "The type of the principal is not supported."),
  NON_EMPTY_GROUP(68, "The group still has members."),
  GROUP_ID_NOT_FOUND(69, "There is no such group."),
  FETCH_SESSION_ID_NOT_FOUND(70, "There is no such fetch session.", Retry.YES),
  INVALID_FETCH_SESSION_EPOCH(
      71, "The epoch of the fetch session is not the expected one.", Retry.YES),
  LISTENER_NOT_FOUND(
      72, "The leader has no listener matching the one this request came in on.", Retry.YES),
  TOPIC_DELETION_DISABLED(73, "Topics cannot be deleted on this cluster."),
  FENCED_LEADER_EPOCH(74, "The leader epoch in the request is older than the broker's.", Retry.YES),
  UNKNOWN_LEADER_EPOCH(
      75, "The leader epoch in the request is newer than the broker's.", Retry.YES),
  UNSUPPORTED_COMPRESSION_TYPE(76, "The compression codec cannot be used here."),
  STALE_BROKER_EPOCH(77, "The broker has registered anew since."),
  OFFSET_NOT_AVAILABLE(78, "The new leader cannot tell its offsets yet.", Retry.YES),
  MEMBER_ID_REQUIRED(79, "The member has to join again with the id it was just given."),
  PREFERRED_LEADER_NOT_AVAILABLE(80, "The preferred leader is not available.", Retry.YES),
  GROUP_MAX_SIZE_REACHED(81, "The group takes no more members."),
  FENCED_INSTANCE_ID(82, "Another member has taken over this group instance id."),
  ELIGIBLE_LEADERS_NOT_AVAILABLE(83, "No replica that may lead is available.", Retry.YES),
  ELECTION_NOT_NEEDED(84, "The partition needs no election.", Retry.YES),
  NO_REASSIGNMENT_IN_PROGRESS(85, "The partition is not being reassigned."),
  GROUP_SUBSCRIBED_TO_TOPIC(86, "The group is subscribed to the topic, so its offsets stay."),
  INVALID_RECORD(87, "The broker did not accept a record or a record batch."),
  UNSTABLE_OFFSET_COMMIT(
      88, "Some offsets are part of a transaction that is still open.", Retry.YES),
  THROTTLING_QUOTA_EXCEEDED(89, "The quota is used up for now.", Retry.YES),
  PRODUCER_FENCED(90, "A newer producer uses the same transactional id."),
  RESOURCE_NOT_FOUND(91, "The request names a resource that does not exist."),
  DUPLICATE_RESOURCE(92, "The request names the same resource twice."),
  UNACCEPTABLE_CREDENTIAL(93, "The credential does not meet what is required of it."),
  INCONSISTENT_VOTER_SET(94, "Sender or receiver is not among the expected voters."),
  INVALID_UPDATE_VERSION(95, "The version of the update is not valid."),
  FEATURE_UPDATE_FAILED(96, "The features could not be updated."),
  PRINCIPAL_DESERIALIZATION_FAILURE(97, "The principal in a forwarded request cannot be read."),
  SNAPSHOT_NOT_FOUND(98, "There is no such snapshot."),
  POSITION_OUT_OF_RANGE(99, "The position lies outside the snapshot."),
  UNKNOWN_TOPIC_ID(100, "This broker knows no topic with this id.", Retry.YES),
  DUPLICATE_BROKER_REGISTRATION(101, "Another live broker has this id."),
  BROKER_ID_NOT_REGISTERED(102, "No broker is registered under this id."),
  INCONSISTENT_TOPIC_ID(103, "The topic id in the request is not the one of the log.", Retry.YES),
  INCONSISTENT_CLUSTER_ID(104, "The request is meant for another cluster."),
  TRANSACTIONAL_ID_NOT_FOUND(105, "There is no such transactional id."),
  FETCH_SESSION_TOPIC_ID_ERROR(
      106, "The fetch session mixes requests with and without topic ids.", Retry.YES),
  INELIGIBLE_REPLICA(107, "A replica in the new in-sync set may not be in it."),
  NEW_LEADER_ELECTED(108, "The change was made, and with it the partition got a new leader."),
  OFFSET_MOVED_TO_TIERED_STORAGE(109, "The offset is now only in the remote tier."),
  FENCED_MEMBER_EPOCH(
      110, "The group has fenced the member; it is to give up its partitions and rejoin."),
  UNRELEASED_INSTANCE_ID(111, "Another member of the group still uses this instance id."),
  UNSUPPORTED_ASSIGNOR(112, "The group does not support this assignor, or this version of it."),
  STALE_MEMBER_EPOCH(113, "The member's epoch is old; it is to retry after its next heartbeat."),
  MISMATCHED_ENDPOINT_TYPE(114, "The request came in on the wrong type of endpoint."),
  UNSUPPORTED_ENDPOINT_TYPE(115, "This type of endpoint is not supported."),
  UNKNOWN_CONTROLLER_ID(116, "No controller has this id."),
  UNKNOWN_SUBSCRIPTION_ID(117, "The telemetry subscription is not, or no longer, valid."),
  TELEMETRY_TOO_LARGE(118, "The telemetry is larger than the broker accepts."),
  INVALID_REGISTRATION(119, "The controller refuses the registration."),
  TRANSACTION_ABORTABLE(
      120, "The transaction failed; it can be aborted, and the producer may go on."),
  INVALID_RECORD_STATE(121, "The state of the record does not allow the acknowledgement."),
  SHARE_SESSION_NOT_FOUND(122, "There is no such share session.", Retry.YES),
  INVALID_SHARE_SESSION_EPOCH(
      123, "The epoch of the share session is not the expected one.", Retry.YES),
  FENCED_STATE_EPOCH(124, "The epoch of the state is not the one the coordinator has."),
  INVALID_VOTER_KEY(125, "The key of the voter is not the receiver's."),
  DUPLICATE_VOTER(126, "The voter is in the set already."),
  VOTER_NOT_FOUND(127, "The voter is not in the set."),
  INVALID_REGULAR_EXPRESSION(128, "The regular expression is not valid."),
  REBOOTSTRAP_REQUIRED(
      129, "The client's metadata leads to another cluster; it has to bootstrap again."),
  STREAMS_INVALID_TOPOLOGY(130, "The topology is not valid."),
  STREAMS_INVALID_TOPOLOGY_EPOCH(131, "The epoch of the topology is not valid."),
  STREAMS_TOPOLOGY_FENCED(132, "There is a newer epoch of the topology."),
  SHARE_SESSION_LIMIT_REACHED(133, "The broker opens no more share sessions.", Retry.YES),
  GROUP_DELETION_FAILED(134, "A group could not be deleted; its own message says why."),
  STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED(
      135, "The description of the topology was not taken; the message says why."),
  CONTROLLER_ID_NOT_REGISTERED(136, "No controller is registered under this id.");

  private static final ErrorCode[] BY_CODE = byCode();

  private final short code;
  private final String message;
  private final boolean retriable;

  ErrorCode(int code, String message) {
    this(code, message, Retry.NO);
  }

  ErrorCode(int code, String message, Retry retry) {
    this.code = (short) code;
    this.message = message;
    this.retriable = retry == Retry.YES;
  }

  /** The number that goes over the wire. */
  public short code() {
    return code;
  }

  /** What went wrong, for people. */
  public String message() {
    return message;
  }

  /** Whether stock clients send the request again by themselves when they see this code. */
  public boolean isRetriable() {
    return retriable;
  }

  public boolean isError() {
    return this != NONE;
  }

  /** The error with this code; {@link #UNKNOWN_SERVER_ERROR} when there is none. */
  public static ErrorCode forCode(short code) {
    int index = code + 1;
    return index >= 0 && index < BY_CODE.length ? BY_CODE[index] : UNKNOWN_SERVER_ERROR;
  }

  /** The codes have no gaps: -1 is first, so that a code's place is the code plus one. */
  private static ErrorCode[] byCode() {
    ErrorCode[] all = values();
    for (int i = 0; i < all.length; i++) {
      if (all[i].code != i - 1) {
        throw new AssertionError("out of order: " + all[i]);
      }
    }
    return all;
  }

  private enum Retry {
    YES,
    NO
  }
}
