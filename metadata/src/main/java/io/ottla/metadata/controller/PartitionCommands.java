package io.ottla.metadata.controller;

import io.ottla.metadata.codec.FrameReader;
import io.ottla.metadata.codec.FrameWriter;
import io.ottla.metadata.controller.Command.NewIsr;
import io.ottla.metadata.controller.Command.PartitionId;
import io.ottla.metadata.controller.Command.Reassignment;
import io.ottla.metadata.controller.Command.ReplicaReport;
import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.NodeIds;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.List;

/** The bytes of what commands say of single partitions, for {@link CommandCodec}. */
final class PartitionCommands {

  private PartitionCommands() {}

  static void writeIsr(FrameWriter out, NewIsr change) {
    out.writeUuid(change.topicId());
    out.writeInt(change.partition());
    out.writeInt(change.leaderEpoch());
    out.writeInt(change.partitionEpoch());
    change.isr().write(out);
    change.isrEpochs().forEach(out::writeLong);
    out.writeByte(change.recovery().id());
  }

  static NewIsr readIsr(FrameReader in) {
    Uuid topicId = in.readUuid();
    int partition = in.readInt();
    int leaderEpoch = in.readInt();
    int partitionEpoch = in.readInt();
    NodeIds isr = NodeIds.read(in);
    List<Long> epochs = new ArrayList<>(isr.size());
    for (int i = 0; i < isr.size(); i++) {
      epochs.add(in.readLong());
    }
    return new NewIsr(
        topicId,
        partition,
        leaderEpoch,
        partitionEpoch,
        isr,
        epochs,
        LeaderRecoveryState.forId(in.readByte()));
  }

  static void writePartition(FrameWriter out, PartitionId id) {
    out.writeUuid(id.topicId());
    out.writeInt(id.partition());
  }

  static PartitionId readPartition(FrameReader in) {
    return new PartitionId(in.readUuid(), in.readInt());
  }

  static void writeReport(FrameWriter out, ReplicaReport report) {
    out.writeUuid(report.topicId());
    out.writeInt(report.partition());
    out.writeBoolean(report.lost());
  }

  static ReplicaReport readReport(FrameReader in) {
    return new ReplicaReport(in.readUuid(), in.readInt(), in.readBoolean());
  }

  static void writeReassignment(FrameWriter out, Reassignment item) {
    out.writeUuid(item.topicId());
    out.writeInt(item.partition());
    out.writeBoolean(item.isCancellation());
    if (!item.isCancellation()) {
      item.replicas().write(out);
    }
  }

  static Reassignment readReassignment(FrameReader in) {
    Uuid topicId = in.readUuid();
    int partition = in.readInt();
    boolean cancels = in.readBoolean();
    return new Reassignment(topicId, partition, cancels ? null : NodeIds.read(in));
  }
}
