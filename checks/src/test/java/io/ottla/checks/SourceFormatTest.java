package io.ottla.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceFormatTest {

  @Test
  void everySourceIsFormatted() {
    Repository repository = Repository.find();
    List<Path> sources = repository.files(".java");
    assertThat(sources).isNotEmpty();
    assertThat(new SourceFormat(repository.root()).misformatted(sources))
        .as("files that google-java-format would change; run %s", SourceFormat.COMMAND)
        .isEmpty();
  }

  @Test
  void namesAFileThatIsNotFormatted(@TempDir Path dir) throws IOException {
    Files.writeString(dir.resolve("Tidy.java"), "record Tidy(int a) {}\n");
    Files.writeString(dir.resolve("Untidy.java"), "record   Untidy( int a ) { }\n");
    SourceFormat format = new SourceFormat(dir);
    List<Path> files = List.of(Path.of("Tidy.java"), Path.of("Untidy.java"));
    assertThat(format.misformatted(files)).containsExactly("Untidy.java");

    format.format(files);
    assertThat(format.misformatted(files)).isEmpty();
    assertThat(dir.resolve("Untidy.java")).hasContent("record Untidy(int a) {}\n");
  }

  @Test
  void namesAFileThatDoesNotParse(@TempDir Path dir) throws IOException {
    Files.writeString(dir.resolve("Broken.java"), "record Broken(int a {}\n");
    assertThat(new SourceFormat(dir).misformatted(List.of(Path.of("Broken.java"))))
        .anyMatch(line -> line.contains("Broken.java"));
  }
}
