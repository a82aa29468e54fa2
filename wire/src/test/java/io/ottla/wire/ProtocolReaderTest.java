package io.ottla.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProtocolReaderTest {

  @ParameterizedTest
  @CsvSource({
    "00, 0",
    "7f, 127",
    "8001, 128",
    "ff7f, 16383",
    "808001, 16384",
    "ffffffff07, 2147483647",
    "ffffffff0f, -1",
  })
  void readsVarints(String hex, int value) {
    assertThat(reader(hex).readUnsignedVarint()).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource({"8000, 0", "8180808000, 1"})
  void readsPaddedVarintsBecauseClientsSendThem(String hex, int value) {
    assertThat(reader(hex).readUnsignedVarint()).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ffffffff10", "808080808000", "ffffffffff01", "8080808080"})
  void refusesVarintsOfMoreThan32Bits(String hex) {
    assertRefused(hex, ProtocolReader::readUnsignedVarint, "varint");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "80", "ffff"})
  void refusesVarintsThatEndEarly(String hex) {
    assertRefused(hex, ProtocolReader::readUnsignedVarint, "ends");
  }

  @Test
  void readsStringsOfBothKinds() {
    assertThat(reader("0003e6bca2").readString(false)).isEqualTo("漢");
    assertThat(reader("04e6bca2").readString(true)).isEqualTo("漢");
    assertThat(reader("0000").readNullableString(false)).isEmpty();
    assertThat(reader("01").readNullableString(true)).isEmpty();
    assertThat(reader("ffff").readNullableString(false)).isNull();
    assertThat(reader("00").readNullableString(true)).isNull();
  }

  @Test
  void refusesNullForAStringThatCannotBeNull() {
    assertRefused("ffff", in -> in.readString(false), "null");
    assertRefused("00", in -> in.readString(true), "null");
  }

  @Test
  void refusesLengthsThatCannotBe() {
    assertRefused("fffe", in -> in.readNullableString(false), "length of -2");
    assertRefused("80000000", in -> in.readNullableBytes(false), "length of -2147483648");
    assertRefused("ffffffff0f", in -> in.readNullableBytes(true), "length of 4294967294");
    assertRefused("fffffffe", in -> in.readNullableArrayLength(false, 1), "length of -2");
  }

  @Test
  void refusesLengthsBeyondWhatIsLeft() {
    assertRefused("00026f", in -> in.readString(false), "2 bytes");
    assertRefused("7fffffff00", in -> in.readBytes(false), "2147483647 bytes");
    assertRefused("ffffffff07", in -> in.readRecords(true), "2147483646 bytes");
  }

  @Test
  void refusesStringsLongerThanTheProtocolAllowsEvenWhenTheBytesAreThere() {
    ByteBuf longest = Unpooled.buffer();
    new ProtocolWriter(longest).writeUnsignedVarint(Short.MAX_VALUE + 1);
    longest.writeZero(Short.MAX_VALUE);
    ByteBuf longer = Unpooled.buffer();
    new ProtocolWriter(longer).writeUnsignedVarint(Short.MAX_VALUE + 2);
    longer.writeZero(Short.MAX_VALUE + 1);

    assertThat(new ProtocolReader(longest).readString(true)).hasSize(Short.MAX_VALUE);
    assertThatThrownBy(() -> new ProtocolReader(longer).readString(true))
        .isInstanceOf(MalformedMessageException.class);
  }

  @Test
  void replacesBytesThatAreNotUtf8AsKafkaDoes() {
    assertThat(reader("000361ff62").readString(false)).isEqualTo("a\ufffdb");
  }

  @Test
  void refusesStringsThatReplacementsMakeTooLongToBeWrittenAgain() {
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeShort(20_000).writeBytes("\u00ff".repeat(20_000).getBytes(ISO_8859_1));

    assertThatThrownBy(() -> new ProtocolReader(bytes).readString(false))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining("not UTF-8");
  }

  @Test
  void readsRecordsAsASliceThatIsNotRetained() {
    ByteBuf frame = Unpooled.buffer().writeInt(2).writeByte(7).writeByte(8).writeByte(9);

    BufferRecords records = new ProtocolReader(frame).readRecords(false);

    assertThat(frame.refCnt()).isEqualTo(1);
    assertThat(frame.readableBytes()).isEqualTo(1);
    frame.setByte(4, 42);
    assertThat(ByteBufUtil.getBytes(records.buffer())).containsExactly(42, 8);
  }

  @Test
  void readsAsManyElementsAsBytesAreLeftForAndNoMore() {
    assertThat(reader("00000002" + "000000000000").readArrayLength(false, 3)).isEqualTo(2);
    assertThat(reader("03" + "000000000000").readArrayLength(true, 3)).isEqualTo(2);
    assertRefused("00000003" + "0000000000000000", in -> in.readArrayLength(false, 3), "3 elem");
    assertRefused("04" + "0000000000000000", in -> in.readArrayLength(true, 3), "3 elements");
  }

  @Test
  void tellsNullListsFromEmptyOnes() {
    assertThat(reader("ffffffff").readNullableArrayLength(false, 1)).isEqualTo(-1);
    assertThat(reader("00").readNullableArrayLength(true, 1)).isEqualTo(-1);
    assertThat(reader("01").readNullableArrayLength(true, 1)).isZero();
    assertRefused("ffffffff", in -> in.readArrayLength(false, 1), "null");
    assertRefused("00", in -> in.readArrayLength(true, 1), "null");
  }

  @Test
  void readsUnknownTaggedFields() {
    assertThat(reader("00").readUnknownTaggedFields()).isNull();
    assertThat(reader("02" + "0500" + "8001" + "02aabb").readUnknownTaggedFields())
        .containsExactly(
            new RawTaggedField(5, new byte[0]),
            new RawTaggedField(128, new byte[] {(byte) 0xaa, (byte) 0xbb}));
  }

  @Test
  void refusesTaggedFieldsThatAreNotThere() {
    assertRefused("02" + "0500", ProtocolReader::readUnknownTaggedFields, "2 tagged fields");
    assertRefused(
        "ffffffff0f" + "0500", ProtocolReader::readUnknownTaggedFields, "4294967295 tagged");
    assertRefused("01" + "0502aa", ProtocolReader::readUnknownTaggedFields, "ends");
    assertRefused(
        "01" + "05ffffffff0f", ProtocolReader::readUnknownTaggedFields, "4294967295 bytes");
  }

  @Test
  void readsNumbers() {
    assertThat(reader("02").readBoolean()).isTrue();
    assertThat(reader("80").readByte()).isEqualTo(Byte.MIN_VALUE);
    assertThat(reader("8001").readShort()).isEqualTo((short) -32767);
    assertThat(reader("8001").readUnsignedShort()).isEqualTo(32769);
    assertThat(reader("80000001").readInt()).isEqualTo(Integer.MIN_VALUE + 1);
    assertThat(reader("80000001").readUnsignedInt()).isEqualTo(2147483649L);
    assertThat(reader("8000000000000001").readLong()).isEqualTo(Long.MIN_VALUE + 1);
    assertThat(reader("3ff8000000000000").readDouble()).isEqualTo(1.5);
    assertThat(reader("00".repeat(16)).readUuid()).isSameAs(Uuid.ZERO);
    assertThat(reader("00".repeat(7) + "01" + "00".repeat(7) + "02").readUuid())
        .isEqualTo(new Uuid(1, 2));
  }

  @Test
  void refusesNumbersThatEndEarly() {
    assertRefused("", ProtocolReader::readBoolean, "ends");
    assertRefused("00", ProtocolReader::readShort, "ends");
    assertRefused("00", ProtocolReader::readUnsignedShort, "ends");
    assertRefused("000000", ProtocolReader::readInt, "ends");
    assertRefused("000000", ProtocolReader::readUnsignedInt, "ends");
    assertRefused("00".repeat(7), ProtocolReader::readLong, "ends");
    assertRefused("00".repeat(7), ProtocolReader::readDouble, "ends");
    assertRefused("00".repeat(15), ProtocolReader::readUuid, "ends");
  }

  @Test
  void tellsWhereTheBytesWentWrong() {
    assertRefused("00010203", in -> in.readInt() + in.readInt(), "at byte 4, 0 bytes left");
  }

  private static ProtocolReader reader(String hex) {
    return new ProtocolReader(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex)));
  }

  private static void assertRefused(
      String hex, Function<ProtocolReader, Object> read, String problem) {
    assertThatThrownBy(() -> read.apply(reader(hex)))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining(problem);
  }
}
