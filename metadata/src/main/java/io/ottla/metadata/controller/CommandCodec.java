package io.ottla.metadata.controller;

import io.ottla.metadata.codec.CodecException;
import io.ottla.metadata.codec.FrameReader;
import io.ottla.metadata.codec.FrameWriter;
import io.ottla.metadata.codec.TooLargeException;
import io.ottla.metadata.controller.Command.AllocateProducerIds;
import io.ottla.metadata.controller.Command.AlterConfigs;
import io.ottla.metadata.controller.Command.AlterPartition;
import io.ottla.metadata.controller.Command.AlterReassignments;
import io.ottla.metadata.controller.Command.CreatePartitions;
import io.ottla.metadata.controller.Command.CreateTopics;
import io.ottla.metadata.controller.Command.DeleteTopics;
import io.ottla.metadata.controller.Command.ElectLeaders;
import io.ottla.metadata.controller.Command.FenceBroker;
import io.ottla.metadata.controller.Command.NewConfigs;
import io.ottla.metadata.controller.Command.PlacedPartitions;
import io.ottla.metadata.controller.Command.PlacedTopic;
import io.ottla.metadata.controller.Command.RecoverUncleanly;
import io.ottla.metadata.controller.Command.RegisterBroker;
import io.ottla.metadata.controller.Command.ReportReplicas;
import io.ottla.metadata.controller.Command.SetFeatures;
import io.ottla.metadata.controller.Command.ShutDownBroker;
import io.ottla.metadata.controller.Command.TakeOver;
import io.ottla.metadata.controller.Command.UnfenceBroker;
import io.ottla.metadata.controller.Command.UnregisterBroker;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.DeltaCodec;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.quorum.MetadataQuorum;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The bytes of a command in the metadata log: one frame whose body is the term the command was
 * planned in, the command's type, and its fields. Types are never given a second meaning.
 */
public final class CommandCodec {

  /** The version since which commands say who planned them. */
  private static final int WITH_PLANNER = 2;

  private static final int LOWEST_VERSION = 1;
  private static final int VERSION = WITH_PLANNER;

  private static final int REGISTER_BROKER = 1;
  private static final int UNFENCE_BROKER = 2;
  private static final int FENCE_BROKER = 3;
  private static final int CREATE_TOPICS = 4;
  private static final int DELETE_TOPICS = 5;
  private static final int CREATE_PARTITIONS = 6;
  private static final int ALTER_CONFIGS = 7;
  private static final int ALLOCATE_PRODUCER_IDS = 8;
  private static final int SET_FEATURES = 9;
  private static final int SHUT_DOWN_BROKER = 10;
  private static final int UNREGISTER_BROKER = 11;
  private static final int ALTER_PARTITION = 12;
  private static final int ELECT_LEADERS = 13;
  private static final int RECOVER_UNCLEANLY = 14;
  private static final int ALTER_REASSIGNMENTS = 15;
  private static final int TAKE_OVER = 16;
  private static final int REPORT_REPLICAS = 17;

  private CommandCodec() {}

  /**
   * A command as read from the log.
   *
   * @param term the term of the controller that planned it
   * @param planner who that was
   */
  record Planned(long term, Planner planner, Command command) {}

  /**
   * Writes a command.
   *
   * @param term the term of the controller that planned it
   * @param planner who that is
   * @throws TooLargeException if the command does not fit {@link MetadataQuorum#MAX_COMMAND_BYTES}
   */
  static byte[] encode(long term, Planner planner, Command command) {
    FrameWriter out = new FrameWriter(VERSION, MetadataQuorum.MAX_COMMAND_BYTES);
    out.writeLong(term);
    out.writeInt(planner.nodeId());
    out.writeInt(planner.minInsyncReplicas());
    out.writeBoolean(planner.uncleanElection());
    write(out, command);
    return out.toFrame();
  }

  /**
   * Reads a command.
   *
   * @throws CodecException if the bytes are damaged, of an unknown version or of an unknown type
   */
  static Planned decode(byte[] frame) {
    FrameReader in = new FrameReader(frame, LOWEST_VERSION, VERSION);
    long term = in.readLong();
    Planner planner =
        in.version() >= WITH_PLANNER
            ? new Planner(in.readInt(), in.readInt(), in.readBoolean())
            : Planner.UNKNOWN;
    Planned planned = new Planned(term, planner, read(in));
    in.expectEnd();
    return planned;
  }

