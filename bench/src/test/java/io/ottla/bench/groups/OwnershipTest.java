package io.ottla.bench.groups;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class OwnershipTest {

  private final Ownership ownership = new Ownership(4, 3, 100);

  @Test
  void isSharedOnceEveryPartitionHasAnOwnerAndSharesAreEqual() {
    assertThat(ownership.sharedBy(2)).isFalse();
    ownership.given(0, List.of(0, 1), 110);
    assertThat(ownership.sharedBy(1)).isFalse();
    assertThat(ownership.sharedBy(2)).isFalse();
    ownership.given(1, List.of(2, 3), 120);
    assertThat(ownership.sharedBy(2)).isTrue();
    assertThat(ownership.sharedBy(3)).isFalse();
  }

  @Test
  void allowsSharesThatDifferByOne() {
    ownership.given(0, List.of(0, 1), 110);
    ownership.given(1, List.of(2), 110);
    assertThat(ownership.sharedBy(3)).isFalse();
    ownership.given(2, List.of(3), 120);
    assertThat(ownership.sharedBy(3)).isTrue();
  }

  @Test
  void isNotSharedByOneWhoHasTooMuch() {
    ownership.given(0, List.of(0, 1, 2), 110);
    ownership.given(1, List.of(3), 110);
    assertThat(ownership.sharedBy(2)).isFalse();
  }

  @Test
  void knowsTheLastChangeWhichNothingIsNot() {
    ownership.given(0, List.of(0), 110);
    ownership.taken(0, List.of(0), 130);
    ownership.given(1, List.of(), 150);
    assertThat(ownership.lastChangeNs()).isEqualTo(130);
  }

  @Test
  void tellsHowLongAPartitionHadNoOwner() {
    ownership.given(0, List.of(0, 1, 2, 3), 120);
    assertThat(ownership.longestFreeNs()).isEqualTo(20);
    ownership.forgetTimes(130);
    ownership.taken(0, List.of(3), 140);
    ownership.given(1, List.of(3), 145);
    assertThat(ownership.longestFreeNs()).isEqualTo(5);
  }

  @Test
  void noticesTwoOwners() {
    ownership.given(0, List.of(0), 110);
    ownership.taken(1, List.of(0), 115);
    assertThat(ownership.overlap()).isNull();
    ownership.given(1, List.of(0), 120);
    assertThat(ownership.overlap()).contains("partition 0").contains("member 1");
  }

  @Test
  void leavesAPartitionWithItsNewOwnerWhenTheOldOneLetsGoLate() {
    ownership.given(0, List.of(0), 110);
    ownership.given(1, List.of(0), 120);
    ownership.taken(0, List.of(0), 130);
    assertThat(ownership.toString()).startsWith("3 partitions without owner");
  }
}
