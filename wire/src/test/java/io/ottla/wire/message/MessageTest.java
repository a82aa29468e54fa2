package io.ottla.wire.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.MalformedMessageException;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.RawTaggedField;
import io.ottla.wire.UnsupportedVersionException;
import io.ottla.wire.Uuid;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the classes the schemas are compiled to have in common. */
class MessageTest {

  @Test
  void startsWithTheDefaultsOfTheSchema() {
    FetchRequest request = new FetchRequest();

    assertThat(request.clusterId()).isNull();
    assertThat(request.replicaId()).isEqualTo(-1);
    assertThat(request.replicaState().replicaEpoch()).isEqualTo(-1L);
    assertThat(request.maxBytes()).isEqualTo(Integer.MAX_VALUE);
    assertThat(request.isolationLevel()).isZero();
    assertThat(request.topics()).isEmpty();
    assertThat(request.rackId()).isEmpty();
    assertThat(new FetchRequest.FetchTopic().topicId()).isEqualTo(Uuid.ZERO);
    assertThat(new MetadataRequest().topics()).isEmpty();
    assertThat(new MetadataRequest().allowAutoTopicCreation()).isTrue();
    assertThat(new ConsumerGroupHeartbeatResponse().assignment()).isNull();
    assertThat(new FetchResponse.PartitionData().records()).isEqualTo(BufferRecords.EMPTY);
  }

  @Test
  void keepsWhatIsAddedToAListOrSetInAStructThatWasNeverAssigned() {
    FetchResponse.PartitionData partition = new FetchResponse.PartitionData();
    partition.currentLeader().leaderId(7);
    FetchResponse response = new FetchResponse();
    response.nodeEndpoints().add(new FetchResponse.NodeEndpoint().nodeId(7));

    assertThat(partition.currentLeader().leaderId()).isEqualTo(7);
    assertThat(response.nodeEndpoints()).hasSize(1);
  }

  @Test
  void isEqualWhetherOrNotItsEmptyPartsHaveBeenLookedAt() {
    FetchRequest untouched = new FetchRequest();
    FetchRequest touched = new FetchRequest();
    assertThat(touched.topics()).isEmpty();
    assertThat(touched.replicaState().replicaId()).isEqualTo(-1);
    assertThat(touched.unknownTaggedFields()).isEmpty();

    assertThat(touched).isEqualTo(untouched).hasSameHashCodeAs(untouched);
    assertThat(untouched).isEqualTo(touched);
    assertThat(touched.toString()).isEqualTo(untouched.toString());
    touched.replicaState().replicaId(3);
    assertThat(touched).isNotEqualTo(untouched);
    assertThat(untouched).isNotEqualTo(touched);
  }

  @Test
  void startsAfreshWhenItReadsAgain() {
    FetchRequest full = new FetchRequest().clusterId("c").rackId("r").maxWaitMs(5);
    full.topics().add(new FetchRequest.FetchTopic());
    full.replicaState().replicaId(3);
    full.unknownTaggedFields().add(new RawTaggedField(9, new byte[1]));
    FetchRequest empty = new FetchRequest();

    full.read(new ProtocolReader(written(empty, 15)), (short) 15);

    assertThat(full).isEqualTo(empty);
  }

  @Test
  void keepsTaggedFieldsItDoesNotKnowAndWritesThemBack() {
    FetchRequest request = new FetchRequest().clusterId("c");
    request.unknownTaggedFields().add(new RawTaggedField(1000, new byte[] {1, 2}));
    ByteBuf bytes = written(request, 12);
    byte[] before = ByteBufUtil.getBytes(bytes);
    FetchRequest read = new FetchRequest();

    read.read(new ProtocolReader(bytes), (short) 12);

    assertThat(read.unknownTaggedFields())
        .containsExactly(new RawTaggedField(1000, new byte[] {1, 2}));
    assertThat(ByteBufUtil.getBytes(written(read, 12))).isEqualTo(before);
  }

  @Test
  void refusesToWriteUnknownTaggedFieldsWhereThereIsNoPlaceForThem() {
    FetchRequest request = new FetchRequest();
    request.unknownTaggedFields().add(new RawTaggedField(1000, new byte[0]));

    assertThatThrownBy(() -> written(request, 11)).isInstanceOf(UnsupportedVersionException.class);
  }

  @Test
  void refusesATaggedFieldOfAnotherVersion() {
    FetchRequest request = new FetchRequest();
    // The tag of the replica state, which exists since version 15.
    request.unknownTaggedFields().add(new RawTaggedField(1, new byte[0]));
    ByteBuf bytes = written(request, 12);

    assertThatThrownBy(() -> new FetchRequest().read(new ProtocolReader(bytes), (short) 12))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining("tag 1");
  }

  @Test
  void refusesAKnownTaggedFieldThatIsNotAsLongAsItSays() {
    FetchRequest request = new FetchRequest();
    // The cluster id: an empty string, and one byte too many.
    request.unknownTaggedFields().add(new RawTaggedField(0, new byte[] {1, 0}));
    ByteBuf bytes = written(request, 12);

    assertThatThrownBy(() -> new FetchRequest().read(new ProtocolReader(bytes), (short) 12))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining("tagged field 0");
  }

  @Test
  void refusesANullThatOnlyOtherVersionsCanSay() {
    MetadataRequest everything = new MetadataRequest().topics(null);

    assertThat(written(everything, 1).readableBytes()).isPositive();
    assertThatThrownBy(() -> written(everything, 0))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("MetadataRequest.Topics");
  }

  @Test
  void namesTheFieldAVersionHasNoPlaceFor() {
    FetchRequest request = new FetchRequest();
    request.replicaState().replicaId(1);

    assertThatThrownBy(() -> written(request, 14))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessage("FetchRequest.ReplicaState does not exist in version 14");
  }

  @Test
  void showsOnlyTheSizeOfBytesAndRecords() {
    SaslAuthenticateRequest password =
        new SaslAuthenticateRequest().authBytes(new byte[] {115, 101, 99, 114, 101, 116});
    FetchResponse.PartitionData records =
        new FetchResponse.PartitionData()
            .records(new BufferRecords(Unpooled.wrappedBuffer(new byte[123])));

    assertThat(password.toString()).isEqualTo("SaslAuthenticateRequest(authBytes=6 bytes)");
    assertThat(records.toString()).contains("records=123 bytes");
  }

  @Test
  void showsTextInQuotesListsInBracketsAndNothingAsNull() {
    JoinGroupRequest request = new JoinGroupRequest().groupId("g").groupInstanceId(null);
    request.protocols().addAll(List.of(protocol("a"), protocol("b")));

    assertThat(request.toString())
        .contains("groupId='g'", "groupInstanceId=null")
        .contains(
            "protocols=[JoinGroupRequestProtocol(name='a', metadata=0 bytes),"
                + " JoinGroupRequestProtocol(name='b', metadata=0 bytes)]");
  }

  @Test
  void hasTheRecordTypeOfInternalTopicsAsItsKey() {
    assertThat(new OffsetCommitKey().apiKey()).isEqualTo((short) 1);
    assertThat(new GroupMetadataKey().apiKey()).isEqualTo((short) 2);
    assertThat(new RequestHeader().apiKey()).isEqualTo((short) -1);
  }

  private static JoinGroupRequest.JoinGroupRequestProtocol protocol(String name) {
    return new JoinGroupRequest.JoinGroupRequestProtocol().name(name);
  }

  private static ByteBuf written(ApiMessage message, int version) {
    ByteBuf out = Unpooled.buffer();
    message.write(new ProtocolWriter(out), (short) version);
    return out;
  }
}
