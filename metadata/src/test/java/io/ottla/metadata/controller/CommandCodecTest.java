package io.ottla.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.codec.CodecException;
import io.ottla.metadata.codec.FrameWriter;
import io.ottla.metadata.codec.TooLargeException;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.TakenOver;
import io.ottla.wire.Uuid;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CommandCodecTest {

  private static final List<Command> COMMANDS =
      List.of(
          new Command.RegisterBroker(SingleNode.broker(3), 17, -1),
          new Command.UnfenceBroker(3, Long.MAX_VALUE),
          new Command.FenceBroker(3, 17),
          new Command.CreateTopics(
              List.of(
                  new Command.PlacedTopic(
                      "orders",
                      new Uuid(1, 2),
                      List.of(NodeIds.of(1, 2), NodeIds.EMPTY, NodeIds.of(Integer.MAX_VALUE)),
                      Map.of("a", "1", "b", "")),
                  new Command.PlacedTopic("x", Uuid.ZERO, List.of(), Map.of()))),
          new Command.DeleteTopics(List.of(new Uuid(-1, -2), Uuid.ONE)),
          new Command.CreatePartitions(
              List.of(new Command.PlacedPartitions(new Uuid(5, 6), 7, List.of(NodeIds.of(1))))),
          new Command.AlterConfigs(
              List.of(
                  new Command.NewConfigs(
                      ConfigResource.defaultBroker(), Map.of("k", "v"), Long.MIN_VALUE),
                  new Command.NewConfigs(ConfigResource.topic("t"), Map.of(), 0))),
          new Command.AllocateProducerIds(1, 2),
          new Command.SetFeatures(
              Map.of("transaction.version", (short) 2), Map.of("transaction.version", (short) 1)),
          new Command.TakeOver(List.of(new TakenOver(5, 6, 7).toDelta(), TakenOver.begun())),
          new Command.TakeOver(List.of()),
          new Command.ShutDownBroker(4, 5),
          new Command.UnregisterBroker(6),
          new Command.AlterPartition(
              1,
              99,
              List.of(
                  new Command.NewIsr(
                      new Uuid(1, 2),
                      3,
                      4,
                      5,
                      NodeIds.of(1, 2),
                      List.of(99L, -1L),
                      LeaderRecoveryState.RECOVERING))),
          new Command.AlterPartition(
              1,
              99,
              List.of(
                  new Command.NewIsr(
                      Uuid.ZERO,
                      0,
                      0,
                      0,
                      NodeIds.EMPTY,
                      List.of(),
                      LeaderRecoveryState.RECOVERED))),
          new Command.ElectLeaders(false, List.of(new Command.PartitionId(Uuid.ZERO, 0))),
          new Command.AlterReassignments(
              true,
              List.of(
                  new Command.Reassignment(Uuid.ZERO, 0, NodeIds.EMPTY),
                  new Command.Reassignment(Uuid.ZERO, 0, null))),
          new Command.AlterReassignments(
              true, List.of(new Command.Reassignment(Uuid.ZERO, 0, null))),
          new Command.CreateTopics(
              List.of(new Command.PlacedTopic("", Uuid.ZERO, List.of(), Map.of()))),
          new Command.CreatePartitions(
              List.of(new Command.PlacedPartitions(Uuid.ZERO, 0, List.of()))),
          new Command.AlterConfigs(
              List.of(new Command.NewConfigs(ConfigResource.defaultBroker(), Map.of(), 0))),
          new Command.ElectLeaders(true, List.of(new Command.PartitionId(new Uuid(1, 2), 3))),
          new Command.RecoverUncleanly(),
          new Command.ReportReplicas(
              2,
              18,
              List.of(
                  new Command.ReplicaReport(new Uuid(1, 2), 3, true),
                  new Command.ReplicaReport(Uuid.ZERO, 0, false))),
          new Command.ReportReplicas(
              2, 18, List.of(new Command.ReplicaReport(Uuid.ZERO, 0, false))),
          new Command.AlterReassignments(
              false,
              List.of(
                  new Command.Reassignment(new Uuid(1, 2), 3, NodeIds.of(4, 5)),
                  new Command.Reassignment(new Uuid(1, 2), 4, null))));

  private static final Planner PLANNER = new Planner(3, 2, true);

  @Test
  void readsEveryCommandItWrites() {
    for (Command command : COMMANDS) {
      assertThat(CommandCodec.decode(CommandCodec.encode(42, PLANNER, command)))
          .isEqualTo(new CommandCodec.Planned(42, PLANNER, command));
    }
    assertThat(COMMANDS.stream().<Class<?>>map(Object::getClass))
        .containsAll(
            Arrays.stream(Command.class.getPermittedSubclasses())
                .filter(kind -> Command.class.isAssignableFrom(kind))
                .toList());
  }

  @Test
  void refusesAlteredAndCutBytes() {
    long seed = System.nanoTime();
    System.out.println("CommandCodecTest seed " + seed);
    Random random = new Random(seed);
    for (Command command : COMMANDS) {
      byte[] frame = CommandCodec.encode(42, PLANNER, command);
      for (int length = 0; length < frame.length; length++) {
        byte[] cut = Arrays.copyOf(frame, length);
        assertThatThrownBy(() -> CommandCodec.decode(cut)).isInstanceOf(CodecException.class);
      }
      for (int i = 0; i < 300; i++) {
        byte[] altered = frame.clone();
        altered[random.nextInt(altered.length)] ^= (byte) (1 + random.nextInt(255));
        assertThatThrownBy(() -> CommandCodec.decode(altered)).isInstanceOf(CodecException.class);
      }
    }
  }

  @Test
  void refusesTypesAndVersionsItDoesNotKnow() {
    FrameWriter type = new FrameWriter(1, 100);
    type.writeLong(1);
    type.writeByte(99);
    assertThatThrownBy(() -> CommandCodec.decode(type.toFrame()))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("command type 99");
    assertThatThrownBy(() -> CommandCodec.decode(new FrameWriter(3, 100).toFrame()))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("version 3");
  }

  @Test
  void readsCommandsOfBeforeTheySaidWhoPlannedThem() {
    FrameWriter old = new FrameWriter(1, 1000);
    old.writeLong(7);
    old.writeByte(3);
    old.writeInt(5);
    old.writeLong(17);
    assertThat(CommandCodec.decode(old.toFrame()))
        .isEqualTo(new CommandCodec.Planned(7, Planner.UNKNOWN, new Command.FenceBroker(5, 17)));
  }

  @Test
  void refusesToWriteACommandLongerThanTheLogTakes() {
    Command huge = new Command.DeleteTopics(Collections.nCopies(70_000, Uuid.ONE));
    assertThatThrownBy(() -> CommandCodec.encode(1, PLANNER, huge))
        .isInstanceOf(TooLargeException.class);
  }

  @Test
  void writesEqualCommandsAsEqualBytes() {
    Map<String, String> some = Map.of("a", "1", "b", "2", "c", "3", "d", "4");
    Map<String, String> same = Map.of("d", "4", "c", "3", "b", "2", "a", "1");
    assertThat(CommandCodec.fingerprint(some)).isEqualTo(CommandCodec.fingerprint(same));
  }
}
