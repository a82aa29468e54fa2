package io.ottla.bench.transactions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.ottla.bench.CommandLines;
import io.ottla.bench.Target;
import io.ottla.bench.transactions.TransactionPlan.Processing;
import io.ottla.bench.transactions.TransactionPlan.Write;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

class TransactionOptionsTest {

  @Test
  void measuresEverythingUnlessToldWhat() {
    assertThat(parse("--transactions").figures()).containsExactly(TransactionFigure.values());
  }

  @Test
  void measuresOnlyWhatItIsToldInThatOrder() {
    assertThat(parse("--transactions", "--only", "process,back-to-back,process").figures())
        .containsExactly(TransactionFigure.PROCESS, TransactionFigure.BACK_TO_BACK);
  }

  @Test
  void refusesAFigureThatItDoesNotKnow() {
    assertThatThrownBy(() -> parse("--transactions", "--only", "abort"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("back-to-back");
  }

  @Test
  void loadsWithAsManyAsAskedFor() {
    TransactionOptions options = parse("--transactions", "--producers", "3,5", "--loops", "2");
    assertThat(TransactionFigure.PACED.plan(options).writes())
        .extracting(Write::producers)
        .containsExactly(3, 5);
    assertThat(TransactionFigure.PROCESS.plan(options).processes())
        .extracting(Processing::loops)
        .containsExactly(2);
  }

  @Test
  void onlyPacedTransactionsLast() {
    TransactionOptions options = parse("--transactions", "--last", "20");
    assertThat(TransactionFigure.PACED.plan(options).writes())
        .extracting(Write::lastMs)
        .containsOnly(20);
    assertThat(TransactionFigure.BACK_TO_BACK.plan(options).writes())
        .extracting(Write::lastMs)
        .containsOnly(0);
    assertThat(TransactionFigure.PACED.plan(options).writeWarmUp().lastMs()).isZero();
  }

  @Test
  void isBriefWhenAsked() {
    assertThat(parse("--transactions", "--quick").producers()).containsExactly(1, 8);
    assertThat(parse("--transactions", "--quick", "--seconds", "7").seconds()).isEqualTo(7);
    assertThat(parse("--transactions").producers()).containsExactly(1, 8, 32);
  }

  @Test
  void replicatesEverythingWithThreeBrokers() {
    TransactionOptions options = parse("--transactions", "--three");
    assertThat(options.brokers()).isEqualTo(3);
    assertThat(TransactionFigure.PROCESS.plan(options).replicationFactor()).isEqualTo(3);
    assertThat(TransactionFigure.PROCESS.plan(parse("--transactions")).replicationFactor()).isOne();
  }

  @Test
  void hasTargetsForRateAndLatencyButNoneForThePaceThatTheApplicationSets() {
    assertThat(TransactionTargets.of(parse("--transactions"))).hasSize(3 + 2 * 3 + 2 * 2);
    assertThat(TransactionTargets.of(parse("--transactions", "--only", "paced")))
        .extracting(target -> target.metric().name())
        .containsOnly("commit p99");
    assertThat(TransactionTargets.of(parse("--transactions", "--only", "process")))
        .extracting(Target::ratio)
        .containsExactly(2.0, 0.5, 2.0, 0.5);
  }

  @Test
  void tellsTheLoadWhatToDo() throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    TransactionOptions options = parse("--transactions");
    for (TransactionFigure figure : TransactionFigure.values()) {
      TransactionPlan there = figure.plan(options).at("127.0.0.1:9092", List.of(42L));
      assertThat(mapper.readValue(mapper.writeValueAsBytes(there), TransactionPlan.class))
          .isEqualTo(there);
      assertThat(there.limitSeconds()).isGreaterThan(60);
    }
  }

  private static TransactionOptions parse(String... arguments) {
    return CommandLines.parse(new TransactionOptions(), arguments);
  }
}
