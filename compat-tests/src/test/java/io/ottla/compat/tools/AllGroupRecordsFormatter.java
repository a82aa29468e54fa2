package io.ottla.compat.tools;

import com.fasterxml.jackson.databind.JsonNode;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.generated.CoordinatorRecordJsonConverters;
import org.apache.kafka.tools.consumer.CoordinatorRecordMessageFormatter;

/**
 * For the console consumer: every record of the group coordinator, read by Kafka's own
 * deserializer. Kafka ships formatters for two of their kinds only.
 */
public final class AllGroupRecordsFormatter extends CoordinatorRecordMessageFormatter {
  public AllGroupRecordsFormatter() {
    super(new GroupCoordinatorRecordSerde());
  }

  @Override
  protected boolean isRecordTypeAllowed(short recordType) {
    return true;
  }

  @Override
  protected JsonNode keyAsJson(ApiMessage message) {
    return CoordinatorRecordJsonConverters.writeRecordKeyAsJson(message);
  }

  @Override
  protected JsonNode valueAsJson(ApiMessage message, short version) {
    return CoordinatorRecordJsonConverters.writeRecordValueAsJson(message, version);
  }
}
