package io.ottla.broker.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.config.ConfigCatalog;
import io.ottla.metadata.config.ConfigDefinition;
import io.ottla.metadata.config.ConfigProblem;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeySupportTest {

  private final List<ConfigProblem> problems = new ArrayList<>();
  private final List<ConfigNote> notes = new ArrayList<>();

  private void judge(String key, String value) {
    problems.clear();
    notes.clear();
    KeySupport.judge(key, value, problems, notes);
  }

  @Test
  void knowsWhatBecomesOfEveryKafkaKey() {
    assertThat(KeySupport.all().keySet())
        .containsExactlyInAnyOrderElementsOf(
            ConfigCatalog.BROKER.definitions().stream().map(ConfigDefinition::name).toList());
  }

  @Test
  void saysNothingOfAKeyThatWorks() {
    judge("log.retention.ms", "5");
    assertThat(notes).isEmpty();
    judge("ottla.shards", "5");
    assertThat(notes).isEmpty();
  }

  @Test
  void mentionsAKeyThatIsNotNeeded() {
    judge("num.io.threads", "16");

    assertThat(problems).isEmpty();
    assertThat(notes)
        .containsExactly(
            new ConfigNote(
                ConfigNote.Level.INFO,
                "num.io.threads has no effect: requests are worked on by shards; see"
                    + " ottla.shards"));
  }

  @Test
  void warnsOfAnUnsupportedKeyOnlyIfItsValueMatters() {
    judge("telemetry.max.bytes", "1048576");
    assertThat(notes).extracting(ConfigNote::level).containsExactly(ConfigNote.Level.INFO);

    judge("telemetry.max.bytes", "4");
    assertThat(notes)
        .containsExactly(
            new ConfigNote(
                ConfigNote.Level.WARNING,
                "telemetry.max.bytes=4 is not supported yet and ignored: client metrics are not"
                    + " collected"));
  }

  @Test
  void refusesWhatWouldBeUnsafeToIgnore() {
    judge("authorizer.class.name", "");
    assertThat(problems).isEmpty();

    judge("authorizer.class.name", "org.example.Authorizer");
    assertThat(problems)
        .extracting(ConfigProblem::message)
        .containsExactly(
            "authorizer.class.name=org.example.Authorizer: not supported yet, and unsafe to"
                + " ignore: everybody could do everything");
  }

  @Test
  void hidesSecrets() {
    judge("sasl.jaas.config", "hush");

    assertThat(notes.toString()).contains("sasl.jaas.config=[hidden]").doesNotContain("hush");
  }

  @Test
  void treatsAKeyOfOneListenerLikeItsBase() {
    judge("listener.name.external.ssl.keystore.location", "/x");
    assertThat(notes).isEmpty();

    judge("listener.name.external.ssl.principal.mapping.rules", "RULE:x/y/");
    assertThat(notes).extracting(ConfigNote::level).containsExactly(ConfigNote.Level.WARNING);

    judge("listener.name.external.max.connections", "7");
    assertThat(notes).extracting(ConfigNote::level).containsExactly(ConfigNote.Level.WARNING);

    judge("listener.name.external.principal.builder.class", "org.example.Builder");
    assertThat(problems).hasSize(1);
  }

  @Test
  void warnsOfUnknownKeys() {
    for (String key : List.of("zookeeper.connect", "super.users", "listener.name.x.ottla.shards")) {
      judge(key, "1");
      assertThat(notes)
          .containsExactly(
              new ConfigNote(ConfigNote.Level.WARNING, key + " is not a known key; ignored"));
    }
  }
}
