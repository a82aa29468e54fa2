package io.ottla.metadata.quorum;

import io.ottla.wire.Uuid;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Where a configuration puts a node: whether it may vote, and how it knows the others.
 *
 * @param controller whether it is a controller; a mere broker keeps no metadata log
 * @param known how it finds the controllers
 * @param listed the voters of controller.quorum.voters; empty unless {@code known} is LISTED
 */
public record QuorumPlace(boolean controller, Known known, List<Voter> listed) {

  /** How a node finds the controllers. */
  public enum Known {
    /** It is the only one, and needs to find nobody. */
    ALONE,
    /** By controller.quorum.voters. */
    LISTED,
    /** By controller.quorum.bootstrap.servers: who votes is in the log, or was told to format. */
    ASKED
  }

  /** The only controller. */
  public static final QuorumPlace ALONE = new QuorumPlace(true, Known.ALONE, List.of());

  public QuorumPlace {
    listed = List.copyOf(listed);
  }

  /**
   * A node of a cluster whose voters are listed. A controller listed alone needs no other.
   *
   * @param voters without directory ids
   */
  public static QuorumPlace listed(boolean controller, List<Voter> voters) {
    return controller && voters.size() <= 1
        ? ALONE
        : new QuorumPlace(controller, Known.LISTED, voters);
  }

  /** A node of a cluster whose voters may change. */
  public static QuorumPlace asked(boolean controller) {
    return new QuorumPlace(controller, Known.ASKED, List.of());
  }

  /**
   * The id of a cluster of which no node was formatted: the same on all nodes that list the same
   * voters. A node listing one voter cannot know it: that one is alone, and chose at random.
   */
  Optional<String> impliedClusterId() {
    if (listed.size() <= 1) {
      return Optional.empty();
    }
    String voters =
        listed.stream()
            .sorted(Comparator.comparingInt(Voter::nodeId))
            .map(voter -> voter.nodeId() + "@" + voter.address())
            .collect(Collectors.joining(","));
    UUID id =
        UUID.nameUUIDFromBytes(("ottla cluster of " + voters).getBytes(StandardCharsets.UTF_8));
    String text = Uuid.of(id).toString();
    // Kafka's ids do not begin with what looks like an option.
    return Optional.of(text.startsWith("-") ? "A" + text.substring(1) : text);
  }
}
