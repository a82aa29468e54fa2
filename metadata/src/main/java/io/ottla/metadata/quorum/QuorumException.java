package io.ottla.metadata.quorum;

/** The quorum could not start, or could not carry a command out. */
public class QuorumException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public QuorumException(String message) {
    super(message);
  }

  public QuorumException(String message, Throwable cause) {
    super(message, cause);
  }

  /** This node does not lead the quorum: nothing was done; the leader may be asked. */
  public static final class NotLeader extends QuorumException {
    private static final long serialVersionUID = 1L;

    public NotLeader(String message) {
      super(message);
    }
  }

  /** Too much is waiting already: nothing was done; later may go better. */
  public static final class Overloaded extends QuorumException {
    private static final long serialVersionUID = 1L;

    public Overloaded(String message) {
      super(message);
    }
  }

  /** Whether the command was or will be carried out is not known. */
  public static final class OutcomeUnknown extends QuorumException {
    private static final long serialVersionUID = 1L;

    public OutcomeUnknown(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * This node was removed from the voters, as somebody asked for: its log has ended. Not a fault;
   * the node may go on without being a voter, and must be restarted before it is added again.
   */
  public static final class NoLongerVoter extends QuorumException {
    private static final long serialVersionUID = 1L;

    public NoLongerVoter(String message) {
      super(message);
    }
  }

  /** A change of the voters that cannot be made: nothing was done. */
  public static final class ChangeRefused extends QuorumException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
      /** Such a node is a voter already. */
      DUPLICATE_VOTER,
      /** No voter has this node and directory id. */
      VOTER_NOT_FOUND,
      /** Another change is under way: wait for it. */
      CHANGE_IN_PROGRESS,
      /** The new voter did not catch up in time, or cannot be reached. */
      NOT_CAUGHT_UP,
      /** It would leave no voter, or this quorum has no network. */
      NOT_POSSIBLE
    }

    private final Reason reason;

    public ChangeRefused(Reason reason, String message) {
      super(message);
      this.reason = reason;
    }

    public Reason reason() {
      return reason;
    }
  }
}