  /** Tells one set of settings from another. */
  static long fingerprint(Map<String, String> configs) {
    FrameWriter out = new FrameWriter(VERSION, Integer.MAX_VALUE);
    out.writeStrings(configs);
    return out.hash();
  }

  private static void write(FrameWriter out, Command command) {
    switch (command) {
      case RegisterBroker register -> {
        out.writeByte(REGISTER_BROKER);
        register.broker().write(out);
        out.writeLong(register.replacedEpoch());
        out.writeLong(register.previousBrokerEpoch());
      }
      case UnfenceBroker unfence -> {
        out.writeByte(UNFENCE_BROKER);
        out.writeInt(unfence.brokerId());
        out.writeLong(unfence.brokerEpoch());
      }
      case FenceBroker fence -> {
        out.writeByte(FENCE_BROKER);
        out.writeInt(fence.brokerId());
        out.writeLong(fence.brokerEpoch());
      }
      case ShutDownBroker stop -> {
        out.writeByte(SHUT_DOWN_BROKER);
        out.writeInt(stop.brokerId());
        out.writeLong(stop.brokerEpoch());
      }
      case UnregisterBroker unregister -> {
        out.writeByte(UNREGISTER_BROKER);
        out.writeInt(unregister.brokerId());
      }
      case AlterPartition alter -> {
        out.writeByte(ALTER_PARTITION);
        out.writeInt(alter.brokerId());
        out.writeLong(alter.brokerEpoch());
        writeAll(out, alter.changes(), PartitionCommands::writeIsr);
      }
      case ElectLeaders elect -> {
        out.writeByte(ELECT_LEADERS);
        out.writeBoolean(elect.unclean());
        writeAll(out, elect.partitions(), PartitionCommands::writePartition);
      }
      case RecoverUncleanly recover -> out.writeByte(RECOVER_UNCLEANLY);
      case AlterReassignments alter -> {
        out.writeByte(ALTER_REASSIGNMENTS);
        out.writeBoolean(alter.allowReplicationFactorChange());
        writeAll(out, alter.partitions(), PartitionCommands::writeReassignment);
      }
      case ReportReplicas report -> {
        out.writeByte(REPORT_REPLICAS);
        out.writeInt(report.brokerId());
        out.writeLong(report.brokerEpoch());
        writeAll(out, report.replicas(), PartitionCommands::writeReport);
      }
      case CreateTopics create -> {
        out.writeByte(CREATE_TOPICS);
        writeAll(out, create.topics(), CommandCodec::writeTopic);
      }
      case DeleteTopics delete -> {
        out.writeByte(DELETE_TOPICS);
        writeAll(out, delete.topicIds(), FrameWriter::writeUuid);
      }
      case CreatePartitions create -> {
        out.writeByte(CREATE_PARTITIONS);
        writeAll(out, create.topics(), CommandCodec::writePartitions);
      }
      case AlterConfigs alter -> {
        out.writeByte(ALTER_CONFIGS);
        writeAll(out, alter.resources(), CommandCodec::writeConfigs);
      }
      case AllocateProducerIds allocate -> {
        out.writeByte(ALLOCATE_PRODUCER_IDS);
        out.writeInt(allocate.brokerId());
        out.writeLong(allocate.brokerEpoch());
      }
      case SetFeatures set -> {
        out.writeByte(SET_FEATURES);
        writeLevels(out, set.levels());
        writeLevels(out, set.plannedFrom());
      }
      case TakeOver take -> {
        out.writeByte(TAKE_OVER);
        writeAll(out, take.deltas(), (to, delta) -> to.writeBytes(DeltaCodec.encode(delta)));
      }
    }
  }

