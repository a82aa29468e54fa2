package io.ottla.broker.config;

import io.ottla.metadata.config.ConfigProblem;
import io.ottla.metadata.config.ConfigValues;
import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.config.QuorumVoter;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads the keys about the controllers and checks them against the node's roles, as Kafka does. */
final class QuorumReader {

  private static final String VOTERS = "controller.quorum.voters";
  private static final String BOOTSTRAP = "controller.quorum.bootstrap.servers";

  private QuorumReader() {}

  /**
   * @param isIdGiven whether the file says which node this is
   * @param problems takes what is wrong
   */
  static QuorumConfig read(
      ConfigValues values, NodeConfig node, boolean isIdGiven, List<ConfigProblem> problems) {
    List<QuorumVoter> voters =
        values.list(VOTERS).stream().flatMap(text -> QuorumVoter.parse(text).stream()).toList();
    List<HostPort> servers =
        values.list(BOOTSTRAP).stream().flatMap(text -> HostPort.parse(text).stream()).toList();
    Set<Integer> ids = voters.stream().map(QuorumVoter::id).collect(Collectors.toSet());
    String text = String.join(",", values.list(VOTERS));
    if (ids.size() < voters.size()) {
      problems.add(ConfigProblem.of(VOTERS, text, "names a node twice"));
    }
    boolean isAlone = node.isController() && (ids.isEmpty() || ids.equals(Set.of(node.nodeId())));
    boolean isNobody = !isIdGiven && !(isAlone && servers.isEmpty());
    if (isNobody) {
      // Several nodes that all take the default would be the same one.
      problems.add(
          ConfigProblem.of(
              "node.id",
              null,
              "must be set in a cluster, as "
                  + (voters.isEmpty() ? BOOTSTRAP : VOTERS)
                  + " tells of one"));
    } else if (node.isController() && !ids.isEmpty() && !ids.contains(node.nodeId())) {
      problems.add(
          ConfigProblem.of(VOTERS, text, "must contain this controller, node.id=" + node.nodeId()));
    } else if (!node.isController() && ids.contains(node.nodeId())) {
      problems.add(
          ConfigProblem.of(VOTERS, text, "must not contain this broker, node.id=" + node.nodeId()));
    }
    if (!node.isController() && voters.isEmpty() && servers.isEmpty()) {
      problems.add(
          ConfigProblem.of(
              BOOTSTRAP, "", "must name a controller, because this node is a mere broker"));
    }
    return new QuorumConfig(
        voters,
        servers,
        values.intValue("controller.quorum.election.timeout.ms"),
        values.intValue("controller.quorum.fetch.timeout.ms"),
        values.intValue("controller.quorum.request.timeout.ms"));
  }
}
