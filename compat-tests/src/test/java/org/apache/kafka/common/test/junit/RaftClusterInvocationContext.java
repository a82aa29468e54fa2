package org.apache.kafka.common.test.junit;

import io.ottla.compat.upstream.OutsideCluster;
import io.ottla.compat.upstream.OutsideClusterLife;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.test.api.ClusterConfig;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;

/**
 * Stands in for the class of this name in Kafka's test runtime, which comes later on the class
 * path: the one place where Kafka's processing of the test annotations asks for a cluster. Gives
 * the test a cluster of processes in place of one inside its own.
 */
public final class RaftClusterInvocationContext implements TestTemplateInvocationContext {
  private final ClusterConfig config;
  private final boolean combined;

  /** The signature Kafka's extension calls; the name of the method is of no use here. */
  public RaftClusterInvocationContext(String methodName, ClusterConfig config, boolean combined) {
    this.config = config;
    this.combined = combined;
  }

  /** Which sort of cluster; the same however the sorts of one method happen to be ordered. */
  @Override
  public String getDisplayName(int invocationIndex) {
    return combined ? "combined" : "isolated";
  }

  @Override
  public List<Extension> getAdditionalExtensions() {
    OutsideCluster cluster = new OutsideCluster(config, combined);
    List<Extension> extensions = new ArrayList<>(OutsideClusterLife.of(cluster));
    extensions.add(new ClusterInstanceParameterResolver(cluster));
    return extensions;
  }
}
