package io.ottla.metadata.config;

import java.util.List;

/**
 * One key as DescribeConfigs shows it.
 *
 * @param value text of the value in force; null if it is unset or secret
 * @param typeId number of the type on the wire
 * @param synonyms where the value is set, the one in force first
 * @param documentation null for a key nobody knows
 */
public record DescribedConfig(
    String name,
    String value,
    ConfigSource source,
    boolean readOnly,
    boolean secret,
    byte typeId,
    List<BrokerConfigLayers.Found> synonyms,
    String documentation) {

  public DescribedConfig {
    synonyms = List.copyOf(synonyms);
  }
}
