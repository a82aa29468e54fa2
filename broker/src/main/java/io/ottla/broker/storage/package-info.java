/**
 * What lies in a node's log directories before a broker starts on them, and the tool that puts it
 * there: bin/ottla-storage.sh, which takes the place of Kafka's kafka-storage.
 */
package io.ottla.broker.storage;
