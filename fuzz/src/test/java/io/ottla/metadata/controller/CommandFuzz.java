package io.ottla.metadata.controller;

import io.ottla.fuzz.Allocations;
import io.ottla.metadata.codec.CodecException;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.NodeIds;
import io.ottla.wire.Uuid;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * One command as it lies in the metadata log. The first byte says whether its checksum is made
 * right. It is read, and then written as it was, or refused as damaged.
 */
public final class CommandFuzz {

  private static final long HEAP_AT_LEAST = 2L << 20;
  private static final int HEAP_PER_BYTE = 400;

  private CommandFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Allocations.within(HEAP_AT_LEAST + (long) HEAP_PER_BYTE * data.length, () -> play(data));
  }

  private static void play(byte[] data) {
    byte[] frame = data.length == 0 ? data : Arrays.copyOfRange(data, 1, data.length);
    if (frame.length > Integer.BYTES && (data[0] & 1) == 0) {
      CRC32C crc = new CRC32C();
      crc.update(frame, 0, frame.length - Integer.BYTES);
      ByteBuffer.wrap(frame).putInt(frame.length - Integer.BYTES, (int) crc.getValue());
    }
    try {
      CommandCodec.Planned planned = CommandCodec.decode(frame);
      byte[] written = CommandCodec.encode(planned.term(), planned.planner(), planned.command());
      CommandCodec.Planned again = CommandCodec.decode(written);
      if (!Arrays.equals(
          written, CommandCodec.encode(again.term(), again.planner(), again.command()))) {
        throw new AssertionError("a command changes when it is read: " + again);
      }
    } catch (CodecException e) {
      // Damaged: the one there may be.
    }
  }

  /** Where the corpus began: commands of most kinds. */
  public static Map<String, byte[]> seeds() {
    List<Command> commands =
        List.of(
            new Command.UnfenceBroker(3, 17),
            new Command.CreateTopics(
                List.of(
                    new Command.PlacedTopic(
                        "orders", new Uuid(1, 2), List.of(NodeIds.of(1, 2)), Map.of("a", "1")))),
            new Command.DeleteTopics(List.of(Uuid.ONE)),
            new Command.CreatePartitions(
                List.of(new Command.PlacedPartitions(Uuid.ONE, 7, List.of(NodeIds.of(1))))),
            new Command.AlterConfigs(
                List.of(
                    new Command.NewConfigs(ConfigResource.defaultBroker(), Map.of("k", "v"), 5))),
            new Command.SetFeatures(Map.of("f", (short) 2), Map.of("f", (short) 1)),
            new Command.AlterPartition(
                1,
                99,
                List.of(
                    new Command.NewIsr(
                        Uuid.ONE,
                        3,
                        4,
                        5,
                        NodeIds.of(1, 2),
                        List.of(99L, -1L),
                        LeaderRecoveryState.RECOVERED))),
            new Command.AlterReassignments(
                true, List.of(new Command.Reassignment(Uuid.ONE, 0, NodeIds.of(2, 1)))));
    Map<String, byte[]> seeds = new TreeMap<>();
    for (Command command : commands) {
      byte[] frame = CommandCodec.encode(3, Planner.UNKNOWN, command);
      seeds.put(
          command.getClass().getSimpleName(),
          ByteBuffer.allocate(1 + frame.length).put((byte) 0).put(frame).array());
    }
    return seeds;
  }
}
