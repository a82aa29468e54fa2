package io.ottla.wire.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaCompilerTest {

  private static final FileTime LONG_AGO = FileTime.fromMillis(0);

  @TempDir Path directory;
  private Path schemas;
  private Path target;
  private Path petRequest;
  private Path petResponse;

  @BeforeEach
  void writeSchemas() throws IOException {
    schemas = Files.createDirectory(directory.resolve("schemas"));
    target = directory.resolve("target");
    petRequest = target.resolve("io/ottla/wire/message/PetRequest.java");
    petResponse = target.resolve("io/ottla/wire/message/PetResponse.java");
    schema("PetRequest", "request PetRequest key 0 versions 0-1 flexible 1+ listeners broker", "");
    schema("PetResponse", "response PetResponse key 0 versions 0-1 flexible 1+", "Age int8 0+");
  }

  @Test
  void writesAClassPerMessageAndTheListOfApis() throws IOException {
    SchemaCompiler.compile(schemas, target);

    assertThat(petRequest).content().contains("public final class PetRequest implements");
    assertThat(petResponse).content().contains("private byte age;");
    assertThat(target.resolve("io/ottla/wire/ApiKey.java")).content().contains("PET(0, 0, 1,");
  }

  @Test
  void leavesFilesAloneThatWouldNotChange() throws IOException {
    SchemaCompiler.compile(schemas, target);
    Files.setLastModifiedTime(petRequest, LONG_AGO);
    Files.setLastModifiedTime(petResponse, LONG_AGO);
    schema("PetResponse", "response PetResponse key 0 versions 0-1 flexible 1+", "Age int16 0+");

    SchemaCompiler.compile(schemas, target);

    assertThat(Files.getLastModifiedTime(petRequest)).isEqualTo(LONG_AGO);
    assertThat(Files.getLastModifiedTime(petResponse)).isGreaterThan(LONG_AGO);
    assertThat(petResponse).content().contains("private short age;");
  }

  @Test
  void deletesClassesThatHaveNoSchemaAnyMore() throws IOException {
    schema("Stray", "data Stray versions 0 flexible none", "");
    SchemaCompiler.compile(schemas, target);
    Path stray = target.resolve("io/ottla/wire/message/Stray.java");
    assertThat(stray).exists();
    Files.delete(schemas.resolve("Stray.schema"));

    SchemaCompiler.compile(schemas, target);

    assertThat(stray).doesNotExist();
    assertThat(petRequest).exists();
  }

  @Test
  void writesNothingWhenASchemaIsWrong() throws IOException {
    schema("Stray", "data Stray versions 0 flexible none", "Age int9 0+");

    assertThatThrownBy(() -> SchemaCompiler.compile(schemas, target))
        .isInstanceOf(SchemaException.class)
        .hasMessage("Stray.schema:2: unknown type 'int9'");
    assertThat(target).doesNotExist();
  }

  @Test
  void givesFieldsNamesThatJavaAllows() throws IOException {
    schema(
        "Stray",
        "data Stray versions 0 flexible none",
        "Class int8 0+\nApiKey int8 0+\nVersion int8 0+");

    SchemaCompiler.compile(schemas, target);

    assertThat(target.resolve("io/ottla/wire/message/Stray.java"))
        .content()
        .contains("private byte class_;", "private byte apiKey_;", "private byte version;");
  }

  private void schema(String name, String header, String fields) throws IOException {
    Files.writeString(schemas.resolve(name + ".schema"), header + " {\n" + fields + "\n}\n");
  }
}
