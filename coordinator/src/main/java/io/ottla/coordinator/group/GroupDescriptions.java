package io.ottla.coordinator.group;

import io.ottla.coordinator.RequestContext;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DescribeGroupsResponse;
import io.ottla.wire.message.ListGroupsRequest;
import io.ottla.wire.message.ListGroupsResponse;
import java.util.ArrayList;
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

  private final Groups groups;

  GroupDescriptions(Groups groups) {
    this.groups = groups;
  }

  DescribeGroupsResponse.DescribedGroup describe(RequestContext requestContext, String groupId) {
    return switch (groups.find(groupId)) {
      case ClassicGroup group -> describe(group);
      case ModernGroup group ->
          unknown(requestContext, groupId, "Group " + groupId + " is not a classic group.");
      case null -> unknown(requestContext, groupId, "Group " + groupId + " not found.");
    };
  }

  private static DescribeGroupsResponse.DescribedGroup describe(ClassicGroup group) {
    boolean isStable = group.isIn(ClassicGroupState.STABLE);
    return new DescribeGroupsResponse.DescribedGroup()
        .groupId(group.groupId())
        .groupState(group.stateText())
        .protocolType(group.listedProtocolType())
        .protocolData(isStable ? group.protocolName() : "")
        .members(group.members().stream().map(member -> describe(group, member)).toList());
  }

  private static DescribeGroupsResponse.DescribedGroup unknown(
      RequestContext requestContext, String groupId, String message) {
    DescribeGroupsResponse.DescribedGroup described =
        new DescribeGroupsResponse.DescribedGroup()
            .groupId(groupId)
            .groupState(ClassicGroupState.DEAD.text());
    if (requestContext.apiVersion() >= GROUP_ID_NOT_FOUND_VERSION) {
      described.errorCode(ErrorCode.GROUP_ID_NOT_FOUND.code()).errorMessage(message);
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

  /** The groups that pass both filters, in which case does not matter; an empty one passes all. */
  List<ListGroupsResponse.ListedGroup> list(ListGroupsRequest request) {
    Set<String> types = lowerCase(request.typesFilter());
    Set<String> states = lowerCase(request.statesFilter());
    List<ListGroupsResponse.ListedGroup> listed = new ArrayList<>();
    for (Group group : groups.all()) {
      if (passes(types, group.type().text()) && passes(states, group.stateText())) {
        listed.add(
            new ListGroupsResponse.ListedGroup()
                .groupId(group.groupId())
                .protocolType(group.listedProtocolType())
                .groupState(group.stateText())
                .groupType(group.type().text()));
      }
    }
    return listed;
  }

  private static boolean passes(Set<String> filter, String text) {
    return filter.isEmpty() || filter.contains(text.toLowerCase(Locale.ROOT));
  }

  private static Set<String> lowerCase(List<String> names) {
    Set<String> result = new HashSet<>();
    names.forEach(name -> result.add(name.trim().toLowerCase(Locale.ROOT)));
    return result;
  }
}
