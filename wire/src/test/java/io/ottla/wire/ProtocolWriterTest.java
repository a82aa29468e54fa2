package io.ottla.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.ottla.wire.message.FetchResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ProtocolWriterTest {

  @Test
  void writesNumbersInNetworkOrder() {
    assertWritten(out -> out.writeBoolean(true), "01");
    assertWritten(out -> out.writeByte((byte) -128), "80");
    assertWritten(out -> out.writeShort((short) -2), "fffe");
    assertWritten(out -> out.writeUnsignedShort(65534), "fffe");
    assertWritten(out -> out.writeInt(-2), "fffffffe");
    assertWritten(out -> out.writeUnsignedInt(4294967294L), "fffffffe");
    assertWritten(out -> out.writeLong(-2), "fffffffffffffffe");
    assertWritten(out -> out.writeDouble(1.5), "3ff8000000000000");
    assertWritten(
        out -> out.writeUuid(new Uuid(1, 2)), "00".repeat(7) + "01" + "00".repeat(7) + "02");
  }

  @Test
  void writesLengthsFixedOrCompact() {
    assertWritten(out -> out.writeString("漢", false), "0003e6bca2");
    assertWritten(out -> out.writeString("漢", true), "04e6bca2");
    assertWritten(out -> out.writeNullableString(null, false), "ffff");
    assertWritten(out -> out.writeNullableString(null, true), "00");
    assertWritten(out -> out.writeBytes(new byte[] {5}, false), "0000000105");
    assertWritten(out -> out.writeBytes(new byte[] {5}, true), "0205");
    assertWritten(out -> out.writeNullableBytes(null, false), "ffffffff");
    assertWritten(out -> out.writeNullableBytes(null, true), "00");
    assertWritten(out -> out.writeArrayLength(3, false), "00000003");
    assertWritten(out -> out.writeArrayLength(3, true), "04");
    assertWritten(out -> out.writeNullableArrayLength(null, false), "ffffffff");
    assertWritten(out -> out.writeNullableArrayLength(null, true), "00");
    assertWritten(out -> out.writeNullableArrayLength(List.of(), true), "01");
    assertWritten(out -> out.writeNullableRecords(null, true), "00");
  }

  @Test
  void writesVarintsAndKnowsTheirSizes() {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      int value = random.nextInt() >>> random.nextInt(32);
      ByteBuf out = Unpooled.buffer();
      new ProtocolWriter(out).writeUnsignedVarint(value);

      assertThat(out.readableBytes())
          .as("%d", value)
          .isEqualTo(ProtocolWriter.sizeOfUnsignedVarint(value));
      assertThat(new ProtocolReader(out).readUnsignedVarint()).isEqualTo(value);
    }
  }

  @Test
  void refusesStringsTheProtocolHasNoLengthFor() {
    String longest = "ü".repeat(16383) + "x";

    assertThat(ProtocolWriter.sizeOfString(longest, false)).isEqualTo(2 + 32767);
    assertThatThrownBy(() -> ProtocolWriter.sizeOfString(longest + "x", false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void copiesRecordsThatAreInMemoryAndLeavesTheirBufferAsItWas() {
    ByteBuf bytes = Unpooled.wrappedBuffer(new byte[] {9, 1, 2, 9}).slice(1, 2);
    BufferRecords records = new BufferRecords(bytes);

    assertWritten(out -> out.writeRecords(records, false), "000000020102");
    assertWritten(out -> out.writeRecords(records, true), "030102");
    assertThat(bytes.readerIndex()).isZero();
    assertThat(bytes.refCnt()).isEqualTo(1);
  }

  @Test
  void cannotCopyRecordsThatAreNotInMemory() {
    assertThatThrownBy(
            () -> new ProtocolWriter(Unpooled.buffer()).writeRecords(new RecordsInAFile(3), true))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void handsRecordsOfEveryKindToTheSinkWithThePlaceWhereTheyBelong() {
    short version = FetchResponse.HIGHEST_SUPPORTED_VERSION;
    List<Records> records =
        List.of(
            new RecordsInAFile(1_000_000),
            new BufferRecords(Unpooled.wrappedBuffer(new byte[] {1, 2, 3})),
            BufferRecords.EMPTY);
    FetchResponse response = new FetchResponse();
    FetchResponse.FetchableTopicResponse topic = new FetchResponse.FetchableTopicResponse();
    response.responses().add(topic);
    for (Records of : records) {
      topic.partitions().add(new FetchResponse.PartitionData().records(of));
    }
    int spliced = 1_000_003;
    int size = response.size(version) - spliced;
    ByteBuf out = Unpooled.buffer(size, size);
    List<Integer> places = new ArrayList<>();
    List<Records> taken = new ArrayList<>();

    response.write(
        new ProtocolWriter(
            out,
            (index, of) -> {
              places.add(index);
              taken.add(of);
            }),
        version);

    assertThat(out.writerIndex()).isEqualTo(size);
    assertThat(taken).isEqualTo(records);
    // With the bytes put in at the places, it is what would have been written without a sink.
    topic.partitions().get(0).records(new BufferRecords(Unpooled.wrappedBuffer(new byte[5])));
    ByteBuf copied = Unpooled.buffer();
    response.write(new ProtocolWriter(copied), version);
    ByteBuf joined = Unpooled.buffer().writeBytes(out, 0, places.get(0)).writeZero(5);
    joined.writeBytes(out, places.get(0), places.get(1) - places.get(0));
    joined.writeByte(1).writeByte(2).writeByte(3);
    joined.writeBytes(out, places.get(1), size - places.get(1));
    // Three bytes say that there are a million bytes, one that there are five.
    assertThat(joined.readableBytes()).isEqualTo(copied.readableBytes() + 2);
    assertThat(ByteBufUtil.hexDump(joined, places.get(0), joined.readableBytes() - places.get(0)))
        .isEqualTo(
            ByteBufUtil.hexDump(
                copied, places.get(0) - 2, copied.readableBytes() - places.get(0) + 2));
  }

  private static void assertWritten(Consumer<ProtocolWriter> write, String hex) {
    ByteBuf out = Unpooled.buffer();
    write.accept(new ProtocolWriter(out));
    assertThat(ByteBufUtil.hexDump(out)).isEqualTo(hex);
  }

  private record RecordsInAFile(int sizeInBytes) implements Records {
    @Override
    public void release() {}
  }
}
