package io.ottla.coordinator.group.journal;

import java.util.ArrayList;
import java.util.List;

/**
 * Who a member was. Names are the clients' own and may be of any length; long ones are cut in the
 * middle, as their ends tell them apart.
 *
 * @param memberId as in requests
 * @param groupInstanceId the name of a static member, or null
 * @param clientId what the client calls itself, or an empty text if that is not known
 * @param clientHost the address it came from, or an empty text if that is not known
 */
public record JournaledMember(
    String memberId, String groupInstanceId, String clientId, String clientHost) {

  public JournaledMember {
    memberId = JournalText.name(memberId);
    groupInstanceId = groupInstanceId == null ? null : JournalText.name(groupInstanceId);
    clientId = JournalText.name(clientId);
    clientHost = JournalText.name(clientHost);
  }

  /** Its id, and whatever else says who it is; ids of the classic protocol say the client's. */
  @Override
  public String toString() {
    List<String> more = new ArrayList<>();
    if (groupInstanceId != null) {
      more.add("instance " + groupInstanceId);
    }
    if (!clientId.isEmpty() && !memberId.startsWith(clientId)) {
      more.add("client " + clientId);
    }
    if (!clientHost.isEmpty()) {
      more.add("at " + clientHost);
    }
    return more.isEmpty() ? memberId : memberId + " (" + String.join(", ", more) + ")";
  }
}
