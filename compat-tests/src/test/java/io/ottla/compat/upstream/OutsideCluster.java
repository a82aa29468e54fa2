package io.ottla.compat.upstream;

import io.ottla.compat.wire.RawConnection;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import kafka.server.ControllerServer;
import kafka.server.KafkaBroker;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.GroupProtocol;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.test.ClusterInstance;
import org.apache.kafka.common.test.api.ClusterConfig;
import org.apache.kafka.common.test.api.Type;
import org.apache.kafka.server.authorizer.Authorizer;
import org.apache.kafka.server.fault.FaultHandlerException;
import org.apache.kafka.test.NoRetryException;

/**
 * What one invocation of a test is given: a cluster of processes, about which all that can be known
 * or done from outside can be known and done. Whatever else is asked of it ends the test as not
 * applicable. The test's threads may all use it.
 */
public final class OutsideCluster implements ClusterInstance {
  private final ClusterConfig config;
  private final ClusterSettings settings;
  private final Map<Integer, KafkaBroker> brokers = new TreeMap<>();
  private volatile ProcessCluster cluster;
  private volatile boolean started;
  private volatile boolean stopped;
  private volatile boolean disturbed;
  private volatile NotApplicable notApplicable;

  /** Nothing is started yet. */
  public OutsideCluster(ClusterConfig config, boolean combined) {
    this.config = config;
    this.settings = ClusterSettings.of(config, combined);
  }

  // ---- Its life

  /** Gets the processes; they run once {@link #start} has been called. */
  void prepare() throws Exception {
    List<String> plugins = settings.pluginClasses();
    if (!plugins.isEmpty()) {
      throw new NotApplicable("not from outside: brokers with the class " + plugins.getFirst());
    }
    cluster = ClusterPool.SHARED.take(settings);
    for (OutsideNode node : cluster.brokers()) {
      brokers.put(node.id(), OutsideBroker.of(node, this));
    }
  }

  @Override
  public void start() {
    if (!started) {
      started = true;
      unchecked(
          () -> {
            if (!cluster.isAllAlive()) {
              cluster.start();
              Convergence.awaitBrokers(cluster, this::admin);
            }
          });
    }
  }

  @Override
  public boolean started() {
    return started;
  }

  /** Gives the processes back: to the next test, if nothing happened that it would notice. */
  void release(boolean reusable) throws Exception {
    if (cluster != null) {
      ClusterPool.SHARED.giveBack(cluster, reusable && !disturbed && started && !stopped);
    }
  }

  @Override
  public void stop() {
    if (!stopped) {
      stopped = true;
      disturbed = true;
      unchecked(cluster::close);
    }
  }

  @Override
  public boolean stopped() {
    return stopped;
  }

  /** The processes; null if there are none. */
  ProcessCluster processes() {
    return cluster;
  }

  // ---- What is out of reach

  /**
   * To be thrown where the test asks for something that only a cluster in its process can give.
   * Kafka's waits do not try again after an exception of this class.
   */
  NoRetryException notApplicable(String what) {
    NotApplicable reason = new NotApplicable("not from outside: " + what);
    if (notApplicable == null) {
      notApplicable = reason;
    }
    return new NoRetryException(reason);
  }

  /** What the test asked for in vain, whether or not it noticed. */
  Optional<NotApplicable> reasonNotApplicable() {
    return Optional.ofNullable(notApplicable);
  }

  @Override
  public Map<Integer, ControllerServer> controllers() {
    throw notApplicable("ClusterInstance.controllers");
  }

  @Override
  public List<Authorizer> authorizers() {
    throw notApplicable("ClusterInstance.authorizers");
  }

  @Override
  public Optional<FaultHandlerException> firstFatalException() {
    throw notApplicable("ClusterInstance.firstFatalException");
  }

  @Override
  public Optional<FaultHandlerException> firstNonFatalException() {
    throw notApplicable("ClusterInstance.firstNonFatalException");
  }

  // ---- What it is

  @Override
  public Type type() {
    return settings.combined() ? Type.CO_KRAFT : Type.KRAFT;
  }

  @Override
  public ClusterConfig config() {
    return config;
  }

  @Override
  public String clusterId() {
    return cluster.clusterId();
  }

  @Override
  public Set<Integer> controllerIds() {
    return new TreeSet<>(settings.controllerIds());
  }

  @Override
  public Set<Integer> brokerIds() {
    return new TreeSet<>(settings.brokerIds());
  }

  @Override
  public ListenerName clientListener() {
    return config.brokerListenerName();
  }

