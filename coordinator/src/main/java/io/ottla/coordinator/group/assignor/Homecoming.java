package io.ottla.coordinator.group.assignor;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes back moves that did not matter: where a member lost a partition and got another one that
 * the new owner of the lost one could have as well, the two are exchanged. Loads stay.
 */
final class Homecoming {

  private record Place(int topic, int partition) {}

  private final Draft draft;

  /** By member: what it has and had not before. */
  private final List<List<Place>> gained = new ArrayList<>();

  Homecoming(Draft draft) {
    this.draft = draft;
    for (int member = 0; member < draft.memberCount(); member++) {
      gained.add(null);
    }
  }

  void run() {
    List<Place> lost = new ArrayList<>();
    for (int topic = 0; topic < draft.topicCount(); topic++) {
      for (int partition = 0; partition < draft.partitionCount(topic); partition++) {
        int owner = draft.owner(topic, partition);
        if (owner == Draft.NOBODY || draft.isKept(topic, partition)) {
          continue;
        }
        Place place = new Place(topic, partition);
        gained(owner).add(place);
        if (draft.ownerBefore(topic, partition) != Draft.NOBODY) {
          lost.add(place);
        }
      }
    }
    lost.forEach(this::takeHome);
  }

  private void takeHome(Place place) {
    if (draft.isKept(place.topic, place.partition)) {
      return;
    }
    int home = draft.ownerBefore(place.topic, place.partition);
    int owner = draft.owner(place.topic, place.partition);
    Place inReturn = null;
    for (Place each : gained(home)) {
      if (draft.ownerBefore(each.topic, each.partition) == owner) {
        inReturn = each;
        break;
      }
      if (inReturn == null && draft.member(owner).topics().contains(draft.topic(each.topic))) {
        inReturn = each;
      }
    }
    if (inReturn == null) {
      return;
    }
    draft.move(place.topic, place.partition, home);
    draft.move(inReturn.topic, inReturn.partition, owner);
    gained(home).remove(inReturn);
    gained(owner).remove(place);
    if (!draft.isKept(inReturn.topic, inReturn.partition)) {
      gained(owner).add(inReturn);
    }
  }

  private List<Place> gained(int member) {
    List<Place> places = gained.get(member);
    if (places == null) {
      places = new ArrayList<>();
      gained.set(member, places);
    }
    return places;
  }
}
