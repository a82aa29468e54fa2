package io.ottla.wire.compiler;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaValidatorTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Name int32 none                            | it is in no version",
        "Name int32 0+ nullable 0+                  | a int32 cannot be null",
        "Name int32 0+ tagged 5+                    | 'tagged' and 'tag' go together",
        "Name int32 0+ tag 0                        | 'tagged' and 'tag' go together",
        "Name int32 6+ tagged 5+ tag 0              | tagged in versions that lack it",
        "Name int32 0+ tagged 0+ tag 0              | tagged in versions that are not flexible",
        "Name int32 0+ tagged 5+ tag 1              | the tags of PetRequest leave out 0",
        "Name Pet 0+                                | there is no struct Pet",
        "Name []Pet 0+                              | there is no struct Pet",
        "Name int8 0+ default 128                   | 128 does not fit a int8",
        "Name uint16 0+ default -1                  | -1 does not fit a uint16",
        "Name int64 0+ default 9223372036854775808  | '9223372036854775808' is not a number",
        "Name int32 0+ default null                 | its default is null where it may not be",
        "Name string 0+ nullable 2+ default null    | its default is null where it may not be",
        "Name string 0+ default x                   | its default must be in double quotes",
        "Name bool 0+ default 1                     | its default must be true or false",
        "Name uuid 0+ default 1                     | the only default for a uuid is null",
        "Name []int8 0+ default 1                   | the only default for a []int8 is null",
      })
  void refusesFieldsThatMakeNoSense(String field, String problem) {
    assertThatThrownBy(() -> validate(field))
        .isInstanceOf(SchemaException.class)
        .hasMessageStartingWith("PetRequest.schema:")
        .hasMessageContaining(problem);
  }

  @ParameterizedTest
  @CsvSource({
    "Name int8 0+ default -128",
    "Name uint16 0+ default 65535",
    "Name uint32 0+ default 0xffffffff",
    "Name int64 0+ default 9223372036854775807",
    "Name float64 0+ default 1.5",
    "Name string 2+ nullable 2+ default null",
    "Name int32 0+ tagged 5+ tag 0",
  })
  void acceptsFieldsThatDo(String field) {
    assertThatCode(() -> validate(field)).doesNotThrowAnyException();
  }

  @Test
  void refusesNamesThatAreTaken() {
    assertRefused("A int8 0+\nA int8 0+", "field A: the name is taken");
    assertRefused(
        "A int8 5+ tagged 5+ tag 0\nB int8 5+ tagged 5+ tag 0", "field B: the tag 0 is taken");
    assertRefused("A Pet 0+ {\n}\nstruct Pet 0+ {\n}", "two structs called Pet");
    assertRefused("A Pet 0+ {\n}\nB PetRequest 0+ {\n}", "two structs called PetRequest");
    assertRefused("A Records 0+ {\n}", "no struct can be called Records");
  }

  @Test
  void refusesStructsThatContainThemselves() {
    assertRefused(
        """
        A Pet 0+
        struct Pet 0+ {
          B []Flea 0+
        }
        struct Flea 0+ {
          C Pet 0+
        }
        """,
        "contains itself");
  }

  @Test
  void refusesFieldsOfVersionsTheStructLacks() {
    assertRefused("A Pet 0+\nstruct Pet 2+ {\n B int8 2+\n}", "lacks some of the versions 0-9");
  }

  @Test
  void refusesListsWhoseElementsHaveNoBytesSinceNothingWouldLimitTheirNumber() {
    MessageSchema message = parse("A []Pet 0+ {\n B int8 3+\n}");
    SchemaValidator.validate(message);

    assertThatThrownBy(() -> MessageGenerator.generate(message))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("elements of A have no bytes in version 2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "request PetRequest versions 0 flexible none listeners broker          | needs a 'key'",
        "request PetRequest key -1 versions 0 flexible none listeners broker   | between 0 and",
        "request PetRequest key 1 versions 0+ flexible none listeners broker   | first and a last",
        "request PetRequest key 1 versions none flexible none listeners broker | first and a last",
        "request PetRequest key 1 versions 0 flexible none listeners brocker   | listener"
            + " 'brocker'",
        "request PetRequest key 1 versions 0 flexible none                     | state 'listeners'",
        "response PetRequest key 1 versions 0 flexible none listeners broker   | state 'listeners'",
        "data DogRequest versions 0 flexible none                              | the file is not",
      })
  void refusesHeadersThatMakeNoSense(String header, String problem) {
    MessageSchema message = SchemaParser.parse(Path.of("PetRequest.schema"), header + " {\n}\n");

    assertThatThrownBy(() -> SchemaValidator.validate(message))
        .isInstanceOf(SchemaException.class)
        .hasMessageStartingWith("PetRequest.schema:1: ")
        .hasMessageContaining(problem);
  }

  @Test
  void wantsOneRequestAndOneResponsePerKeyWithTheSameVersions() {
    MessageSchema request = api("request", "PetRequest", 1, "0-3", "listeners broker");
    MessageSchema response = api("response", "PetResponse", 1, "0-3", "");

    assertThatCode(() -> SchemaValidator.validateTogether(List.of(request, response)))
        .doesNotThrowAnyException();
    assertRefusedTogether("no response with key 1", request);
    assertRefusedTogether("no request with key 1", response);
    assertRefusedTogether(
        "has other versions", request, api("response", "PetResponse", 1, "0-2", ""));
    assertRefusedTogether(
        "key is taken by PetRequest",
        request,
        response,
        api("request", "CatRequest", 1, "0-3", "listeners broker"));
  }

  private static MessageSchema api(
      String kind, String name, int key, String versions, String clauses) {
    return SchemaParser.parse(
        Path.of(name + ".schema"),
        "%s %s key %d versions %s flexible none %s {\n}\n"
            .formatted(kind, name, key, versions, clauses));
  }

  private static void assertRefusedTogether(String problem, MessageSchema... messages) {
    assertThatThrownBy(() -> SchemaValidator.validateTogether(List.of(messages)))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining(problem);
  }

  private static void assertRefused(String fields, String problem) {
    assertThatThrownBy(() -> validate(fields))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining(problem);
  }

  private static void validate(String fields) {
    SchemaValidator.validate(parse(fields));
  }

  private static MessageSchema parse(String fields) {
    return SchemaParser.parse(
        Path.of("PetRequest.schema"),
        "data PetRequest versions 0-9 flexible 5+ {\n" + fields + "\n}\n");
  }
}
