package io.ottla.compat.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.member.Member;
import io.ottla.history.ownership.Ownership;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One published version of kafka-clients, in a class loader of its own: the client and its codecs
 * come from the directory the build copied them to, the workloads are loaded anew and link against
 * them, and only logging, assertions and what clients tell of what happens to them are shared with
 * the tests. Not for concurrent use.
 */
public final class StockClient implements AutoCloseable {
  private final String version;
  private final URLClassLoader loader;

  public StockClient(String version) throws IOException {
    this.version = version;
    List<URL> urls = new ArrayList<>();
    Path directory = Path.of(System.getProperty("clients.directory", "target/clients"), version);
    try (Stream<Path> jars = Files.list(directory)) {
      jars.sorted().map(StockClient::url).forEach(urls::add);
    }
    assertThat(urls).as("jars in %s", directory).hasSize(4);
    urls.add(StockClient.class.getProtectionDomain().getCodeSource().getLocation());
    loader = new URLClassLoader(version, urls.toArray(URL[]::new), new SharedClasses());
  }

  private static URL url(Path path) {
    try {
      return path.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Runs the static method {@code run(Session)} of a workload with this client. Everything the
   * workload makes on the broker carries the given prefix in its name.
   */
  public void run(Class<?> workload, String bootstrapServers, String prefix) throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      Class<?> session = loader.loadClass(Session.class.getName());
      loader
          .loadClass(workload.getName())
          .getMethod("run", session)
          .invoke(
              null,
              session
                  .getConstructor(String.class, String.class, String.class)
                  .newInstance(version, bootstrapServers, prefix));
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof Exception exception ? exception : e;
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** A member of a group with this client, in a thread of its own, which is to be closed. */
  public AutoCloseable member(
      String name, Map<String, String> config, Collection<String> topics, Ownership ownership)
      throws ReflectiveOperationException {
    return (AutoCloseable)
        loader
            .loadClass(Member.class.getName())
            .getConstructor(String.class, Map.class, Collection.class, Ownership.class)
            .newInstance(name, config, topics, ownership);
  }

  /** Makes an object of a class that is loaded with this client, by its only constructor. */
  public AutoCloseable make(Class<? extends AutoCloseable> type, Object... arguments)
      throws ReflectiveOperationException {
    return (AutoCloseable)
        loader.loadClass(type.getName()).getConstructors()[0].newInstance(arguments);
  }

  @Override
  public void close() throws IOException {
    loader.close();
  }

  /** The little that the tests and the loaded classes have in common. */
  private static final class SharedClasses extends ClassLoader {
    private final ClassLoader tests = StockClient.class.getClassLoader();

    SharedClasses() {
      super(getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (name.startsWith("org.slf4j.")
          || name.startsWith("io.ottla.history.ownership.")
          || name.startsWith("io.ottla.history.")
          || name.startsWith("org.assertj.")
          || name.startsWith("org.opentest4j.")) {
        return tests.loadClass(name);
      }
      throw new ClassNotFoundException(name);
    }
  }
}
