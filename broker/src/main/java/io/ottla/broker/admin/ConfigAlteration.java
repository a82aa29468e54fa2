package io.ottla.broker.admin;

import io.ottla.broker.config.DynamicKeys;
import io.ottla.metadata.config.ConfigCatalog;
import io.ottla.metadata.config.ConfigProblem;
import io.ottla.metadata.controller.ItemResult;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.wire.ErrorCode;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request to change the configuration of several resources, sorted into those that this broker
 * has answered already and those the controller is to change. Used for one request, by one thread
 * at a time.
 *
 * @param <R> a resource in the request
 * @param <C> what is to change of it
 */
final class ConfigAlteration<R, C> {

  private static final Logger LOG = LoggerFactory.getLogger(ConfigAlteration.class);

  /** What tells two resources of a request apart. */
  record Key(byte kind, String name) {}

  private final Map<Key, ItemResult> answered = new HashMap<>();
  private final Map<ConfigResource, C> forController = new LinkedHashMap<>();

  /**
   * Sorts the resources.
   *
   * @param change checks a resource and tells what the controller is to change, or null if nothing
   *     is left to do; throws {@link RefusedException} for what cannot be
   */
  ConfigAlteration(List<R> resources, Function<R, Key> key, Function<R, C> change) {
    Set<Key> repeated = Duplicates.of(resources, key);
    for (R resource : resources) {
      Key id = key.apply(resource);
      try {
        if (repeated.contains(id)) {
          throw new RefusedException(
              ErrorCode.INVALID_REQUEST, "Each resource must appear at most once.");
        }
        C wanted = change.apply(resource);
        if (wanted == null) {
          answered.put(id, ItemResult.DONE);
        } else {
          forController.put(ConfigKind.forId(id.kind()).resource(id.name()), wanted);
        }
      } catch (RefusedException e) {
        answered.put(id, ItemResult.refused(e.error(), e.getMessage()));
      }
    }
  }

  /** What the controller is to change. */
  Map<ConfigResource, C> forController() {
    return forController;
  }

  /** The result of a resource, once the controller has answered. */
  ItemResult result(Key key, Map<ConfigResource, ItemResult> controllers) {
    ItemResult own = answered.get(key);
    return own != null ? own : controllers.get(ConfigKind.forId(key.kind()).resource(key.name()));
  }

  /**
   * Checks what all changes have in common.
   *
   * @param names the keys that are changed
   * @param nodeId this node
   * @param forBroker whether only this broker's own settings may be changed here
   */
  static ConfigKind check(Key key, Collection<String> names, int nodeId, boolean forBroker) {
    ConfigKind kind = ConfigKind.forId(key.kind());
    if (kind == null) {
      throw new RefusedException(ErrorCode.INVALID_REQUEST, "Unknown resource type " + key.kind());
    }
    if (new HashSet<>(names).size() < names.size()) {
      throw new RefusedException(ErrorCode.INVALID_REQUEST, "Error due to duplicate config keys");
    }
    boolean isOneBroker =
        kind == ConfigKind.BROKER_LOGGER
            || (forBroker && kind == ConfigKind.BROKER && !key.name().isEmpty());
    if (isOneBroker) {
      BrokerNames.check(key.name(), nodeId);
    }
    return kind;
  }

  /**
   * Tells of keys of groups that nobody reads yet. They are stored all the same, as in Kafka: tools
   * set them before the group is there, whichever kind of group that will be.
   */
  static void remarkGroupKeys(Collection<String> names) {
    names.stream()
        .filter(ConfigCatalog.GROUP::contains)
        .filter(name -> name.startsWith("share.") || name.startsWith("streams."))
        .forEach(
            name ->
                LOG.warn("{} is stored, but has no effect: there are no such groups yet", name));
  }

  /** Refuses keys of a broker whose change would be believed in, and have no effect. */
  static void checkDynamic(Collection<String> names) {
    List<ConfigProblem> problems =
        names.stream().flatMap(name -> DynamicKeys.problem(name).stream()).toList();
    if (!problems.isEmpty()) {
      throw new RefusedException(ErrorCode.INVALID_REQUEST, ConfigProblem.messages(problems));
    }
    names.stream().flatMap(name -> DynamicKeys.remark(name).stream()).forEach(LOG::warn);
  }
}
