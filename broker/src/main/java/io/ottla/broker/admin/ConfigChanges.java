package io.ottla.broker.admin;

import io.ottla.metadata.controller.ConfigOperation;
import io.ottla.metadata.controller.ItemResult;
import io.ottla.metadata.image.ConfigResource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Changes settings at the active controller, after this broker has looked at what only it can know.
 * Any thread; futures fail with a {@code ControllerException}.
 */
public interface ConfigChanges {

  /** Changes single settings; all of a resource or none. */
  CompletableFuture<Map<ConfigResource, ItemResult>> incremental(
      Map<ConfigResource, List<ConfigOperation>> operations, boolean validateOnly);

  /** Replaces all settings of resources. */
  CompletableFuture<Map<ConfigResource, ItemResult>> replacing(
      Map<ConfigResource, Map<String, String>> configs, boolean validateOnly);
}
