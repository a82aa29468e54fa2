package io.ottla.coordinator.group.journal;

/**
 * Who a member was. Names are the clients' own and may be of any length; long ones are cut in the
 * middle, as their ends tell them apart.
 *
 * @param memberId as in requests
 * @param groupInstanceId the name of a static member, or null
 * @param clientHost the address it came from, or an empty text if that is not known
 */
public record JournaledMember(String memberId, String groupInstanceId, String clientHost) {

  public JournaledMember {
    memberId = JournalText.name(memberId);
    groupInstanceId = groupInstanceId == null ? null : JournalText.name(groupInstanceId);
    clientHost = JournalText.name(clientHost);
  }

  @Override
  public String toString() {
    return groupInstanceId == null ? memberId : memberId + " (instance " + groupInstanceId + ")";
  }
}
