package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.GroupBed.error;
import static io.ottla.coordinator.group.GroupBed.joinRequest;
import static io.ottla.coordinator.group.GroupBed.protocol;
import static io.ottla.coordinator.group.GroupBed.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ConsumerGroupDescribeRequest;
import io.ottla.wire.message.ConsumerGroupDescribeResponse;
import io.ottla.wire.message.DeleteGroupsRequest;
import io.ottla.wire.message.DeleteGroupsResponse;
import io.ottla.wire.message.DescribeGroupsRequest;
import io.ottla.wire.message.DescribeGroupsResponse;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.ListGroupsRequest;
import io.ottla.wire.message.ListGroupsResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** DescribeGroups, ListGroups and DeleteGroups. */
class GroupAdministrationTest {

  private final GroupBed bed = new GroupBed();

  private List<DescribeGroupsResponse.DescribedGroup> describe(int version, String... groupIds) {
    return bed.ask(
            version,
            (GroupBed.Asking<DescribeGroupsResponse>)
                callback ->
                    bed.coordinator.describeGroups(
                        bed.context(version),
                        new DescribeGroupsRequest().groups(List.of(groupIds)),
                        callback))
        .get()
        .groups();
  }

  private List<String> list(List<String> states, List<String> types) {
    ListGroupsResponse response =
        bed.ask(
                5,
                (GroupBed.Asking<ListGroupsResponse>)
                    callback ->
                        bed.coordinator.listGroups(
                            new ListGroupsRequest().statesFilter(states).typesFilter(types),
                            callback))
            .get();
    assertThat(error(response.errorCode())).isEqualTo(ErrorCode.NONE);
    return response.groups().stream()
        .map(
            group ->
                String.join(
                    " ",
                    group.groupId(),
                    group.protocolType(),
                    group.groupState(),
                    group.groupType()))
        .toList();
  }

  private List<ErrorCode> delete(String... groupIds) {
    return bed
        .ask(
            2,
            (GroupBed.Asking<DeleteGroupsResponse>)
                callback ->
                    bed.coordinator.deleteGroups(
                        new DeleteGroupsRequest().groupsNames(List.of(groupIds)), callback))
        .get()
        .results()
        .stream()
        .map(result -> error(result.errorCode()))
        .toList();
  }

  @Test
  void describesAStableGroupWithWhatItsMembersSayAndGot() {
    List<String> members = bed.stableGroup(2);
    DescribeGroupsResponse.DescribedGroup group = describe(6, GROUP).get(0);

    assertThat(group.groupState()).isEqualTo("Stable");
    assertThat(group.protocolType()).isEqualTo("consumer");
    assertThat(group.protocolData()).isEqualTo("range");
    assertThat(group.members()).hasSize(2);
    DescribeGroupsResponse.DescribedGroupMember member = group.members().get(1);
    assertThat(member.memberId()).isEqualTo(members.get(1));
    assertThat(member.clientId()).isEqualTo("client");
    assertThat(member.clientHost()).isEqualTo("/127.0.0.1");
    assertThat(member.memberMetadata()).isEqualTo(protocol("range", "t").metadata());
    assertThat(text(member.memberAssignment())).isEqualTo(members.get(1));
  }

  @Test
  void describesARebalancingGroupWithoutItsProtocol() {
    List<String> members = bed.stableGroup(2);
    bed.join(joinRequest(members.get(0)));
    DescribeGroupsResponse.DescribedGroup group = describe(6, GROUP).get(0);

    assertThat(group.groupState()).isEqualTo("PreparingRebalance");
    assertThat(group.protocolData()).isEmpty();
    assertThat(group.members().get(0).memberMetadata()).isEmpty();
  }

  @Test
  void callsUnknownGroupsDeadAndSinceVersion6NotFound() {
    DescribeGroupsResponse.DescribedGroup old = describe(5, "x").get(0);
    assertThat(old.groupState()).isEqualTo("Dead");
    assertThat(error(old.errorCode())).isEqualTo(ErrorCode.NONE);

    DescribeGroupsResponse.DescribedGroup now = describe(6, "x").get(0);
    assertThat(now.groupState()).isEqualTo("Dead");
    assertThat(error(now.errorCode())).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
    assertThat(now.errorMessage()).isNotBlank();
  }

  @Test
  void describesGroupsInTheOrderOfTheRequest() {
    bed.commit("b", "t", 0, 1);
    bed.commit("a", "t", 0, 1);

    assertThat(describe(5, "b", "x", "a"))
        .extracting(DescribeGroupsResponse.DescribedGroup::groupId)
        .containsExactly("b", "x", "a");
    assertThat(describe(5)).isEmpty();
  }

  @Test
  void listsGroupsByStateAndTypeInAnyCase() {
    bed.commit("alone", "t", 0, 1);
    bed.stableGroup(1);

    assertThat(list(List.of(), List.of()))
        .containsExactlyInAnyOrder("alone  Empty classic", "the-group consumer Stable classic");
    assertThat(list(List.of("stable"), List.of()))
        .containsExactly("the-group consumer Stable classic");
    assertThat(list(List.of("EMPTY", "Dead"), List.of("Classic")))
        .containsExactly("alone  Empty classic");
    assertThat(list(List.of("nonsense"), List.of())).isEmpty();
    assertThat(list(List.of(), List.of("consumer"))).isEmpty();
  }

