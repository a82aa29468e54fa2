package io.ottla.broker.storage;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.InvalidBrokerConfigException;
import io.ottla.metadata.quorum.FirstStart;
import io.ottla.metadata.quorum.StorageFormat;
import io.ottla.metadata.quorum.Voter;
import io.ottla.wire.Uuid;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes a node's log directories ready for a cluster. */
@Command(
    name = "format",
    description = "Formats the log directories of this node.",
    sortOptions = false)
final class FormatCommand implements Callable<Integer> {

  private static final String VOTERS = "controller.quorum.voters";

  /** Who votes first, where the configuration does not list it. */
  private static final class Controllers {

    @Option(
        names = {"--standalone", "-s"},
        description = "this node is the only voter; others may be added later")
    private boolean standalone;

    @Option(
        names = {"--no-initial-controllers", "-N"},
        description = "this node will be added to a cluster, or is no controller")
    private boolean none;

    @Option(
        names = {"--initial-controllers", "-I"},
        paramLabel = "ID@HOST:PORT:DIRECTORY,...",
        description = "the voters of a new cluster; the same on all its nodes")
    private String initial;
  }

  @Mixin private NodeFile nodeFile;
  @Spec private CommandSpec spec;

  @Option(
      names = {"--cluster-id", "-t"},
      required = true,
      paramLabel = "ID",
      description = "the id of the cluster")
  private String clusterId;

  @Option(
      names = {"--add-scram", "-S"},
      paramLabel = "CREDENTIAL",
      description = "not supported yet")
  private List<String> scram = List.of();

  @Option(
      names = {"--ignore-formatted", "-g"},
      description = "passes over directories that are formatted already")
  private boolean ignoreFormatted;

  @Option(
      names = {"--release-version", "-r"},
      paramLabel = "VERSION",
      description = "the release whose feature levels a new cluster begins with")
  private String release;

  @Option(
      names = {"--feature", "-f"},
      paramLabel = "FEATURE=LEVEL",
      description = "the level of one feature; may be given several times")
  private List<String> features = List.of();

  @ArgGroup private Controllers controllers = new Controllers();

  @Override
  public Integer call() throws InvalidBrokerConfigException {
    BrokerConfig config = nodeFile.read();
    if (!scram.isEmpty()) {
      throw new StorageToolException(
          "--add-scram is not supported: credentials are not kept yet. Nothing was formatted");
    }
    Optional<List<Voter>> voters = voters(config);
    Map<String, Short> levels =
        FirstFeatures.of(
            Optional.ofNullable(release),
            features,
            config.quorum().voters().isEmpty(),
            config.node().unstableFeatures());
    PrintWriter out = spec.commandLine().getOut();
    String version = MetadataVersions.name(levels.get(MetadataVersions.FEATURE));
    int formatted =
        StorageFormat.run(
            new StorageFormat.Request(
                config.node().nodeId(),
                clusterId,
                List.copyOf(NodeFile.directories(config.logDirs())),
                config.logDirs().metadataDir(),
                new FirstStart(voters, levels),
                ignoreFormatted),
            Uuid::random,
            (directory, kind) ->
                out.printf(
                    "Formatting %s %s with %s %s.%n",
                    kind.description(), directory, MetadataVersions.FEATURE, version));
    if (formatted == 0) {
      out.println("All of the log directories are already formatted.");
    }
    return 0;
  }

  /** No value when the configuration lists them. */
  private Optional<List<Voter>> voters(BrokerConfig config) {
    boolean listed = !config.quorum().voters().isEmpty();
    boolean controller = config.node().isController();
    if (listed && (controllers.standalone || controllers.initial != null)) {
      throw new StorageToolException(
          "You cannot specify "
              + VOTERS
              + " and format the node with --initial-controllers or --standalone. If you want to"
              + " use dynamic quorum, please remove "
              + VOTERS
              + " and specify controller.quorum.bootstrap.servers instead.");
    }
    if (controllers.standalone) {
      if (!controller) {
        throw new StorageToolException("You can only use --standalone on a controller.");
      }
      return Optional.of(
          List.of(
              new Voter(
                  config.node().nodeId(), Uuid.random(), QuorumPlacement.ownAddress(config))));
    }
    if (controllers.initial != null) {
      return Optional.of(initial());
    }
    if (controller && !listed && !controllers.none) {
      throw new StorageToolException(
          "Because "
              + VOTERS
              + " is not set on this controller, you must specify one of the following:"
              + " --standalone, --initial-controllers, or --no-initial-controllers.");
    }
    return listed ? Optional.empty() : Optional.of(List.of());
  }

  private List<Voter> initial() {
    try {
      List<Voter> voters = Voter.parseAll(controllers.initial);
      if (voters.isEmpty()) {
        throw new StorageToolException("No voters given.");
      }
      return voters;
    } catch (IllegalArgumentException e) {
      throw new StorageToolException("--initial-controllers: " + e.getMessage());
    }
  }
}
