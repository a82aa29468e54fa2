package io.ottla.compat.upstream;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import kafka.server.KafkaBroker;
import kafka.server.KafkaConfig;

/**
 * A process in the shape of Kafka's broker object, of which it has what can be had from outside.
 */
final class OutsideBroker implements InvocationHandler {
  private final OutsideNode node;
  private final OutsideCluster cluster;

  private OutsideBroker(OutsideNode node, OutsideCluster cluster) {
    this.node = node;
    this.cluster = cluster;
  }

  static KafkaBroker of(OutsideNode node, OutsideCluster cluster) {
    return (KafkaBroker)
        Proxy.newProxyInstance(
            OutsideBroker.class.getClassLoader(),
            new Class<?>[] {KafkaBroker.class},
            new OutsideBroker(node, cluster));
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) {
    return switch (method.getName()) {
      case "shutdown" -> {
        cluster.shutdownBroker(node.id());
        yield null;
      }
      case "startup" -> {
        cluster.startBroker(node.id());
        yield null;
      }
      // Whoever has asked for it to stop was kept waiting until it had.
      case "awaitShutdown" -> null;
      case "isShutdown" -> !node.isAlive();
      case "boundPort" -> node.port();
      case "clusterId" -> cluster.clusterId();
      case "metadataCache" -> OutsideMetadata.of(node, cluster);
      case "config" -> new KafkaConfig(node.properties(), false);
      case "hashCode" -> System.identityHashCode(proxy);
      case "equals" -> proxy == arguments[0];
      case "toString" -> "broker " + node.id();
      default -> throw cluster.notApplicable("KafkaBroker." + method.getName());
    };
  }
}