  @Override
  public ListenerName controllerListenerName() {
    return config.controllerListenerName();
  }

  @Override
  public String bootstrapServers() {
    return cluster.bootstrapServers();
  }

  @Override
  public String bootstrapControllers() {
    return cluster.bootstrapControllers();
  }

  @Override
  public List<Integer> brokerBoundPorts() {
    return cluster.brokers().stream().map(OutsideNode::port).toList();
  }

  @Override
  public List<Integer> controllerBoundPorts() {
    return cluster.controllers().stream().map(OutsideNode::controllerPort).toList();
  }

  /** Each of them stands for a process: it can be stopped, started and asked for its port. */
  @Override
  public Map<Integer, KafkaBroker> brokers() {
    return new TreeMap<>(brokers);
  }

  @Override
  public Set<GroupProtocol> supportedGroupProtocols() {
    return unchecked(
        () -> {
          try (Admin admin = admin()) {
            var level =
                admin
                    .describeFeatures()
                    .featureMetadata()
                    .get()
                    .finalizedFeatures()
                    .get("group.version");
            return level != null && level.maxVersionLevel() > 0
                ? Set.of(GroupProtocol.CLASSIC, GroupProtocol.CONSUMER)
                : Set.of(GroupProtocol.CLASSIC);
          }
        });
  }

  // ---- Share consumers

  @Override
  public <K, V> ShareConsumer<K, V> shareConsumer(Map<String, Object> configs) {
    requireShareGroups();
    return ClusterInstance.super.shareConsumer(configs);
  }

  @Override
  public <K, V> ShareConsumer<K, V> shareConsumer(
      Map<String, Object> configs, Deserializer<K> keys, Deserializer<V> values) {
    requireShareGroups();
    return ClusterInstance.super.shareConsumer(configs, keys, values);
  }

  /**
   * What polling would say as well, but the tests poll again for half a minute whatever it says.
   */
  private void requireShareGroups() {
    OutsideNode broker = cluster.livingBrokers().getFirst();
    if (!unchecked(() -> RawConnection.offeredApis(broker.port()))
        .contains((int) ApiKeys.SHARE_GROUP_HEARTBEAT.id)) {
      throw new UnsupportedVersionException("Broker " + broker.id() + " has no share groups");
    }
  }

  // ---- Stopping and starting

  @Override
  public void shutdownBroker(int brokerId) {
    disturbed = true;
    OutsideNode node = cluster.broker(brokerId);
    if (node.isController() && settings.controllers() < 3) {
      throw notApplicable("stopping a broker without the controller in its process");
    }
    unchecked(node::stop);
  }

  @Override
  public void startBroker(int brokerId) {
    disturbed = true;
    unchecked(
        () -> {
          OutsideNode node = cluster.broker(brokerId);
          node.launch();
          node.awaitServing();
          Convergence.awaitBrokers(cluster, this::admin);
        });
  }

  // ---- Waiting

  @Override
  public void waitForReadyBrokers() {
    unchecked(() -> Convergence.awaitBrokers(cluster, this::admin));
  }

  @Override
  public void waitTopicCreation(String topic, int partitions) {
    if (partitions <= 0) {
      throw new IllegalArgumentException("partitions: " + partitions);
    }
    unchecked(() -> Convergence.awaitTopic(cluster, this::admin, topic, partitions));
  }

  @Override
  public void waitTopicDeletion(String topic) {
    unchecked(() -> Convergence.awaitDeletion(cluster, topic));
  }

  @Override
  public void ensureConsistentMetadata() {
    unchecked(() -> Convergence.awaitAgreement(cluster));
  }

  @Override
  public void ensureConsistentMetadata(
      Collection<KafkaBroker> someBrokers, Collection<ControllerServer> controllers) {
    ensureConsistentMetadata();
  }

  @Override
  public void waitAcls(AclBindingFilter filter, Collection<AccessControlEntry> entries) {
    unchecked(
        () -> {
          try (Admin admin = admin()) {
            Convergence.await(
                "the entries " + entries,
                () ->
                    admin.describeAcls(filter).values().get().stream()
                        .map(AclBinding::entry)
                        .collect(Collectors.toSet())
                        .equals(Set.copyOf(entries)));
          }
        });
  }

  private interface Step {
    void run() throws Exception;
  }

  private interface Question<T> {
    T ask() throws Exception;
  }

  private static void unchecked(Step step) {
    unchecked(
        () -> {
          step.run();
          return null;
        });
  }

  /** The interface does not let most of its methods throw what can go wrong with processes. */
  private static <T> T unchecked(Question<T> question) {
    try {
      return question.ask();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
