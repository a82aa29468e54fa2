/**
 * Reads what stock Kafka left in a node's metadata log, and makes it this cluster's metadata.
 * Nothing here writes to Kafka's files.
 *
 * <pre>
 *  __cluster_metadata-0/  ->  KafkaMetadataLog  ->  Replay  ->  KafkaMetadata
 *                                                                    |
 *  the controller's image  ---------------------------------->  Takeover  ->  deltas
 * </pre>
 */
package io.ottla.metadata.takeover;