  @Test
  void deletesEmptyGroupsWithTheirOffsets() {
    bed.commit("g", "t", 0, 1);
    bed.commit("g", "u", 0, 1);
    bed.stableGroup(1);

    assertThat(delete("g", GROUP, "x"))
        .containsExactly(ErrorCode.NONE, ErrorCode.NON_EMPTY_GROUP, ErrorCode.GROUP_ID_NOT_FOUND);
    assertThat(bed.group("g")).isNull();
    assertThat(bed.offsets()).isEmpty();
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void deletesAGroupThatIsNamedTwiceOnce() {
    bed.commit("g", "t", 0, 1);

    assertThat(delete("g", "g")).containsExactly(ErrorCode.NONE);
  }

  @Test
  void keepsAGroupWhoseDeletionCannotBeWrittenDown() {
    bed.commit("g", "t", 0, 1);
    bed.log.failNextAppend(ErrorCode.NOT_ENOUGH_REPLICAS);

    assertThat(delete("g")).containsExactly(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    assertThat(bed.committed("g", "t", 0)).isEqualTo(1);
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void deletingAGroupForgetsTheIdsItGaveOut() {
    String memberId = bed.memberId();
    assertThat(delete(GROUP)).containsExactly(ErrorCode.NONE);

    Answer<JoinGroupResponse> join = bed.join(joinRequest(memberId));
    assertThat(error(join.get().errorCode())).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    bed.pass(60_000);
    assertThat(bed.group()).isNull();
  }

  @Test
  void consumerGroupsAreListedByTheirTypeAndState() {
    KafkaLog.load(bed, KafkaGroupRecords.consumerGroup(0).records());
    bed.commit("simple", "t", 0, 1);

    String consumer = GROUP + " consumer Empty consumer";
    assertThat(list(List.of(), List.of()))
        .containsExactlyInAnyOrder(consumer, "simple  Empty classic");
    assertThat(list(List.of(), List.of("CONSUMER"))).containsExactly(consumer);
    assertThat(list(List.of("empty"), List.of("Consumer"))).containsExactly(consumer);
    assertThat(list(List.of("Stable", " EMPTY "), List.of())).hasSize(2);
    assertThat(list(List.of("Assigning"), List.of())).isEmpty();
    assertThat(list(List.of(), List.of("share", "streams", "made-up"))).isEmpty();
  }

  @Test
  void aConsumerGroupIsNoneThatDescribeGroupsKnows() {
    KafkaLog.load(bed, KafkaGroupRecords.consumerGroup(1).records());

    DescribeGroupsResponse.DescribedGroup described = describe(6, GROUP).get(0);
    assertThat(error(described.errorCode())).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
    assertThat(described.errorMessage()).isEqualTo("Group " + GROUP + " is not a classic group.");
    assertThat(described.groupState()).isEqualTo("Dead");
    assertThat(error(describe(5, GROUP).get(0).errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(describe(5, GROUP).get(0).groupState()).isEqualTo("Dead");
  }

  @Test
  void aConsumerGroupIsDeletedWithoutMembersOnly() {
    KafkaLog.load(bed, KafkaGroupRecords.consumerGroup(2).records());
    assertThat(delete(GROUP)).containsExactly(ErrorCode.NON_EMPTY_GROUP);

    GroupBed empty = new GroupBed();
    KafkaLog.load(empty, KafkaGroupRecords.consumerGroup(0).records());
    empty.commit(GROUP, "t", 0, 5);
    Answer<DeleteGroupsResponse> deleted =
        empty.ask(
            2,
            callback ->
                empty.coordinator.deleteGroups(
                    new DeleteGroupsRequest().groupsNames(List.of(GROUP)), callback));
    assertThat(error(deleted.get().results().get(0).errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(empty.runtime().machine().groups().all()).isEmpty();
    assertThat(empty.offsets()).isEmpty();
    empty.assertReplayEqualsLiveState();
  }

  @Test
  void describesConsumerGroupsInTheOrderAskedFor() {
    KafkaLog.load(bed, KafkaGroupRecords.consumerGroup(2).records());
    bed.commit("simple", "t", 0, 1);
    Answer<ConsumerGroupDescribeResponse> answer =
        bed.ask(
            1,
            callback ->
                bed.coordinator.consumerGroupDescribe(
                    new ConsumerGroupDescribeRequest()
                        .groupIds(List.of("nobody", GROUP, "", "simple")),
                    callback));

    List<ConsumerGroupDescribeResponse.DescribedGroup> groups = answer.get().groups();
    assertThat(groups)
        .extracting(group -> error(group.errorCode()))
        .containsExactly(
            ErrorCode.GROUP_ID_NOT_FOUND,
            ErrorCode.NONE,
            ErrorCode.INVALID_GROUP_ID,
            ErrorCode.GROUP_ID_NOT_FOUND);
    assertThat(groups.get(1).members()).hasSize(2);
  }
}
