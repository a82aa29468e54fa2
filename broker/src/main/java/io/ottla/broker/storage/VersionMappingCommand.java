package io.ottla.broker.storage;

import io.ottla.metadata.controller.FeatureCatalog;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tells the feature levels of a release. */
@Command(
    name = "version-mapping",
    description = "Tells which feature levels belong to a release; by default to the newest.",
    sortOptions = false)
final class VersionMappingCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Option(
      names = {"--release-version", "-r"},
      paramLabel = "VERSION",
      description = "such as 4.0, or 4.0-IV3")
  private String release = MetadataVersions.name(MetadataVersions.newest());

  @Override
  public void run() {
    short version = MetadataVersions.level(release);
    PrintWriter out = spec.commandLine().getOut();
    out.printf("metadata.version=%d (%s)%n", version, release);
    Map<String, Short> levels = FeatureCatalog.firstLevels(version);
    FeatureCatalog.supportedLevels().keySet().stream()
        .filter(feature -> !feature.equals(MetadataVersions.FEATURE))
        .forEach(
            feature -> out.printf("%s=%d%n", feature, levels.getOrDefault(feature, (short) 0)));
  }
}
