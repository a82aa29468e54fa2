package io.ottla.coordinator.group;

import io.ottla.coordinator.RequestContext;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DescribeGroupsResponse;
import io.ottla.wire.message.ListGroupsRequest;
import io.ottla.wire.message.ListGroupsResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * DescribeGroups and ListGroups: what an administrator sees.
 *
 * <p>Owned by the shard's thread.
 */
final class GroupDescriptions {

  /** Since then an unknown group is an error, and not just dead (KIP-1043). */
  private static final short GROUP_ID_NOT_FOUND_VERSION = 6;

  private static final String CLASSIC_TYPE = "classic";

  private final ClassicGroups groups;

  GroupDescriptions(ClassicGroups groups) {
    this.groups = groups;
  }

  DescribeGroupsResponse.DescribedGroup describe(RequestContext requestContext, String groupId) {
    ClassicGroup group = groups.find(groupId);
    if (group == null) {
      return unknown(requestContext, groupId);
    }
    boolean isStable = group.isIn(ClassicGroupState.STABLE);
    return new DescribeGroupsResponse.DescribedGroup()
        .groupId(groupId)
        .groupState(group.state().text())
        .protocolType(group.protocolType() == null ? "" : group.protocolType())
        .protocolData(isStable ? group.protocolName() : "")
        .members(group.members().stream().map(member -> describe(group, member)).toList());
  }

  private static DescribeGroupsResponse.DescribedGroup unknown(
      RequestContext requestContext, String groupId) {
    DescribeGroupsResponse.DescribedGroup described =
        new DescribeGroupsResponse.DescribedGroup()
            .groupId(groupId)
            .groupState(ClassicGroupState.DEAD.text());
    if (requestContext.apiVersion() >= GROUP_ID_NOT_FOUND_VERSION) {
      described
          .errorCode(ErrorCode.GROUP_ID_NOT_FOUND.code())
          .errorMessage("Group " + groupId + " not found.");
    }
    return described;
  }

  private static DescribeGroupsResponse.DescribedGroupMember describe(
      ClassicGroup group, ClassicMember member) {
    // Between generations there is no protocol to tell the metadata of.
    byte[] metadata =
        group.isIn(ClassicGroupState.STABLE)
            ? member.metadata(group.protocolName())
            : ClassicMember.NO_ASSIGNMENT;
    return new DescribeGroupsResponse.DescribedGroupMember()
        .memberId(member.memberId())
        .groupInstanceId(member.groupInstanceId())
        .clientId(member.clientId())
        .clientHost(member.clientHost())
        .memberMetadata(metadata)
        .memberAssignment(member.assignment());
  }

  /** The groups that pass both filters; an empty filter passes all. */
  List<ListGroupsResponse.ListedGroup> list(ListGroupsRequest request) {
    Set<String> types = lowerCase(request.typesFilter());
    if (!types.isEmpty() && !types.contains(CLASSIC_TYPE)) {
      return List.of();
    }
    Set<String> states = lowerCase(request.statesFilter());
    return groups.all().stream()
        .filter(group -> states.isEmpty() || states.contains(group.state().lowerCaseText()))
        .map(
            group ->
                new ListGroupsResponse.ListedGroup()
                    .groupId(group.groupId())
                    .protocolType(group.protocolType() == null ? "" : group.protocolType())
                    .groupState(group.state().text())
                    .groupType(CLASSIC_TYPE))
        .toList();
  }

  private static Set<String> lowerCase(List<String> names) {
    Set<String> result = new HashSet<>();
    names.forEach(name -> result.add(name.trim().toLowerCase(Locale.ROOT)));
    return result;
  }
}
