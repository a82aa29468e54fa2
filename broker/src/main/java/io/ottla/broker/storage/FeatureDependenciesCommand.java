package io.ottla.broker.storage;

import io.ottla.metadata.controller.FeatureCatalog;
import io.ottla.metadata.image.FeatureRange;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tells which levels of features depend on others. */
@Command(
    name = "feature-dependencies",
    description = "Tells what a level of a feature depends on.",
    sortOptions = false)
final class FeatureDependenciesCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Option(
      names = {"--feature", "-f"},
      required = true,
      paramLabel = "FEATURE=LEVEL",
      description = "may be given several times")
  private List<String> features;

  @Override
  public void run() {
    for (String text : features) {
      tell(FirstFeatures.Level.parse(text), spec.commandLine().getOut());
    }
  }

  private static void tell(FirstFeatures.Level wanted, PrintWriter out) {
    String feature = wanted.feature();
    short level = wanted.level();
    if (feature.equals(MetadataVersions.FEATURE)) {
      out.printf("%s=%d (%s) has no dependencies.%n", feature, level, MetadataVersions.name(level));
      return;
    }
    FeatureRange range = FeatureCatalog.supportedLevels().get(feature);
    if (range == null) {
      throw new StorageToolException("Unknown feature: " + feature);
    }
    if (level < range.min() || level > range.max()) {
      throw new StorageToolException(
          "Feature level " + level + " is not supported for feature " + feature);
    }
    FirstFeatures.dependency(feature, level)
        .ifPresentOrElse(
            needed -> {
              out.printf("%s=%d requires:%n", feature, level);
              out.printf(
                  "    %s=%d (%s)%n",
                  MetadataVersions.FEATURE, needed, MetadataVersions.name(needed));
            },
            () -> out.printf("%s=%d has no dependencies.%n", feature, level));
  }
}
