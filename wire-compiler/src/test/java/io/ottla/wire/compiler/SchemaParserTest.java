package io.ottla.wire.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.wire.compiler.FieldType.ArrayOf;
import io.ottla.wire.compiler.FieldType.Scalar;
import io.ottla.wire.compiler.FieldType.StructRef;
import io.ottla.wire.compiler.MessageSchema.Kind;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaParserTest {

  private static final Path FILE = Path.of("schemas", "PetRequest.schema");

  @Test
  void readsTheHeader() {
    MessageSchema message =
        parse(
            """
            # A comment
            request PetRequest key 7 versions 1-5 flexible 3+ \
            listeners broker,controller unstable since-4.4 5+ { # another
            }
            """);

    assertThat(message.name()).isEqualTo("PetRequest");
    assertThat(message.kind()).isEqualTo(Kind.REQUEST);
    assertThat(message.key()).hasValue(7);
    assertThat(message.versions()).isEqualTo(new VersionRange(1, 5));
    assertThat(message.flexible()).isEqualTo(new VersionRange(3, VersionRange.OPEN));
    assertThat(message.listeners()).containsExactly("broker", "controller");
    assertThat(message.latestVersionUnstable()).isTrue();
    assertThat(message.since44()).isEqualTo(new VersionRange(5, VersionRange.OPEN));
    assertThat(message.body().fields()).isEmpty();
  }

  @Test
  void readsFieldsWithAllTheirClauses() {
    FieldSchema field =
        field(
            "Name string 2+ nullable 3-4 tagged 5+ tag 0 default null ignorable key entity x"
                + " flexible none");

    assertThat(field.name()).isEqualTo("Name");
    assertThat(field.type()).isEqualTo(Scalar.STRING);
    assertThat(field.versions()).hasToString("2+");
    assertThat(field.nullable()).hasToString("3-4");
    assertThat(field.tagged()).hasToString("5+");
    assertThat(field.tag()).hasValue(0);
    assertThat(field.defaultValue()).hasValue("null");
    assertThat(field.ignorable()).isTrue();
    assertThat(field.mapKey()).isTrue();
    assertThat(field.entity()).hasValue("x");
    assertThat(field.flexible()).hasValue(VersionRange.NONE);
    assertThat(field.line()).isEqualTo(2);
  }

  @Test
  void leavesOutWhatAFieldDoesNotState() {
    FieldSchema field = field("Name []int32 2");

    assertThat(field.type()).isEqualTo(new ArrayOf(Scalar.INT32));
    assertThat(field.isNullable()).isFalse();
    assertThat(field.tagged().isEmpty()).isTrue();
    assertThat(field.tag()).isEmpty();
    assertThat(field.defaultValue()).isEmpty();
    assertThat(field.ignorable()).isFalse();
    assertThat(field.mapKey()).isFalse();
    assertThat(field.entity()).isEmpty();
    assertThat(field.flexible()).isEmpty();
  }

  @Test
  void readsStructsInFieldsAndOnTheirOwn() {
    MessageSchema message =
        parse(
            """
            data PetRequest versions 0-3 flexible none {
              Owner Person 1+ {
                Pets []Pet 2+
              }
              struct Pet 0+ {
                Age int8 0+
              }
            }
            """);

    assertThat(message.body().fields().getFirst().type()).isEqualTo(new StructRef("Person"));
    assertThat(message.struct("Person").versions()).hasToString("1-3");
    assertThat(message.struct("Person").shared()).isFalse();
    assertThat(message.struct("Person").fields().getFirst().type())
        .isEqualTo(new ArrayOf(new StructRef("Pet")));
    assertThat(message.struct("Pet").versions()).hasToString("0+");
    assertThat(message.struct("Pet").shared()).isTrue();
    assertThat(message.struct("Cat")).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Name                       | expected a type at the end of the line",
        "Name int32                 | expected versions at the end of the line",
        "Name int32 0+ default      | expected a value at the end of the line",
        "name int32 0+              | 'name' is not a name",
        "Na-me int32 0+             | 'Na-me' is not a name",
        "Name int33 0+              | unknown type 'int33'",
        "Name [][]int32 0+          | a list of lists",
        "Name []bytes 0+            | a list of bytes",
        "Name int32 +               | '+' is not a range of versions",
        "Name int32 3-2             | '3-2' is not a range of versions",
        "Name int32 -1              | '-1' is not a range of versions",
        "Name int32 0-99999         | '0-99999' is not a range of versions",
        "Name int32 0+ nulable 0+   | unknown clause 'nulable' of field Name",
        "Name int32 0+ tag x        | 'x' is not a number",
        "Name int32 0+ {            | a int32 has no fields of its own",
        "Name Pet 0+ { Age int8 0+  | unexpected 'Age'",
        "struct Pet 0+              | expected '{'",
        "} }                        | unexpected '}'",
      })
  void pointsAtTheLineThatIsWrong(String line, String problem) {
    assertThatThrownBy(() -> field(line))
        .isInstanceOf(SchemaException.class)
        .hasMessageStartingWith("PetRequest.schema:2: ")
        .hasMessageContaining(problem);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing",
        "reqest PetRequest versions 0 flexible none {\n}",
        "data PetRequest versions 0 {\n}",
        "data PetRequest flexible none {\n}",
        "data PetRequest versions 0 flexible none",
        "data PetRequest versions 0 flexible none color red {\n}",
        "data PetRequest versions 0 flexible none {",
      })
  void pointsAtTheHeaderThatIsWrong(String text) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(SchemaException.class)
        .hasMessageStartingWith("PetRequest.schema:1: ");
  }

  @Test
  void pointsAtTheBraceThatIsNeverClosed() {
    assertThatThrownBy(
            () -> parse("data PetRequest versions 0 flexible none {\n\nOwner Person 0+ {\n}\n"))
        .isInstanceOf(SchemaException.class)
        .hasMessage("PetRequest.schema:1: this brace is never closed");
  }

  @Test
  void refusesWhatFollowsTheMessage() {
    assertThatThrownBy(() -> parse("data PetRequest versions 0 flexible none {\n}\nName int8 0+"))
        .isInstanceOf(SchemaException.class)
        .hasMessageStartingWith("PetRequest.schema:3: nothing may follow");
  }

  @Test
  void refusesStructsWithinStructs() {
    assertThatThrownBy(() -> field("Owner Person 0+ {\n struct Pet 0+ {\n }\n}"))
        .isInstanceOf(SchemaException.class)
        .hasMessageStartingWith("PetRequest.schema:3: structs can only");
  }

  private static FieldSchema field(String line) {
    return parse("data PetRequest versions 0-9 flexible none {\n" + line + "\n}\n")
        .body()
        .fields()
        .getFirst();
  }

  private static MessageSchema parse(String text) {
    return SchemaParser.parse(FILE, text);
  }
}
