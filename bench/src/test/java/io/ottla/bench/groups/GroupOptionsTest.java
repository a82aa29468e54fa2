package io.ottla.bench.groups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.ottla.bench.CommandLines;
import io.ottla.bench.groups.GroupPlan.Settle;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

class GroupOptionsTest {

  @Test
  void measuresEverythingUnlessToldWhat() {
    assertThat(parse("--groups").figures()).containsExactly(GroupFigure.values());
  }

  @Test
  void measuresOnlyWhatItIsToldInThatOrder() {
    assertThat(parse("--groups", "--only", "commit,settle,commit").figures())
        .containsExactly(GroupFigure.COMMIT, GroupFigure.SETTLE);
  }

  @Test
  void refusesAFigureThatItDoesNotKnow() {
    assertThatThrownBy(() -> parse("--groups", "--only", "share"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("SETTLE");
  }

  @Test
  void settlesAndIdlesWithTheProtocolsAskedFor() {
    GroupOptions options = parse("--groups", "--protocols", "cooperative,consumer");
    assertThat(GroupFigure.SETTLE.plans(options, 0).getFirst().settles())
        .extracting(Settle::protocol)
        .containsExactly(Protocol.COOPERATIVE, Protocol.CONSUMER);
    assertThat(GroupFigure.IDLE.plans(options, 0))
        .extracting(plan -> plan.idle().protocol())
        .containsExactly(Protocol.CONSUMER);
  }

  @Test
  void numbersTheRepeatsOfAllRoundsFromTheFirst() {
    GroupOptions options = parse("--groups", "--repeats", "3");
    assertThat(GroupFigure.SETTLE.plans(options, 2).getFirst().settles())
        .extracting(Settle::firstRepeat)
        .containsOnly(6);
  }

  @Test
  void isBriefWhenAsked() {
    assertThat(parse("--groups", "--quick").members()).isEqualTo(20);
    assertThat(parse("--groups", "--quick", "--members", "7").members()).isEqualTo(7);
    assertThat(parse("--groups").idleMembers()).isEqualTo(2000);
  }

  @Test
  void hasATargetForEachFigureMeasured() {
    assertThat(GroupTargets.of(parse("--groups"))).hasSize(2 * 2 + 2 + 2);
    assertThat(GroupTargets.of(parse("--groups", "--only", "idle", "--protocols", "classic")))
        .hasSize(1);
  }

  @Test
  void tellsTheLoadWhatToDo() throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    GroupOptions options = parse("--groups");
    for (GroupFigure figure : GroupFigure.values()) {
      for (GroupPlan plan : figure.plans(options, 1)) {
        GroupPlan there = plan.at("127.0.0.1:9092", 42);
        assertThat(mapper.readValue(mapper.writeValueAsBytes(there), GroupPlan.class))
            .isEqualTo(there);
        assertThat(there.limitSeconds()).isGreaterThan(60);
      }
    }
  }

  private static GroupOptions parse(String... arguments) {
    return CommandLines.parse(new GroupOptions(), arguments);
  }
}
