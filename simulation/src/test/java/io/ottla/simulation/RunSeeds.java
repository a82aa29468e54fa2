package io.ottla.simulation;

/** Runs seeds one after the other: from, count. */
public final class RunSeeds {

  private RunSeeds() {}

  public static void main(String[] arguments) {
    long from = Long.parseLong(arguments[0]);
    int count = Integer.parseInt(arguments[1]);
    boolean loud = arguments.length > 2;
    for (int i = 0; i < Integer.getInteger("simulation.objects", 0); i++) {
      System.identityHashCode(new Object());
    }
    int failed = 0;
    long begunNs = System.nanoTime();
    long simulatedMs = 0;
    for (long seed = from; seed < from + count; seed++) {
      Simulation simulation = new Simulation(seed);
      if (arguments.length > 2 && arguments[2].equals("all")) {
        simulation.timeline().tell((ns, what) -> System.out.println(ns + " " + what));
      }
      try {
        simulation.run();
        if (loud) {
          System.out.println(simulation.summary() + " hash " + simulation.timeline().hash());
        }
      } catch (Throwable e) {
        failed++;
        System.out.println("FAILED " + simulation.summary());
        e.printStackTrace(System.out);
        if (loud) {
          simulation.timeline().recent().forEach(System.out::println);
        }
      }
      simulatedMs += simulation.timeline().nowMs();
    }
    System.out.printf(
        "%d seeds, %d failed, %.1f s, %.1f simulated minutes%n",
        count, failed, (System.nanoTime() - begunNs) / 1e9, simulatedMs / 60_000.0);
  }
}
