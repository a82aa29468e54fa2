package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.AllocateProducerIds;
import io.ottla.metadata.controller.Command.AlterConfigs;
import io.ottla.metadata.controller.Command.AlterPartition;
import io.ottla.metadata.controller.Command.AlterReassignments;
import io.ottla.metadata.controller.Command.CreatePartitions;
import io.ottla.metadata.controller.Command.CreateTopics;
import io.ottla.metadata.controller.Command.DeleteTopics;
import io.ottla.metadata.controller.Command.ElectLeaders;
import io.ottla.metadata.controller.Command.FenceBroker;
import io.ottla.metadata.controller.Command.RecoverUncleanly;
import io.ottla.metadata.controller.Command.RegisterBroker;
import io.ottla.metadata.controller.Command.ReportReplicas;
import io.ottla.metadata.controller.Command.SetFeatures;
import io.ottla.metadata.controller.Command.ShutDownBroker;
import io.ottla.metadata.controller.Command.TakeOver;
import io.ottla.metadata.controller.Command.UnfenceBroker;
import io.ottla.metadata.controller.Command.UnregisterBroker;
import io.ottla.metadata.image.AppliedMetadata;
import io.ottla.metadata.image.ImageSnapshot;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.quorum.QuorumStateMachine;
import io.ottla.wire.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.function.LongConsumer;

/**
 * The metadata as a state machine over the quorum's log. Its state is one image; each command makes
 * the next one, which is handed to those who follow before the command's result is told.
 *
 * <p>Changed on the quorum's applying thread only; {@link #image} may be read by any.
 */
public final class ControllerStateMachine implements QuorumStateMachine<CommandResult> {

  private final AppliedMetadata followers;
  private volatile MetadataImage image;
  private volatile LongConsumer onLeaderReady = term -> {};
  private volatile Runnable onNotLeader = () -> {};

  /**
   * @param clusterId the cluster whose metadata this is
   * @param followers told of every change
   */
  public ControllerStateMachine(String clusterId, AppliedMetadata followers) {
    this.image = MetadataImage.empty(clusterId);
    this.followers = followers;
  }

  /** The newest image; may be ahead of what is published. */
  public MetadataImage image() {
    return image;
  }

  /**
   * Sets what is to happen when this node leads, with the term, and when it does not any more;
   * before the quorum starts.
   */
  void whenLeading(LongConsumer ready, Runnable ended) {
    onLeaderReady = ready;
    onNotLeader = ended;
  }

  @Override
  public CommandResult apply(long index, long term, byte[] bytes) {
    CommandCodec.Planned planned = CommandCodec.decode(bytes);
    if (planned.term() != term) {
      return new CommandResult.Refused(
          ErrorCode.NOT_CONTROLLER, "The controller that planned this was deposed.");
    }
    Changes changes = new Changes(image, index, planned.planner());
    CommandResult result = apply(changes, planned.command());
    image = changes.image().at(index);
    followers.applied(image, changes.deltas());
    return result;
  }

  /** Carries out a command on an image. Pure. */
  static CommandResult apply(Changes changes, Command command) {
    return switch (command) {
      case RegisterBroker register -> BrokerControl.registerBroker(changes, register);
      case UnfenceBroker unfence -> BrokerControl.unfenceBroker(changes, unfence);
      case FenceBroker fence -> BrokerControl.fenceBroker(changes, fence);
      case ShutDownBroker stop -> BrokerControl.shutDownBroker(changes, stop);
      case UnregisterBroker unregister -> BrokerControl.unregisterBroker(changes, unregister);
      case AlterPartition alter -> IsrControl.alterPartition(changes, alter);
      case ElectLeaders elect -> ElectionControl.electLeaders(changes, elect);
      case RecoverUncleanly recover -> ElectionControl.electUncleanly(changes);
      case AlterReassignments alter -> ReassignmentControl.alterReassignments(changes, alter);
      case ReportReplicas report -> DirectoryControl.reportReplicas(changes, report);
      case CreateTopics create -> TopicControl.createTopics(changes, create);
      case DeleteTopics delete -> TopicControl.deleteTopics(changes, delete);
      case CreatePartitions create -> TopicControl.createPartitions(changes, create);
      case AlterConfigs alter -> ConfigControl.alterConfigs(changes, alter);
      case AllocateProducerIds allocate -> ProducerIdControl.allocate(changes, allocate);
      case SetFeatures set -> FeatureControl.setFeatures(changes, set);
      case TakeOver take -> {
        take.deltas().forEach(changes::add);
        yield new CommandResult.Done();
      }
    };
  }

  @Override
  public void writeSnapshot(OutputStream out) throws IOException {
    ImageSnapshot.write(image, out);
  }

  @Override
  public void readSnapshot(InputStream in) throws IOException {
    image = ImageSnapshot.read(in, image.clusterId());
    followers.replaced(image);
  }

  @Override
  public void onLeaderReady(long term) {
    onLeaderReady.accept(term);
  }

  @Override
  public void onNotLeader() {
    onNotLeader.run();
  }
}
