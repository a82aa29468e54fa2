package io.ottla.metadata.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConfigDefinitionTest {

  private static String problem(ConfigCatalog catalog, String key, String value) {
    return catalog.find(key).orElseThrow().problem(value).map(ConfigProblem::message).orElse("");
  }

  @Test
  void saysWhatIsAllowed() {
    assertThat(problem(ConfigCatalog.TOPIC, "retention.ms", "-5"))
        .isEqualTo("retention.ms=-5: must be at least -1");
    assertThat(problem(ConfigCatalog.TOPIC, "retention.ms", "1d"))
        .isEqualTo("retention.ms=1d: must be a whole number of 64 bits");
    assertThat(problem(ConfigCatalog.TOPIC, "min.cleanable.dirty.ratio", "2"))
        .isEqualTo("min.cleanable.dirty.ratio=2: must be from 0 to 1");
    assertThat(problem(ConfigCatalog.TOPIC, "compression.gzip.level", "0"))
        .isEqualTo("compression.gzip.level=0: must be from 1 to 9, or -1");
    assertThat(problem(ConfigCatalog.TOPIC, "cleanup.policy", "shred"))
        .isEqualTo("cleanup.policy=shred: must be a list of compact, delete");
    assertThat(problem(ConfigCatalog.TOPIC, "preallocate", "yes"))
        .isEqualTo("preallocate=yes: must be true or false");
    assertThat(problem(ConfigCatalog.BROKER, "process.roles", ""))
        .isEqualTo("process.roles=: must be a list of at least one entry of broker, controller");
    assertThat(problem(ConfigCatalog.BROKER, "controller.quorum.voters", "1"))
        .isEqualTo("controller.quorum.voters=1: must be a list of id@host:port");
    assertThat(problem(ConfigCatalog.OTTLA, "ottla.shard.ring.size", "100"))
        .isEqualTo("ottla.shard.ring.size=100: must be a power of two, from 64 to 1048576");
    assertThat(problem(ConfigCatalog.OTTLA, "ottla.transport", "pigeon"))
        .isEqualTo("ottla.transport=pigeon: must be one of auto, epoll, nio");
  }

  @Test
  void acceptsPowersOfTwoOnly() {
    assertThat(problem(ConfigCatalog.OTTLA, "ottla.shard.ring.size", "64")).isEmpty();
    assertThat(problem(ConfigCatalog.OTTLA, "ottla.shard.ring.size", "1048576")).isEmpty();
    assertThat(problem(ConfigCatalog.OTTLA, "ottla.shard.ring.size", "2097152")).isNotEmpty();
    assertThat(problem(ConfigCatalog.OTTLA, "ottla.shard.ring.size", "32")).isNotEmpty();
  }

  @Test
  void readsAddressesOfEveryKind() {
    assertThat(HostPort.parse("host:9092")).contains(new HostPort("host", 9092));
    assertThat(HostPort.parse("[::1]:9092")).contains(new HostPort("::1", 9092));
    assertThat(HostPort.parse(":9092")).contains(new HostPort("", 9092));
    assertThat(HostPort.parse("host")).isEmpty();
    assertThat(HostPort.parse("host:65536")).isEmpty();
    assertThat(HostPort.parse("host:99999999999")).isEmpty();
    assertThat(HostPort.parse("ho st:1")).isEmpty();
    assertThat(new HostPort("fe80::1%eth0", 1).toString()).isEqualTo("[fe80::1%eth0]:1");
    assertThat(QuorumVoter.parse("3@[::1]:9093"))
        .contains(new QuorumVoter(3, new HostPort("::1", 9093)));
  }
}