  private static Command read(FrameReader in) {
    int type = in.readByte();
    return switch (type) {
      case REGISTER_BROKER -> readRegistration(in);
      case UNFENCE_BROKER -> new UnfenceBroker(in.readInt(), in.readLong());
      case FENCE_BROKER -> new FenceBroker(in.readInt(), in.readLong());
      case SHUT_DOWN_BROKER -> new ShutDownBroker(in.readInt(), in.readLong());
      case UNREGISTER_BROKER -> new UnregisterBroker(in.readInt());
      case ALTER_PARTITION ->
          new AlterPartition(
              in.readInt(), in.readLong(), readAll(in, 21, PartitionCommands::readIsr));
      case ELECT_LEADERS ->
          new ElectLeaders(in.readBoolean(), readAll(in, 17, PartitionCommands::readPartition));
      case RECOVER_UNCLEANLY -> new RecoverUncleanly();
      case ALTER_REASSIGNMENTS ->
          new AlterReassignments(
              in.readBoolean(), readAll(in, 18, PartitionCommands::readReassignment));
      case REPORT_REPLICAS ->
          new ReportReplicas(
              in.readInt(), in.readLong(), readAll(in, 18, PartitionCommands::readReport));
      case CREATE_TOPICS -> new CreateTopics(readAll(in, 19, CommandCodec::readTopic));
      case DELETE_TOPICS -> new DeleteTopics(readAll(in, 16, FrameReader::readUuid));
      case CREATE_PARTITIONS -> new CreatePartitions(readAll(in, 18, CommandCodec::readPartitions));
      case ALTER_CONFIGS -> new AlterConfigs(readAll(in, 11, CommandCodec::readConfigs));
      case ALLOCATE_PRODUCER_IDS -> new AllocateProducerIds(in.readInt(), in.readLong());
      case SET_FEATURES ->
          new SetFeatures(readLevels(in), in.version() >= WITH_PLANNER ? readLevels(in) : Map.of());
      case TAKE_OVER -> new TakeOver(readAll(in, 1, from -> DeltaCodec.decode(from.readBytes())));
      default -> throw new CodecException("command type " + type + " is not known here");
    };
  }

  private static void writeTopic(FrameWriter out, PlacedTopic topic) {
    out.writeString(topic.name());
    out.writeUuid(topic.id());
    writeAll(out, topic.assignments(), (to, assignment) -> assignment.write(to));
    out.writeStrings(topic.configs());
  }

  private static PlacedTopic readTopic(FrameReader in) {
    String name = in.readString();
    Uuid id = in.readUuid();
    List<NodeIds> assignments = readAll(in, 1, NodeIds::read);
    return new PlacedTopic(name, id, assignments, in.readStrings());
  }

  private static void writePartitions(FrameWriter out, PlacedPartitions partitions) {
    out.writeUuid(partitions.topicId());
    out.writeInt(partitions.firstPartition());
    writeAll(out, partitions.assignments(), (to, assignment) -> assignment.write(to));
  }

  private static PlacedPartitions readPartitions(FrameReader in) {
    return new PlacedPartitions(in.readUuid(), in.readInt(), readAll(in, 1, NodeIds::read));
  }

  private static void writeConfigs(FrameWriter out, NewConfigs configs) {
    configs.resource().write(out);
    out.writeStrings(configs.configs());
    out.writeFixedLong(configs.plannedFrom());
  }

  private static NewConfigs readConfigs(FrameReader in) {
    return new NewConfigs(ConfigResource.read(in), in.readStrings(), in.readFixedLong());
  }

  private static RegisterBroker readRegistration(FrameReader in) {
    BrokerImage broker = BrokerImage.read(in);
    if (in.version() < WITH_PLANNER) {
      boolean replacesLive = in.readBoolean();
      return new RegisterBroker(
          broker,
          replacesLive ? RegisterBroker.ANY_EPOCH : RegisterBroker.NO_EPOCH,
          RegisterBroker.NO_EPOCH);
    }
    return new RegisterBroker(broker, in.readLong(), in.readLong());
  }

  private static void writeLevels(FrameWriter out, Map<String, Short> levels) {
    out.writeCount(levels.size());
    new TreeMap<>(levels)
        .forEach(
            (feature, level) -> {
              out.writeString(feature);
              out.writeInt(level);
            });
  }

  private static Map<String, Short> readLevels(FrameReader in) {
    Map<String, Short> levels = new HashMap<>();
    for (int left = in.readCount(2); left > 0; left--) {
      levels.put(in.readString(), in.readShort());
    }
    return levels;
  }

  static <T> void writeAll(FrameWriter out, List<T> items, BiConsumer<FrameWriter, T> writer) {
    out.writeCount(items.size());
    for (T item : items) {
      writer.accept(out, item);
    }
  }

  static <T> List<T> readAll(FrameReader in, int leastItemBytes, Function<FrameReader, T> reader) {
    int count = in.readCount(leastItemBytes);
    List<T> items = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      items.add(reader.apply(in));
    }
    return items;
  }
}
