package io.ottla.coordinator.group.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupMemberMetadataValue;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OffsetAdmissionTest {

  private static final Uuid TOPIC = new Uuid(1, 1);
  private static final short VERSION = 9;

  private final ConsumerGroup group = new ConsumerGroup("g", SubscriptionListener.NONE);

  private void member(String memberId, boolean isClassic) {
    group.replayMember(
        memberId,
        new MemberMetadata(
            null,
            null,
            "",
            "",
            Set.of("t"),
            "",
            1_000,
            null,
            isClassic
                ? new ConsumerGroupMemberMetadataValue.ClassicMemberMetadata()
                    .sessionTimeoutMs(10_000)
                    .supportedProtocols(List.of())
                : null));
    group.replayCurrent(
        memberId,
        new CurrentAssignment(
            5,
            4,
            MemberState.UNREVOKED_PARTITIONS,
            Map.of(TOPIC, Map.of(0, 3)),
            Map.of(TOPIC, Map.of(1, 4))));
  }

  private ErrorCode commit(String memberId, int epoch, int partition) {
    return commit(memberId, epoch, partition, false, VERSION);
  }

  private ErrorCode commit(
      String memberId, int epoch, int partition, boolean isTransactional, short version) {
    try {
      group.admitCommit(memberId, null, epoch, isTransactional, version).check(TOPIC, partition);
    } catch (CoordinatorException e) {
      return e.error();
    }
    return ErrorCode.NONE;
  }

  private ErrorCode fetch(String memberId, int epoch) {
    try {
      group.admitFetch(memberId, epoch);
    } catch (CoordinatorException e) {
      return e.error();
    }
    return ErrorCode.NONE;
  }

  @Test
  void anybodyMayCommitWithoutAMemberOnlyIfThereIsNone() {
    assertThat(commit("", -1, 9)).isEqualTo(ErrorCode.NONE);
    member("m", false);
    assertThat(commit("", -1, 9)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void aMemberCommitsWithItsEpochWhateverItLikes() {
    member("m", false);
    assertThat(commit("m", 5, 0)).isEqualTo(ErrorCode.NONE);
    assertThat(commit("m", 5, 9)).isEqualTo(ErrorCode.NONE);
    assertThat(commit("m", 6, 0)).isEqualTo(ErrorCode.STALE_MEMBER_EPOCH);
  }

  @Test
  void anOlderEpochWillDoForWhatTheMemberHasHadSince() {
    member("m", false);
    assertThat(commit("m", 3, 0)).isEqualTo(ErrorCode.NONE);
    assertThat(commit("m", 4, 1)).as("not given up yet").isEqualTo(ErrorCode.NONE);
    assertThat(commit("m", 2, 0)).isEqualTo(ErrorCode.STALE_MEMBER_EPOCH);
    assertThat(commit("m", 3, 1)).isEqualTo(ErrorCode.STALE_MEMBER_EPOCH);
    assertThat(commit("m", 4, 2)).as("not its").isEqualTo(ErrorCode.STALE_MEMBER_EPOCH);
  }

  @Test
  void membersOfTheClassicProtocolAreToldInItsWords() {
    member("m", true);
    assertThat(commit("m", 6, 0)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    assertThat(commit("m", 2, 0)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    assertThat(commit("m", 4, 2)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    assertThat(commit("m", 5, 0, false, (short) 8)).isEqualTo(ErrorCode.NONE);
    assertThat(fetch("m", 4)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
  }

  @Test
  void oldVersionsCannotNameAnEpoch() {
    member("m", false);
    assertThat(commit("m", 5, 0, false, (short) 8)).isEqualTo(ErrorCode.UNSUPPORTED_VERSION);
    assertThat(commit("m", 5, 0, true, (short) 3)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void aTransactionNeedNotNameAMember() {
    member("m", false);
    assertThat(commit("", -1, 0, true, (short) 3)).isEqualTo(ErrorCode.NONE);
    assertThat(commit("x", -1, 0, true, (short) 3)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void whoReadsAsAMemberMustBeUpToDate() {
    member("m", false);
    assertThat(fetch(null, -1)).isEqualTo(ErrorCode.NONE);
    assertThat(fetch(null, 5)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(fetch("x", 5)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(fetch("m", 5)).isEqualTo(ErrorCode.NONE);
    assertThat(fetch("m", 4)).isEqualTo(ErrorCode.STALE_MEMBER_EPOCH);
    assertThat(fetch("m", -1)).isEqualTo(ErrorCode.STALE_MEMBER_EPOCH);
  }
}
