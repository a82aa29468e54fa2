package io.ottla.compat.upstream;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Gives a test its cluster before, and takes it back after. A test that asked for what cannot be
 * had from outside neither passes nor fails, whatever it made of not getting it.
 */
public final class OutsideClusterLife
    implements BeforeEachCallback,
        AfterTestExecutionCallback,
        AfterEachCallback,
        TestExecutionExceptionHandler,
        LifecycleMethodExecutionExceptionHandler {
  private final OutsideCluster cluster;

  private OutsideClusterLife(OutsideCluster cluster) {
    this.cluster = cluster;
  }

  /** The extensions that see to it. */
  public static List<Extension> of(OutsideCluster cluster) {
    return List.of(new OutsideClusterLife(cluster));
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    cluster.prepare();
    if (cluster.config().isAutoStart()) {
      cluster.start();
    }
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    rethrow(failure);
  }

  @Override
  public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    rethrow(failure);
  }

  @Override
  public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    rethrow(failure);
  }

  private void rethrow(Throwable failure) throws Throwable {
    Optional<NotApplicable> reason = cluster.reasonNotApplicable();
    throw reason.isPresent() ? reason.get() : failure;
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    Optional<NotApplicable> reason = cluster.reasonNotApplicable();
    if (context.getExecutionException().isEmpty() && reason.isPresent()) {
      throw reason.get();
    }
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    Optional<Throwable> failure = context.getExecutionException();
    boolean failed = failure.isPresent() && !(failure.get() instanceof NotApplicable);
    if (failed && cluster.processes() != null) {
      cluster
          .processes()
          .copyOutput(
              Path.of(
                  "target",
                  "upstream",
                  "failed",
                  context.getRequiredTestClass().getSimpleName(),
                  context.getRequiredTestMethod().getName() + "-" + context.getDisplayName()));
    }
    cluster.release(!failed);
  }
}
