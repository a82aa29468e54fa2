package io.ottla.metadata.controller;

import static io.ottla.metadata.controller.SingleNode.get;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A process of its own, to be killed: starts a node on the directory given and then creates topics
 * and takes producer ids until it dies, telling on its standard output what was acknowledged.
 */
final class CrashingNode {

  private CrashingNode() {}

  public static void main(String[] args) {
    try (SingleNode node = SingleNode.start(Path.of(args[0]), 100)) {
      long epoch = node.startBroker();
      for (int i = node.image().topicCount(); ; i++) {
        String name = "topic-" + i;
        TopicResult topic =
            get(node.controller()
                    .createTopics(
                        List.of(new NewTopic(name, 2, 1, List.of(), Map.of("k", "" + i))), false))
                .getFirst();
        System.out.println("topic " + name + " " + topic.topicId());
        ProducerIdBlock block = get(node.brokers().allocate(SingleNode.NODE_ID, epoch));
        System.out.println("block " + block.first());
      }
    }
  }
}
