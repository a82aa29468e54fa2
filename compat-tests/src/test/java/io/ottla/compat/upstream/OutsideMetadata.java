package io.ottla.compat.upstream;

import io.ottla.compat.cluster.MetadataProbe;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import org.apache.kafka.common.Node;
import org.apache.kafka.metadata.MetadataCache;

/**
 * What a process knows of its cluster in the shape of Kafka's object for it: what it tells clients.
 */
final class OutsideMetadata implements InvocationHandler {
  private final OutsideNode node;
  private final OutsideCluster cluster;

  private OutsideMetadata(OutsideNode node, OutsideCluster cluster) {
    this.node = node;
    this.cluster = cluster;
  }

  static MetadataCache of(OutsideNode node, OutsideCluster cluster) {
    return (MetadataCache)
        Proxy.newProxyInstance(
            OutsideMetadata.class.getClassLoader(),
            new Class<?>[] {MetadataCache.class},
            new OutsideMetadata(node, cluster));
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) throws Exception {
    return switch (method.getName()) {
      case "getAliveBrokerNodes" -> livingBrokers();
      case "hashCode" -> System.identityHashCode(proxy);
      case "equals" -> proxy == arguments[0];
      case "toString" -> "what broker " + node.id() + " knows";
      default -> throw cluster.notApplicable("MetadataCache." + method.getName());
    };
  }

  /** Clients have one listener, whatever it is called. */
  private List<Node> livingBrokers() throws Exception {
    if (cluster.processes().settings().isSecured()) {
      throw cluster.notApplicable("MetadataCache of a secured broker");
    }
    return MetadataProbe.askOnce(node.port()).brokers().stream()
        .map(id -> new Node(id, "127.0.0.1", cluster.processes().broker(id).port()))
        .toList();
  }
}
