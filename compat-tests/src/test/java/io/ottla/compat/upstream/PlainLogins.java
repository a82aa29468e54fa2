package io.ottla.compat.upstream;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.test.JaasModule;
import org.apache.kafka.common.test.JaasUtils;
import org.apache.kafka.common.test.JaasUtils.JaasSection;

/** The users that tests of SASL/PLAIN log in as, as Kafka's test runtime has them. */
final class PlainLogins {
  /** What brokers are told where the tests ask for SASL and say no more. */
  static final Map<String, String> PROPERTIES =
      Map.of(
          "sasl.enabled.mechanisms", "PLAIN",
          "sasl.mechanism.inter.broker.protocol", "PLAIN",
          "sasl.mechanism.controller.protocol", "PLAIN",
          "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
          "allow.everyone.if.no.acl.found", "false",
          "super.users", "User:" + JaasUtils.KAFKA_PLAIN_ADMIN);

  private PlainLogins() {}

  /** The options of a JVM, and one that names a file with the users; it goes when this JVM ends. */
  static String[] addTo(String[] jvmOptions) throws IOException {
    JaasModule module =
        JaasModule.plainLoginModule(
            JaasUtils.KAFKA_PLAIN_ADMIN,
            JaasUtils.KAFKA_PLAIN_ADMIN_PASSWORD,
            true,
            Map.of(
                JaasUtils.KAFKA_PLAIN_USER1, JaasUtils.KAFKA_PLAIN_USER1_PASSWORD,
                JaasUtils.KAFKA_PLAIN_ADMIN, JaasUtils.KAFKA_PLAIN_ADMIN_PASSWORD));
    String file =
        JaasUtils.writeJaasContextsToFile(
                Set.of(new JaasSection(JaasUtils.KAFKA_SERVER_CONTEXT_NAME, List.of(module))))
            .getPath();
    String[] options = Arrays.copyOf(jvmOptions, jvmOptions.length + 1);
    options[jvmOptions.length] = "-Djava.security.auth.login.config=" + file;
    return options;
  }
}
