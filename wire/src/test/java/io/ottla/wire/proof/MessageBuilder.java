package io.ottla.wire.proof;

import io.ottla.wire.RawTaggedField;
import io.ottla.wire.compiler.FieldSchema;
import io.ottla.wire.compiler.FieldType;
import io.ottla.wire.compiler.FieldType.ArrayOf;
import io.ottla.wire.compiler.FieldType.Scalar;
import io.ottla.wire.compiler.FieldType.StructRef;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes an object of one side's message class from values, through the public setters. */
abstract class MessageBuilder {

  private final Class<?> messageClass;
  private final Map<String, Class<?>> structClasses = new HashMap<>();
  private final Map<FieldSchema, Method> setters = new HashMap<>();

  MessageBuilder(Class<?> messageClass) {
    this.messageClass = messageClass;
    for (Class<?> nested : messageClass.getDeclaredClasses()) {
      structClasses.put(nested.getSimpleName(), nested);
    }
  }

  /** The setter's possible names, best first. */
  abstract List<String> setterNames(FieldSchema field);

  /** Converts one that is neither list nor struct nor null to this side's type. */
  abstract Object scalar(Scalar type, Object value, Class<?> wanted);

  abstract Object taggedField(RawTaggedField field);

  Object build(Value.Struct value) {
    try {
      return build(messageClass, value);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot build " + messageClass, e);
    }
  }

  private Object build(Class<?> type, Value.Struct value) throws ReflectiveOperationException {
    Object object = type.getConstructor().newInstance();
    for (Map.Entry<FieldSchema, Object> field : value.fields().entrySet()) {
      Method setter = setters.get(field.getKey());
      if (setter == null) {
        setter = setter(type, field.getKey());
        setters.put(field.getKey(), setter);
      }
      Class<?> wanted = setter.getParameterTypes()[0];
      setter.invoke(object, convert(field.getKey().type(), field.getValue(), wanted));
    }
    if (!value.unknown().isEmpty()) {
      @SuppressWarnings("unchecked")
      List<Object> unknown = (List<Object>) type.getMethod("unknownTaggedFields").invoke(object);
      value.unknown().forEach(field -> unknown.add(taggedField(field)));
    }
    return object;
  }

  private Method setter(Class<?> type, FieldSchema field) {
    for (String name : setterNames(field)) {
      for (Method method : type.getMethods()) {
        if (method.getName().equals(name) && method.getParameterCount() == 1) {
          return method;
        }
      }
    }
    throw new AssertionError("no setter for " + field.name() + " in " + type);
  }

  private Object convert(FieldType type, Object value, Class<?> wanted)
      throws ReflectiveOperationException {
    if (value == null) {
      return null;
    }
    return switch (type) {
      case Scalar scalar -> scalar(scalar, value, wanted);
      case StructRef ref -> build(structClasses.get(ref.name()), (Value.Struct) value);
      case ArrayOf array -> {
        @SuppressWarnings("unchecked")
        Collection<Object> list =
            wanted == List.class
                ? new ArrayList<>()
                : (Collection<Object>) wanted.getConstructor().newInstance();
        for (Object element : (List<?>) value) {
          list.add(convert(array.element(), element, Object.class));
        }
        yield list;
      }
    };
  }
}
