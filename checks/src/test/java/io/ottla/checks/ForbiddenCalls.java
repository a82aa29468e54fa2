package io.ottla.checks;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/**
 * Conditions that a class does not call certain methods or constructors, by call or by method
 * reference.
 */
final class ForbiddenCalls {

  static final ArchCondition<JavaClass> START_A_THREAD =
      neverCall("start no thread, of its own or of a pool", ForbiddenCalls::startsAThread);

  static final ArchCondition<JavaClass> SLEEP = neverCall("never sleep", ForbiddenCalls::sleeps);

  static final ArchCondition<JavaClass> READ_A_CLOCK =
      neverCall("read no clock", ForbiddenCalls::readsAClock);

  private static final Set<String> THREAD_CLASSES =
      Set.of(
          "java.lang.Thread",
          "java.util.Timer",
          "java.util.concurrent.ForkJoinPool",
          "java.util.concurrent.ThreadPoolExecutor",
          "java.util.concurrent.ScheduledThreadPoolExecutor");

  private static final Set<String> THREAD_METHODS =
      Set.of("start", "startVirtualThread", "ofVirtual", "ofPlatform");

  private ForbiddenCalls() {}

  private static boolean startsAThread(JavaCodeUnitAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String name = access.getTarget().getName();
    boolean constructor = name.equals("<init>");
    return (constructor && THREAD_CLASSES.stream().anyMatch(owner::isAssignableTo))
        || (owner.isAssignableTo(Thread.class) && THREAD_METHODS.contains(name))
        || owner.getFullName().equals("java.util.concurrent.Executors")
        || (owner.isAssignableTo("java.util.concurrent.ForkJoinPool") && name.equals("commonPool"))
        || name.equals("parallelStream")
        || (owner.isAssignableTo("java.util.stream.BaseStream") && name.equals("parallel"))
        || usesTheCommonPool(access);
  }

  /** The asynchronous methods of CompletableFuture, unless they are told whom to run on. */
  private static boolean usesTheCommonPool(JavaCodeUnitAccess<?> access) {
    String name = access.getTarget().getName();
    if (!access.getTargetOwner().isAssignableTo("java.util.concurrent.CompletionStage")) {
      return false;
    }
    return name.equals("orTimeout")
        || name.equals("completeOnTimeout")
        || name.equals("delayedExecutor")
        || (name.endsWith("Async")
            && access.getTarget().getRawParameterTypes().stream()
                .noneMatch(type -> type.isAssignableTo(Executor.class)));
  }

  private static boolean sleeps(JavaCodeUnitAccess<?> access) {
    String owner = access.getTargetOwner().getFullName();
    String name = access.getTarget().getName();
    return (name.equals("sleep") && access.getTargetOwner().isAssignableTo(Thread.class))
        || (name.equals("sleep") && owner.equals("java.util.concurrent.TimeUnit"))
        || (name.startsWith("park") && owner.equals("java.util.concurrent.locks.LockSupport"));
  }

  private static boolean readsAClock(JavaCodeUnitAccess<?> access) {
    String owner = access.getTargetOwner().getFullName();
    String name = access.getTarget().getName();
    return (owner.equals("java.lang.System")
            && (name.equals("nanoTime") || name.equals("currentTimeMillis")))
        || (owner.startsWith("java.time.") && name.equals("now"))
        || (owner.equals("java.time.Clock")
            && (name.startsWith("system") || name.startsWith("tick")))
        || (owner.equals("java.util.Date")
            && name.equals("<init>")
            && access.getTarget().getRawParameterTypes().isEmpty())
        || (owner.equals("java.util.Calendar") && name.equals("getInstance"));
  }

  private static ArchCondition<JavaClass> neverCall(
      String description, Predicate<JavaCodeUnitAccess<?>> forbidden) {
    return new ArchCondition<>(description) {
      @Override
      public void check(JavaClass javaClass, ConditionEvents events) {
        javaClass.getCodeUnitAccessesFromSelf().stream()
            .filter(forbidden)
            .forEach(
                access ->
                    events.add(SimpleConditionEvent.violated(javaClass, access.getDescription())));
      }
    };
  }
}
