package io.ottla.wire.compiler;

import io.ottla.wire.compiler.MessageSchema.Kind;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Writes the enum of all APIs. */
final class ApiKeyGenerator {

  private ApiKeyGenerator() {}

  static String generate(List<MessageSchema> messages) {
    List<MessageSchema> requests =
        messages.stream()
            .filter(message -> message.kind() == Kind.REQUEST)
            .sorted(Comparator.comparingInt(message -> message.key().getAsInt()))
            .toList();
    JavaSource java = new JavaSource();
    java.line("package io.ottla.wire;").line("");
    java.line("import java.util.Arrays;");
    java.line("import java.util.EnumSet;");
    java.line("import java.util.Set;");
    java.line("import java.util.function.Supplier;").line("");
    java.line("/**");
    java.line(
        " * The APIs of the protocol: what a request's key stands for, and in which versions it");
    java.line(
        " * exists. Generated from the schemas. Keys 4 to 7, of the time of ZooKeeper, are not");
    java.line(" * here: no supported version is left of them. Keys of Ottla's own begin at 30000.");
    java.line(" */");
    java.line("public enum ApiKey {");
    for (int i = 0; i < requests.size(); i++) {
      constant(java, requests.get(i), i == requests.size() - 1 ? ";" : ",");
    }
    TEMPLATE.lines().forEach(java::line);
    java.line("}");
    return java.toString();
  }

  private static void constant(JavaSource java, MessageSchema request, String end) {
    String api = request.name().substring(0, request.name().length() - "Request".length());
    int latest43 =
        request.since44().isEmpty() ? request.versions().highest() : request.since44().lowest() - 1;
    boolean existed = latest43 >= request.versions().lowest();
    java.line(
        "%s(%d, %d, %d, %d, %b, %d, %s, %s, %s)%s",
        constantName(api),
        request.key().getAsInt(),
        request.versions().lowest(),
        request.versions().highest(),
        existed ? latest43 : -1,
        request.latestVersionUnstable(),
        request.flexible().isEmpty() ? Short.MAX_VALUE : request.flexible().lowest(),
        listeners(request),
        "io.ottla.wire.message." + request.name() + "::new",
        "io.ottla.wire.message." + api + "Response::new",
        end);
  }

  private static String constantName(String api) {
    return api.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
  }

  private static String listeners(MessageSchema request) {
    List<String> constants =
        request.listeners().stream()
            .map(listener -> "Listener." + listener.toUpperCase(Locale.ROOT))
            .toList();
    return "EnumSet.of(" + String.join(", ", constants) + ")";
  }

  private static final String TEMPLATE =
      """

      /** Who answers an API. */
      public enum Listener {
      BROKER,
      CONTROLLER
      }

      /**
       * From this key on APIs are Ottla's own, between the nodes of a cluster. They are never
       * advertised.
       */
      public static final short FIRST_PRIVATE_ID = 30_000;

      private static final ApiKey[] BY_ID = byId(0, FIRST_PRIVATE_ID);
      private static final ApiKey[] PRIVATE_BY_ID = byId(FIRST_PRIVATE_ID, Short.MAX_VALUE + 1);

      private final short id;
      private final short oldestVersion;
      private final short latestVersion;
      private final short latestVersionIn43;
      private final boolean latestVersionUnstable;
      private final short firstFlexibleVersion;
      private final Set<Listener> listeners;
      private final Supplier<ApiMessage> request;
      private final Supplier<ApiMessage> response;

      ApiKey(
          int id,
          int oldestVersion,
          int latestVersion,
          int latestVersionIn43,
          boolean latestVersionUnstable,
          int firstFlexibleVersion,
          Set<Listener> listeners,
          Supplier<ApiMessage> request,
          Supplier<ApiMessage> response) {
      this.id = (short) id;
      this.oldestVersion = (short) oldestVersion;
      this.latestVersion = (short) latestVersion;
      this.latestVersionIn43 = (short) latestVersionIn43;
      this.latestVersionUnstable = latestVersionUnstable;
      this.firstFlexibleVersion = (short) firstFlexibleVersion;
      this.listeners = Set.copyOf(listeners);
      this.request = request;
      this.response = response;
      }

      /** A table of the keys in a range, which begins with the first and ends with the last used. */
      private static ApiKey[] byId(int first, int end) {
      ApiKey[] byId = new ApiKey[0];
      // The values are in the order of their ids.
      for (ApiKey key : values()) {
      if (key.id >= first && key.id < end) {
      byId = Arrays.copyOf(byId, key.id - first + 1);
      byId[key.id - first] = key;
      }
      }
      return byId;
      }

      /** The API with this key, or null if there is none. */
      public static ApiKey forId(short id) {
      boolean own = id >= FIRST_PRIVATE_ID;
      return own ? at(PRIVATE_BY_ID, id - FIRST_PRIVATE_ID) : at(BY_ID, id);
      }

      private static ApiKey at(ApiKey[] table, int index) {
      return index >= 0 && index < table.length ? table[index] : null;
      }

      /** Whether it is Ottla's own, and so neither Kafka's nor to be advertised. */
      public boolean isPrivate() {
      return id >= FIRST_PRIVATE_ID;
      }

      public short id() {
      return id;
      }

      public short oldestVersion() {
      return oldestVersion;
      }

      public short latestVersion() {
      return latestVersion;
      }

      /**
       * The latest version that Kafka 4.3 has; -1 if the API is younger than that. Of a private
       * API, the latest version.
       */
      public short latestVersionIn43() {
      return latestVersionIn43;
      }

      /** Whether the latest version may still change, and so is not to be advertised. */
      public boolean latestVersionUnstable() {
      return latestVersionUnstable;
      }

      public boolean isSupported(short version) {
      return version >= oldestVersion && version <= latestVersion;
      }

      /** Whether a version has compact lengths and tagged fields (KIP-482). */
      public boolean isFlexible(short version) {
      return version >= firstFlexibleVersion;
      }

      /** Version of the header before a request of this version. */
      public short requestHeaderVersion(short version) {
      return (short) (isFlexible(version) ? 2 : 1);
      }

      /**
       * Version of the header before a response of this version. An answer to ApiVersions must be
       * readable by a client that does not know the broker yet, so its header never has tagged
       * fields (KIP-511).
       */
      public short responseHeaderVersion(short version) {
      return (short) (isFlexible(version) && this != API_VERSIONS ? 1 : 0);
      }

      /** The listeners on which the API is served. */
      public Set<Listener> listeners() {
      return listeners;
      }

      /** A new, empty request. */
      public ApiMessage newRequest() {
      return request.get();
      }

      /** A new, empty response. */
      public ApiMessage newResponse() {
      return response.get();
      }
      """;
}
