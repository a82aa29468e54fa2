package io.ottla.bench;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/**
 * What every run of run.sh takes: who is compared, where the data lies, what the report is called.
 */
public abstract class RunOptions {

  @Option(
      names = "--quick",
      description = "one short round, for development: figures of little weight")
  public boolean quick;

  @Option(names = "--a", defaultValue = "kafka", description = "base: kafka or ottla (kafka)")
  public BrokerKind a;

  @Option(names = "--b", defaultValue = "ottla", description = "compared with it (ottla)")
  public BrokerKind b;

  @Option(
      names = "--a-property",
      paramLabel = "key=value",
      description = "broker property for A, over the common ones; repeatable")
  public Map<String, String> aProperties = new LinkedHashMap<>();

  @Option(
      names = "--b-property",
      paramLabel = "key=value",
      description = "broker property for B, over the common ones; repeatable")
  public Map<String, String> bProperties = new LinkedHashMap<>();

  @Option(
      names = "--dir",
      description = "for data and output; should be on a disk (bench/target/run)")
  public Path directory;

  @Option(names = "--keep", description = "keep that directory")
  public boolean keep;

  @Option(
      names = "--name",
      description =
          "write docs/benchmarks/<date>-<name>.md and .json (default: bench/target/results only)")
  public String name;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "this text")
  public boolean help;

  /**
   * The number given on the command line, or else the default, which depends on {@code --quick}.
   */
  protected int choose(Integer given, int full, int brief) {
    return given != null ? given : quick ? brief : full;
  }
}
