package io.ottla.bench.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.log.LogPlan.Fill;
import io.ottla.bench.log.LogPlan.Forced;
import io.ottla.bench.log.LogPlan.ReadAll;
import io.ottla.bench.log.LogPlan.ReadCompacted;
import io.ottla.bench.log.LogPlan.ReadHistory;
import io.ottla.bench.log.LogPlan.Step;
import io.ottla.bench.log.LogPlan.Tail;
import io.ottla.bench.log.LogPlan.TopicOfMany;
import io.ottla.bench.log.LogPlan.Touch;
import io.ottla.bench.log.LogPlan.TwoSegments;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class LogPlanTest {

  @Test
  void tellsTheLoadWhatToDo() throws Exception {
    List<TopicOfMany> topics = ManyPartitions.topics(250);
    List<Step> steps =
        List.of(
            new Fill("kept", 100, 1000, 1024, 0, Map.of("segment.bytes", "1048576")),
            new ReadAll("kept", 100, 1000, 1024),
            new ReadCompacted("keyed", 1000, 1024, 250, 900),
            new TwoSegments(topics),
            new Touch(topics, 2),
            new Forced("forced", "forced-1", 1, 64, 1024, 2, 4, "/data"),
            new Tail("tail", 6, 1024, 2000, 100, "/directory"),
            new ReadHistory(new ReadAll("history", 6, 1000, 1024), "/window"));
    assertThat(steps.stream().map(Object::getClass).collect(Collectors.toSet()))
        .isEqualTo(Set.of(Step.class.getPermittedSubclasses()));
    LogPlan plan = new LogPlan("127.0.0.1:9092", List.of(42L), steps);
    ObjectMapper mapper = new ObjectMapper();
    assertThat(mapper.readValue(mapper.writeValueAsBytes(plan), LogPlan.class)).isEqualTo(plan);
    assertThat(plan.limitSeconds()).isGreaterThan(60);
  }

  @Test
  void givesMoreTimeToMoreRecords() {
    assertThat(new ReadAll("history", 6, 10_000_000, 1024).limitSeconds()).isBetween(500, 700);
  }

  @Test
  void fillsThePartitionsInTurnWithRunsOfRecords() {
    Fill fill = new Fill("kept", 3, 1000, 1024, 0, Map.of());
    assertThat(FillLoad.partition(fill, 0)).isZero();
    assertThat(FillLoad.partition(fill, 63)).isZero();
    assertThat(FillLoad.partition(fill, 64)).isOne();
    assertThat(FillLoad.partition(fill, 3 * 64)).isZero();
    Fill large = new Fill("kept", 2, 10, 1_000_000, 0, Map.of());
    assertThat(FillLoad.partition(large, 1)).isOne();
  }

  @Test
  void dealsPartitionsToTopics() {
    assertThat(ManyPartitions.topics(250))
        .extracting(TopicOfMany::partitions)
        .containsExactly(100, 100, 50);
    assertThat(Topics.partitions(ManyPartitions.topics(250))).hasSize(250).doesNotHaveDuplicates();
  }

  @Test
  void doesNotBelieveThatMoreWasForcedThanFlushesCanVouchFor() {
    assertThatCode(() -> ForcedLoad.requireForced(6400, 64, 100)).doesNotThrowAnyException();
    assertThatCode(() -> ForcedLoad.requireForced(6400, 64, 50)).doesNotThrowAnyException();
    assertThatThrownBy(() -> ForcedLoad.requireForced(6400, 64, 49))
        .isInstanceOf(MeasurementException.class)
        .hasMessageContaining("49 flushes");
  }

  @Test
  void readsTheMemoryFlagsOfACommandLine() {
    assertThat(
            Processes.memoryFlags(
                "/bin/java\0-ea\0-Xms64m\0-Xmx512m\0-XX:+UseSerialGC\0-XX:AOTCache=x\0-Xlog:gc\0"))
        .isEqualTo("-Xms64m -Xmx512m -XX:+UseSerialGC");
  }

  @Test
  void knowsHowManyFilesAProcessMayHaveOpen() throws Exception {
    assertThat(Processes.openFilesLimit()).matches("\\d+|unlimited");
  }
}
