package io.ottla.broker.group;

import io.ottla.broker.config.GroupAssignors;
import io.ottla.coordinator.group.consumer.ConsumerGroupSettings;
import io.ottla.coordinator.group.consumer.ConsumerGroupSettingsSource;
import io.ottla.coordinator.group.consumer.MigrationPolicy;
import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.metadata.config.ConfigValues;
import io.ottla.metadata.config.GroupConfigs;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataImage;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How consumer groups are to behave, by the newest image: what is set for a group, moved into the
 * bounds this broker has, over what is set for this broker. Any thread; answers are kept until
 * either changes.
 */
public final class ImageGroupSettings implements ConsumerGroupSettingsSource {

  private static final Logger LOG = LoggerFactory.getLogger(ImageGroupSettings.class);

  private static final String HEARTBEAT = "consumer.heartbeat.interval.ms";
  private static final String SESSION = "consumer.session.timeout.ms";
  private static final String ASSIGNMENT = "consumer.assignment.interval.ms";

  private static final int MAX_KEPT = 10_000;

  /** What groups have that set nothing themselves. */
  private record Inherited(BrokerConfigLayers layers, ConsumerGroupSettings settings) {}

  /** What a group has that sets something. */
  private record Own(
      BrokerConfigLayers layers, Map<String, String> configs, ConsumerGroupSettings settings) {}

  private final Supplier<MetadataImage> image;
  private final Function<MetadataImage, BrokerConfigLayers> layers;
  private final Map<String, Own> own = new ConcurrentHashMap<>();
  private volatile Inherited inherited;

  /**
   * @param layers the broker's own values in an image; the same object while they are the same
   */
  public ImageGroupSettings(
      Supplier<MetadataImage> image, Function<MetadataImage, BrokerConfigLayers> layers) {
    this.image = image;
    this.layers = layers;
  }

  @Override
  public ConsumerGroupSettings of(String groupId) {
    MetadataImage now = image.get();
    BrokerConfigLayers broker = layers.apply(now);
    Map<String, String> configs =
        now.configs(new ConfigResource(ConfigResource.Type.GROUP, groupId));
    if (configs.isEmpty()) {
      if (!own.isEmpty()) {
        own.remove(groupId);
      }
      return inherited(broker);
    }
    Own last = own.get(groupId);
    if (last != null && last.layers == broker && last.configs.equals(configs)) {
      return last.settings;
    }
    ConfigValues values = GroupConfigs.boundedValues(configs, broker.values());
    tellWhatWasMoved(groupId, configs, values);
    ConsumerGroupSettings settings = settings(broker, configs, values);
    if (own.size() >= MAX_KEPT) {
      own.clear();
    }
    own.put(groupId, new Own(broker, configs, settings));
    return settings;
  }

  private ConsumerGroupSettings inherited(BrokerConfigLayers broker) {
    Inherited last = inherited;
    if (last != null && last.layers == broker) {
      return last.settings;
    }
    ConsumerGroupSettings settings =
        settings(broker, Map.of(), GroupConfigs.boundedValues(Map.of(), broker.values()));
    inherited = new Inherited(broker, settings);
    return settings;
  }

  private static ConsumerGroupSettings settings(
      BrokerConfigLayers broker, Map<String, String> configs, ConfigValues values) {
    ConfigValues ofBroker = broker.values();
    return new ConsumerGroupSettings(
        values.intValue(SESSION),
        values.intValue(HEARTBEAT),
        configs.containsKey(HEARTBEAT) || broker.isExplicit("group." + HEARTBEAT),
        values.intValue(ASSIGNMENT),
        ofBroker.intValue("group.consumer.max.size"),
        GroupAssignors.names(ofBroker),
        MigrationPolicy.parse(ofBroker.text("group.consumer.migration.policy")),
        ofBroker.intValue("group.consumer.regex.refresh.interval.ms"),
        true);
  }

  /** The bounds may have changed since the values were set, or be others on other brokers. */
  private static void tellWhatWasMoved(
      String groupId, Map<String, String> configs, ConfigValues values) {
    for (String key : new String[] {SESSION, HEARTBEAT, ASSIGNMENT}) {
      String set = configs.get(key);
      if (set != null && Integer.parseInt(set.trim()) != values.intValue(key)) {
        LOG.warn(
            "{}={} of group {} is outside this broker's group.consumer.min and max values; {} is"
                + " taken instead. Change one of them",
            key,
            set,
            groupId,
            values.intValue(key));
      }
    }
    if (values.intValue(SESSION) <= values.intValue(HEARTBEAT)) {
      LOG.warn(
          "Members of group {} are told to send heartbeats every {} ms, but are removed after {} ms"
              + " without one. Change {} or {}",
          groupId,
          values.intValue(HEARTBEAT),
          values.intValue(SESSION),
          SESSION,
          HEARTBEAT);
    }
  }
}
