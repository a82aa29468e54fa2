package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ListConfigResourcesRequest;
import io.ottla.wire.message.ListConfigResourcesResponse;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Supplier;

/**
 * ListConfigResources, versions 0 and 1: the names of what can be configured. v0 knows client
 * metrics subscriptions only (KIP-714); v1 all kinds, or those asked for (KIP-1142). Groups and
 * subscriptions are listed if something is set for them.
 */
public final class ListConfigResourcesHandler implements ApiHandler<ListConfigResourcesRequest> {

  private static final short FIRST_WITH_KINDS = 1;

  private final Supplier<MetadataImage> image;

  public ListConfigResourcesHandler(Supplier<MetadataImage> image) {
    this.image = image;
  }

  @Override
  public ApiKey api() {
    return ApiKey.LIST_CONFIG_RESOURCES;
  }

  @Override
  public void handle(Request<ListConfigResourcesRequest> request) {
    Set<ConfigKind> kinds = EnumSet.noneOf(ConfigKind.class);
    if (request.version() < FIRST_WITH_KINDS) {
      kinds.add(ConfigKind.CLIENT_METRICS);
    } else if (request.body().resourceTypes().isEmpty()) {
      kinds.addAll(Arrays.asList(ConfigKind.values()));
    } else {
      for (byte id : request.body().resourceTypes()) {
        ConfigKind kind = ConfigKind.forId(id);
        if (kind == null) {
          request.fail(ErrorCode.UNSUPPORTED_VERSION);
          return;
        }
        kinds.add(kind);
      }
    }
    request.respond(answer(kinds, request.connection().listener()));
  }

  private ListConfigResourcesResponse answer(Set<ConfigKind> kinds, String listener) {
    MetadataImage current = image.get();
    ListConfigResourcesResponse response = new ListConfigResourcesResponse();
    for (ConfigKind kind : kinds) {
      switch (kind) {
        case TOPIC -> current.topics().forEach(topic -> add(response, kind, topic.name()));
        case BROKER, BROKER_LOGGER -> {
          for (BrokerImage broker : new ClusterView(current, listener).brokers(true)) {
            add(response, kind, Integer.toString(broker.id()));
          }
        }
        case GROUP, CLIENT_METRICS -> {
          for (ConfigResource resource : current.configResources()) {
            if (resource.type().id() == kind.id()) {
              add(response, kind, resource.name());
            }
          }
        }
      }
    }
    return response;
  }

  private static void add(ListConfigResourcesResponse response, ConfigKind kind, String name) {
    response
        .configResources()
        .add(
            new ListConfigResourcesResponse.ConfigResource()
                .resourceName(name)
                .resourceType(kind.id()));
  }

  @Override
  public ApiMessage failure(ListConfigResourcesRequest request, short version, ErrorCode error) {
    return new ListConfigResourcesResponse().errorCode(error.code());
  }
}
