package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.metadata.config.ConfigDescriber;
import io.ottla.metadata.config.ConfigSource;
import io.ottla.metadata.config.ConfigType;
import io.ottla.metadata.config.DescribedConfig;
import io.ottla.metadata.controller.TopicNames;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DescribeConfigsRequest;
import io.ottla.wire.message.DescribeConfigsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * DescribeConfigs, versions 1 to 4: the values in force of topics, brokers, groups, client metrics
 * subscriptions and loggers, where they come from (KIP-226) and, from v3 on, what they mean
 * (KIP-569). A broker is only described by itself.
 */
public final class DescribeConfigsHandler implements ApiHandler<DescribeConfigsRequest> {

  private static final short FIRST_WITH_TYPES = 3;

  private final int nodeId;
  private final Supplier<MetadataImage> image;
  private final Function<MetadataImage, BrokerConfigLayers> layers;
  private final LogLevels logLevels = new LogLevels();

  /**
   * @param nodeId this broker
   * @param layers the broker's own values in an image
   */
  public DescribeConfigsHandler(
      int nodeId,
      Supplier<MetadataImage> image,
      Function<MetadataImage, BrokerConfigLayers> layers) {
    this.nodeId = nodeId;
    this.image = image;
    this.layers = layers;
  }

  @Override
  public ApiKey api() {
    return ApiKey.DESCRIBE_CONFIGS;
  }

  @Override
  public void handle(Request<DescribeConfigsRequest> request) {
    DescribeConfigsRequest body = request.body();
    boolean known =
        body.resources().stream()
            .allMatch(resource -> ConfigKind.forId(resource.resourceType()) != null);
    if (!known) {
      request.fail(ErrorCode.INVALID_REQUEST);
      return;
    }
    MetadataImage current = image.get();
    ConfigDescriber describer = new ConfigDescriber(layers.apply(current));
    DescribeConfigsResponse response = new DescribeConfigsResponse();
    for (DescribeConfigsRequest.DescribeConfigsResource resource : body.resources()) {
      DescribeConfigsResponse.DescribeConfigsResult result = result(resource);
      try {
        describe(current, describer, resource).stream()
            .filter(config -> isWanted(resource, config))
            .forEach(config -> result.configs().add(config(config, body, request.version())));
      } catch (RefusedException e) {
        result.errorCode(e.error().code()).errorMessage(e.getMessage());
      }
      response.results().add(result);
    }
    request.respond(response);
  }

  private static boolean isWanted(
      DescribeConfigsRequest.DescribeConfigsResource resource, DescribedConfig config) {
    List<String> keys = resource.configurationKeys();
    return keys == null || keys.isEmpty() || keys.contains(config.name());
  }

  private List<DescribedConfig> describe(
      MetadataImage current,
      ConfigDescriber describer,
      DescribeConfigsRequest.DescribeConfigsResource resource) {
    String name = resource.resourceName();
    return switch (ConfigKind.forId(resource.resourceType())) {
      case TOPIC -> topic(current, describer, name);
      case BROKER -> {
        if (name.isEmpty()) {
          yield describer.allBrokers();
        }
        BrokerNames.check(name, nodeId);
        yield describer.broker();
      }
      case BROKER_LOGGER -> {
        BrokerNames.check(name, nodeId);
        yield loggers();
      }
      case CLIENT_METRICS -> {
        checkNamed(name, "Client metrics subscription name must not be empty");
        yield describer.clientMetrics(current.configs(ConfigKind.CLIENT_METRICS.resource(name)));
      }
      case GROUP -> {
        checkNamed(name, "Group name must not be empty");
        yield describer.group(current.configs(ConfigKind.GROUP.resource(name)));
      }
    };
  }

  private static List<DescribedConfig> topic(
      MetadataImage current, ConfigDescriber describer, String name) {
    String flaw = TopicNames.flaw(name);
    if (flaw != null) {
      throw new RefusedException(ErrorCode.INVALID_TOPIC_EXCEPTION, flaw);
    }
    if (current.topic(name) == null) {
      throw new RefusedException(
          ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.message());
    }
    return describer.topic(current.configs(ConfigResource.topic(name)));
  }

  private static void checkNamed(String name, String otherwise) {
    if (name.isEmpty()) {
      throw new RefusedException(ErrorCode.INVALID_REQUEST, otherwise);
    }
  }

  private List<DescribedConfig> loggers() {
    List<DescribedConfig> described = new ArrayList<>();
    logLevels
        .all()
        .forEach(
            (name, level) ->
                described.add(
                    new DescribedConfig(
                        name,
                        level,
                        ConfigSource.DYNAMIC_BROKER_LOGGER,
                        false,
                        false,
                        ConfigType.UNKNOWN_ID,
                        List.of(),
                        null)));
    return described;
  }

  private static DescribeConfigsResponse.DescribeConfigsResourceResult config(
      DescribedConfig config, DescribeConfigsRequest request, short version) {
    var result =
        new DescribeConfigsResponse.DescribeConfigsResourceResult()
            .name(config.name())
            .value(config.value())
            .readOnly(config.readOnly())
            .configSource(config.source().id())
            .isSensitive(config.secret());
    if (request.includeSynonyms()) {
      config
          .synonyms()
          .forEach(
              found ->
                  result
                      .synonyms()
                      .add(
                          new DescribeConfigsResponse.DescribeConfigsSynonym()
                              .name(found.name())
                              .value(found.value())
                              .source(found.source().id())));
    }
    if (version >= FIRST_WITH_TYPES) {
      result
          .configType(config.typeId())
          .documentation(request.includeDocumentation() ? config.documentation() : null);
    }
    return result;
  }

  private static DescribeConfigsResponse.DescribeConfigsResult result(
      DescribeConfigsRequest.DescribeConfigsResource resource) {
    return new DescribeConfigsResponse.DescribeConfigsResult()
        .errorMessage("")
        .resourceType(resource.resourceType())
        .resourceName(resource.resourceName());
  }

  @Override
  public ApiMessage failure(DescribeConfigsRequest request, short version, ErrorCode error) {
    DescribeConfigsResponse response = new DescribeConfigsResponse();
    request
        .resources()
        .forEach(
            resource ->
                response
                    .results()
                    .add(result(resource).errorCode(error.code()).errorMessage(error.message())));
    return response;
  }
}
